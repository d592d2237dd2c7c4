"""Runs the benchmark scripts of the checkout, one process each, and collects what they print."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from entropylab.resources import find_clone, require_clone


def scripts(folder: Path | None = None) -> dict[str, Path]:
    """Executable benchmark scripts by name; none where the package is installed without its clone."""
    if folder is None:
        clone = find_clone()
        folder = clone / "benchmarks" if clone else None
    files = sorted(folder.glob("*.py")) if folder else []
    return {file.stem: file for file in files if "__main__" in file.read_text(encoding="utf-8")}


def run(only: Sequence[str] | None, out: Path | None = None, folder: Path | None = None) -> int:
    """Run the scripts (or some) and write their output to `out`; 1 if any failed.

    Sections of scripts that are not run stay as they are.
    """
    folder = folder or require_clone("bench") / "benchmarks"
    out = out or folder / "RESULTS.md"
    found = scripts(folder)
    sections = _sections(out)
    failed = []
    for name in only or found:
        print(f"{name} ...", flush=True)
        lines = []
        with subprocess.Popen(
            [sys.executable, found[name]], cwd=folder.parent, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        ) as process:
            for line in process.stdout:
                print(line, end="", flush=True)
                lines.append(line)
        text = "".join(lines).strip()
        if process.returncode:
            failed.append(name)
            text += f"\n\nThe script failed with exit code {process.returncode}."
        sections[name] = text.strip()
        # written after every script, so that an interrupted run keeps its measurements
        body = "".join(f"\n## {name}\n\n{text}\n" for name, text in sorted(sections.items()))
        out.write_text("# Benchmarks\n\nWritten by `entropylab bench`.\n" + body, encoding="utf-8")
    print(f"written to {out}" + (f"; failed: {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


def _sections(file: Path) -> dict[str, str]:
    """The sections of an earlier run in `file`, by script."""
    if not file.exists():
        return {}
    _, *parts = file.read_text(encoding="utf-8").split("\n## ")
    return {name: text.strip() for name, text in (part.split("\n", 1) for part in parts)}
