"""`entropylab weights`: train the stored models again, and hold the figures against the stored ones."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from entropylab import device
from entropylab.cli.tables import aligned
from entropylab.problems.images.digits import IMAGE_SETS
from entropylab.resources import require_clone
from entropylab.studies.attention import step_times, text
from entropylab.studies.attention.models import checkpoints, selection
from entropylab.studies.attention.models.methods import METHODS, selected_setting
from entropylab.studies.attention.models.pruning import at_sparsity
from entropylab.studies.attention.statistics import model_interval

LEVELS = (0.0, 80.0, 90.0)


def add(commands) -> None:
    """The command's line."""
    line = commands.add_parser("weights", help="train the attention page's models again and compare the figures")
    line.add_argument(
        "what", choices=(*IMAGE_SETS, "text", "times"),
        help="transformers on these images, or on text, or the times of a training step",
    )  # fmt: skip
    line.add_argument("methods", nargs="*", metavar="METHOD", help=f"{', '.join(METHODS)} (all by default)")
    line.add_argument("--seed", type=int, default=0, help="first of five seeds (%(default)s: those of the stored ones)")
    line.add_argument("--store", action="store_true", help="replace the stored models of the clone")
    line.add_argument(
        "--choose", action="store_true",
        help="try what has no score yet on the folds for choices, then store scores and models",
    )  # fmt: skip
    line.add_argument("--afresh", action="store_true", help="with --choose: try everything again")
    line.set_defaults(command=_run)


def _run(found: argparse.Namespace) -> int:
    device.configure()
    if found.store or found.choose:
        require_clone("storing models")
    unknown = set(found.methods) - set(METHODS)
    if unknown:
        print(f"there is no method {', '.join(sorted(unknown))}: choose from {', '.join(METHODS)}.")
        return 2
    if found.what == "times":
        return _times(found.store)
    if found.store and found.what == "text" and found.methods:
        print("text is stored with all methods at once: leave out the methods, or --store.")
        return 2
    if found.what == "text":
        return _text(found.methods or METHODS, found.store)
    return _choose(found) if found.choose else _images(found)


def _images(found) -> int:
    rows, outside = [("method", "models", *map(_head, LEVELS), "file")], []
    for name in found.methods or METHODS:
        file, before = checkpoints.checkpoint_path(found.what, name), None
        if file.exists():
            before = _figures(found.what, name, checkpoints.load(found.what, name).weights)
            rows.append((name, "stored", *map(_written, before), _size(file)))
        made = checkpoints.train(found.what, name, selected_setting(found.what, name), found.seed)
        if found.store:
            checkpoints.store(found.what, name, made)
        now = _figures(found.what, name, made.weights)
        rows.append((name, "trained now", *map(_written, now), _size(file) if found.store else ""))
        if before and any(abs(a[0] - b[0]) > 1.96 * a[1] for a, b in zip(before, now, strict=True)):
            outside.append(name)
    print("accuracy after pruning, mean over five models ± 95 % half-width (Student's t)\n")
    print(aligned(rows))
    said = f"outside the stored intervals: {', '.join(outside)}" if outside else "all within the stored intervals"
    print(f"\n{said}")
    if found.store:
        checkpoints.load.cache_clear()
        print(f"written; curves of all methods: {_size(checkpoints.store_curves(found.what))}")
    return 0


def _choose(found) -> int:
    print("accuracy [%] on the fold for choices of each model; of all but none at 80 and 90 % zeros, averaged\n")
    print(f"{'method':14} {'tried':>6}  " + " ".join(f"{f'model {m}':>8}" for m in range(5)))
    for name, value, scores in selection.select(found.what, found.seed, found.afresh):
        print(f"{name:14} {value:6g}  " + " ".join(f"{score:8.1f}" for score in scores), flush=True)
    return 0


def _text(names, store) -> int:
    found: dict[str, list] = {}
    print(f"{'method':14} {'seed':>4} {'perplexity':>10} {'pruned':>7} {'zeros [%]':>9}")
    for name, seed, told in text.runs(names):
        found.setdefault(name, []).append(told)
        print(
            f"{name:14} {seed:4} {np.exp(told['cross']):10.3f} {np.exp(told['pruned_cross']):7.3f} "
            f"{told['pruned_sparsity']:9.1f}", flush=True,
        )  # fmt: skip
    if store:
        text.store(found)
    return 0


def _times(store) -> int:
    found = step_times.measure()
    print(f"milliseconds, mean ± 95 % half-width over blocks (Student's t); {found['machine']}\n")
    for kind in ("image", "text", "ball"):
        rows = [(kind, "ms", "share of the first")]
        first = np.array(next(iter(found[kind].values())))
        for name, times in found[kind].items():
            rows.append((name, *(_written(model_interval(np.array(x)), 3) for x in (times, times / first))))
        print(aligned(rows) + "\n")
    if store:
        step_times.store(found)
    return 0


def _figures(images, name, weights) -> list[tuple[float, float]]:
    sparsity, correct = checkpoints.curves(weights, checkpoints.choice_for(images, name), checkpoints.test_set(images))
    return [model_interval(at_sparsity(sparsity, correct, level).mean(1)) for level in LEVELS]


def _head(level) -> str:
    return f"at {level:.0f} % zeros" if level else "accuracy [%]"


def _written(pair, places=1) -> str:
    return f"{pair[0]:.{places}f} ± {1.96 * pair[1]:.{places}f}"


def _size(file: Path) -> str:
    return f"{file.name}, {file.stat().st_size / 1000:.0f} kB"
