"""Flags: a question's knobs as command-line arguments, checked by the knobs themselves."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from entropylab.knobs import Knob
from entropylab.studies.core.io import SUFFIXES
from entropylab.studies.core.question import Question


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line and ends with exit code 2."""

    def __init__(self, **options):
        super().__init__(**{"allow_abbrev": False, **options})

    def error(self, message):
        self.exit(2, f"{self.prog}: error: {message}\n")


def add_knobs(parser: argparse.ArgumentParser, question: type[Question], without: str | None = None) -> None:
    """One flag for every knob, with its meaning, domain and default."""
    group = parser.add_argument_group("knobs")
    for name, knob in question.knobs().items():
        if name != without:
            group.add_argument(
                "--" + name.replace("_", "-"),
                dest=f"knob_{name}",
                metavar=_kind(knob),
                type=argument_type(knob),
                help=given_values(knob),
            )


def question_from(found: argparse.Namespace) -> dict[str, object]:
    """The knobs that were given on the command line."""
    return {
        name.removeprefix("knob_"): value
        for name, value in vars(found).items()
        if name.startswith("knob_") and value is not None
    }


def add_out(parser: argparse.ArgumentParser) -> None:
    """The flag that names the file of the answer."""
    parser.add_argument(
        "--out", type=_file, metavar="FILE", help="write the whole answer to FILE (" + ", ".join(SUFFIXES) + ")"
    )


def argument_type(knob: Knob) -> Callable[[str], object]:
    """What turns a flag's text into the knob's value, in the knob's own words where it cannot."""

    def read(text: str):
        try:
            return knob.parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


def given_values(knob: Knob) -> str:
    """A knob's meaning, domain, direction and default for a help text."""
    harder = {"up": " Higher is harder.", "down": " Lower is harder.", None: ""}[knob.harder]
    domain = knob.domain[0].upper() + knob.domain[1:]
    # argparse fills in % signs
    return f"{knob.meaning}{harder} {domain}; default {knob.write(knob.default)}.".replace("%", "%%")


def _kind(knob: Knob) -> str:
    kinds = {"flag": "TRUE|FALSE", "choice": "NAME", "set": "NAME,NAME", "places": "INDEX:X:Y", "image": "CELLS"}
    return {**kinds, "integer": "INTEGER", "number": "NUMBER"}[knob.kind]


def _file(text: str) -> Path:
    file = Path(text)
    if file.suffix not in SUFFIXES:
        raise argparse.ArgumentTypeError(
            f"an answer is written as {', '.join(SUFFIXES)}: got {text}; change the ending."
        )
    if not file.parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {file.parent}: make it first.")
    return file
