"""Tables for a terminal and for Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows in columns, the first row underlined; the last column may run on."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """Rows under their header as a Markdown table."""
    header, *body = ["| " + " | ".join(re.sub(r"[|*<]", r"\\\g<0>", cell) for cell in row) + " |" for row in rows]
    return "\n".join([header, "|" + " --- |" * len(rows[0]), *body])
