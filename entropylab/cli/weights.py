"""`python -m entropylab weights`: train the stored transformers again, and hold the figures against the stored ones."""

from __future__ import annotations

import argparse
from pathlib import Path

from entropylab import device
from entropylab.cli.tables import aligned
from entropylab.experiments.attention_statistics import at_sparsity, model_interval
from entropylab.models import trained
from entropylab.problems.digit_images import IMAGE_SETS

LEVELS = (0.0, 80.0, 90.0)


def add(commands) -> None:
    """The command's line."""
    line = commands.add_parser("weights", help="train the attention page's transformers again and compare the figures")
    line.add_argument("images", choices=IMAGE_SETS, help="the images to train on")
    line.add_argument("methods", nargs="*", metavar="METHOD", help=f"{', '.join(trained.METHODS)} (all by default)")
    line.add_argument("--seed", type=int, default=0, help="first of five seeds (%(default)s: those of the stored ones)")
    line.add_argument(
        "--store", action="store_true", help=f"write them to {trained.FOLDER.name}/ in place of the stored"
    )
    line.set_defaults(command=_run)


def _run(found: argparse.Namespace) -> int:
    device.configure()
    unknown = set(found.methods) - set(trained.METHODS)
    if unknown:
        print(f"there is no method {', '.join(sorted(unknown))}: choose from {', '.join(trained.METHODS)}.")
        return 2
    heads = tuple("accuracy [%]" if not level else f"at {level:.0f} % zeros" for level in LEVELS)
    rows = [("method", "models", *heads, "file")]
    for name in found.methods or trained.METHODS:
        if trained.file(found.images, name).exists():
            rows.append((name, "stored", *_figures(found.images, name), _size(trained.file(found.images, name))))
        made = trained.train(found.images, name, found.seed)
        if found.store:
            trained.store(found.images, name, made)
        stored = _size(trained.file(found.images, name)) if found.store else ""
        rows.append((name, "trained now", *_figures(found.images, name, made.weights), stored))
    print("accuracy after pruning, mean over five models ± 95 % half-width (Student's t)\n")
    print(aligned(rows))
    if found.store:
        trained.models.cache_clear()
        print(f"\nwritten; curves of all methods: {_size(trained.store_curves(found.images))}")
    return 0


def _figures(images, name, weights=None) -> tuple[str, ...]:
    sparsity, correct = trained.curves(images, name, weights)
    values = [at_sparsity(sparsity, correct, level).mean(1) for level in LEVELS]
    return tuple(f"{mean:.1f} ± {1.96 * error:.1f}" for mean, error in map(model_interval, values))


def _size(file: Path) -> str:
    return f"{file.name}, {file.stat().st_size / 1000:.0f} kB"
