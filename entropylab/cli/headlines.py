"""The table of headline benchmarks, from what benchmarks/targets.py measured, for a terminal and for the README."""

from __future__ import annotations

import json
from pathlib import Path

from entropylab.cli import tables
from entropylab.resources import require_clone

BEGIN, END = "<!-- benchmarks -->", "<!-- end of benchmarks -->"
COLUMNS = ("work", "against", "ours ms", "theirs ms", "ratio", "goal", "limit ms", "of the limit", "MB, ours / theirs")


def markdown(found: dict) -> str:
    """Date, machine, its rates, and a row for each headline."""
    rates = found["machine"]
    preamble = (
        f"Measured on {found['date']} on {found['where']}: process-CPU time of one thread, medians of interleaved "
        f"rounds. Rates of that thread: matrix product {rates['product32']:.0f} (float32) and "
        f"{rates['product64']:.0f} (float64) Gflop/s, {rates['exp32']:.2f} and {rates['exp64']:.2f} G exponentials/s, "
        f"{rates['copy']:.0f} GB/s copied; "
        "the limit is the time that the products and exponentials alone take at these rates; a value above 100 % means "
        "that our kernel exceeds the rate of the library that measured it."
    )
    rows = [list(COLUMNS), *(_row(row) for group in found["rows"].values() for row in group)]
    return f"{preamble}\n\n{tables.markdown(rows)}"


def _row(row: dict) -> list[str]:
    ours, theirs, limit = row["ours"], row["theirs"], row["limit"]
    if theirs is None:
        ratio, other = "", "not installed" if row["goal"] is not None else ""
    else:
        ratio = f"{ours / theirs if row['cost'] else theirs / ours:.1f}"
        other = _milliseconds(theirs)
    goal = "" if row["goal"] is None else f"{'at most' if row['cost'] else 'at least'} {row['goal']:g}"
    memory = "" if row["memory"] is None else " / ".join(str(size) for size in row["memory"] if size is not None)
    near = ["", ""] if limit is None else [_milliseconds(limit), f"{limit / ours:.0%}"]
    return [row["work"], row["peer"], _milliseconds(ours), other, ratio, goal, *near, memory]


def _milliseconds(seconds: float) -> str:
    return f"{1e3 * seconds:.3g}" if seconds < 1 else f"{1e3 * seconds:.0f}"


def write_readme(measured: Path | None = None, file: Path | None = None) -> Path:
    """Write the table between its markers in `file`; files of the clone by default."""
    measured = measured or require_clone("bench --readme") / "benchmarks" / "targets.json"
    file = file or require_clone("bench --readme") / "README.md"
    text = file.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise SystemExit(f"{file} must hold {BEGIN} and {END} once each: the benchmarks go between them.")
    table = markdown(json.loads(measured.read_text(encoding="utf-8")))
    before, rest = text.split(BEGIN)
    file.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{rest.split(END)[1]}", encoding="utf-8")
    return file
