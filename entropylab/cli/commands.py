"""The commands of `entropylab`; each returns the exit code."""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import entropylab
from entropylab import device
from entropylab.cli import bench, catalogue, headlines, weights
from entropylab.cli.flags import Parser, add_knobs, add_out, argument_type, question_from
from entropylab.cli.tables import aligned
from entropylab.numerics.validation.check import EstimateWarning
from entropylab.resources import NAME, PACKAGE, find_namesake, require_clone
from entropylab.studies.core.io import scalars, write_answer
from entropylab.studies.core.sweep import run_sweep
from entropylab.studies.registry import EXPERIMENTS

SERVE = "Serve the dashboard. All further options are those of `panel serve`, such as --port 5006 or --show."


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line asks."""
    if namesake := find_namesake():
        print(f"warning: {namesake}", file=sys.stderr)
    found, options = parser().parse_known_args(argv)
    if options and found.command is not _serve:
        parser().error(f"unrecognized arguments: {' '.join(options)}")
    found.options = options  # of `panel serve`
    with warnings.catch_warnings():
        warnings.showwarning = _print_progress
        return found.command(found)


def parser() -> Parser:
    """The whole command line."""
    top = Parser(prog="entropylab", description="Entropy estimators with their truth, bias and error bar.")
    top.add_argument("--version", action="version", version=_version())
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    add = commands.add_parser("list", help="the catalogue of estimators, or the experiments")
    add.add_argument("--experiments", action="store_true", help="list the experiments instead of the estimators")
    add.set_defaults(command=_list)

    add = commands.add_parser("serve", help="serve the dashboard", description=SERVE)
    add.set_defaults(command=_serve)

    add = commands.add_parser("run", help="answer one question")
    experiments = add.add_subparsers(required=True, metavar="EXPERIMENT")
    for name, experiment in EXPERIMENTS.items():
        add = experiments.add_parser(name, help=_help(experiment.about), description=_help(experiment.about))
        add_out(add)
        add_knobs(add, experiment.question)
        add.set_defaults(command=_run, experiment=experiment)

    add = commands.add_parser("sweep", help="answer one question at several values of a knob")
    experiments = add.add_subparsers(required=True, metavar="EXPERIMENT")
    for name, experiment in EXPERIMENTS.items():
        add = experiments.add_parser(name, help=_help(experiment.about), description=_help(experiment.about))
        knobs = add.add_subparsers(required=True, metavar="KNOB")
        for knob_name, knob in experiment.question.knobs().items():
            add = knobs.add_parser(knob_name, help=_help(knob.meaning), description=_help(knob.meaning))
            add.add_argument("values", nargs="+", type=argument_type(knob), metavar="VALUE", help=_help(knob.domain))
            add_out(add)
            add_knobs(add, experiment.question, without=knob_name)
            add.set_defaults(command=_sweep, experiment=experiment, knob=knob_name)

    add = commands.add_parser("bench", help="run the benchmark scripts and collect their tables")
    add.add_argument("--only", nargs="+", metavar="NAME", help=f"of {', '.join(bench.scripts()) or 'the clone'}")
    add.add_argument("--out", type=Path, metavar="FILE", help="Markdown file (benchmarks/RESULTS.md)")
    add.add_argument("--readme", action="store_true", help="only write the headlines, as measured last, into README.md")
    add.set_defaults(command=_bench)

    weights.add(commands)

    add = commands.add_parser("catalogue", help="the catalogue as a Markdown table")
    add.add_argument("--readme", action="store_true", help="write it between its markers in README.md")
    add.set_defaults(command=_catalogue)
    return top


def _bench(found: argparse.Namespace) -> int:
    if found.readme:
        print(f"written to {headlines.write_readme()}")
        return 0
    unknown = set(found.only or ()) - bench.scripts().keys()
    if unknown:
        require_clone("bench")
        return _fail(f"no benchmark {', '.join(sorted(unknown))}: choose from {', '.join(bench.scripts())}.")
    return bench.run(found.only, found.out)


def _serve(found: argparse.Namespace) -> int:
    if find_spec("panel_material_ui") is None:
        return _fail(f"the dashboard needs further packages: pip install '{NAME}[app]'.")
    return subprocess.call([sys.executable, "-m", "panel", "serve", str(PACKAGE / "app" / "app.py"), *found.options])


def _version() -> str:
    return f"entropylab {entropylab.__version__} on Python {platform.python_version()} ({device.describe_caches()})"


def _list(found: argparse.Namespace) -> int:
    print(aligned(catalogue.experiment_rows() if found.experiments else catalogue.estimator_rows()))
    return 0


def _catalogue(found: argparse.Namespace) -> int:
    if found.readme:
        print(catalogue.write_readme())
    else:
        print(catalogue.markdown())
    return 0


def _run(found: argparse.Namespace) -> int:
    device.configure()
    try:
        question = found.experiment.question(**question_from(found))
        answer = found.experiment(question)
    except ValueError as error:
        return _fail(error)
    rows = [("number", "value", "units", "meaning")]
    for name, variable in scalars(answer):
        rows.append((name, str(variable.values), variable.attrs.get("units", ""), variable.attrs.get("long_name", "")))
    print(f"{question!r} on {device.describe()} in {device.dtype()}\n")
    print(aligned(rows))
    return _written(answer, found.out)


def _sweep(found: argparse.Namespace) -> int:
    device.configure()
    try:
        question = found.experiment.question(**question_from(found))
        answer = run_sweep(found.experiment, question, found.knob, found.values)
    except ValueError as error:
        return _fail(error)
    names = [name for name, variable in answer.data_vars.items() if variable.dims == (f"swept_{found.knob}",)]
    rows = [(found.knob, *names), ("", *(answer[name].attrs.get("units", "") for name in names))]
    for i, value in enumerate(found.values):
        rows.append((str(value), *(str(answer[name].values[i]) for name in names)))
    print(f"{question!r} over {found.knob} on {device.describe()} in {device.dtype()}\n")
    print(aligned(rows))
    return _written(answer, found.out)


def _written(answer, file: Path | None) -> int:
    if file is not None:
        write_answer(answer, file)
        print(f"\nwritten to {file}")
    return 0


def _fail(error: ValueError | str) -> int:
    print(f"entropylab: error: {error}", file=sys.stderr)
    return 2


def _print_progress(message, category, filename, lineno, file=None, line=None):
    where = "" if issubclass(category, EstimateWarning) else f"{filename}:{lineno}: {category.__name__}: "
    print(f"warning: {where}{message}", file=sys.stderr)


def _help(text: str) -> str:
    return text.replace("%", "%%")
