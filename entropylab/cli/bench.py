"""Runs the benchmark scripts of the checkout, one process each, and collects what they print."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from entropylab.checkout import CHECKOUT

FOLDER = CHECKOUT / "benchmarks"
RESULTS = FOLDER / "RESULTS.md"


def scripts(folder: Path = FOLDER) -> dict[str, Path]:
    """The scripts by name: the files that do something when they are run."""
    return {file.stem: file for file in sorted(folder.glob("*.py")) if "__main__" in file.read_text(encoding="utf-8")}


def run(only: Sequence[str] | None, out: Path, folder: Path = FOLDER) -> int:
    """Run the scripts (or some) and write their output to `out`; 1 if any failed.

    Sections of scripts that are not run stay as they are.
    """
    found = scripts(folder)
    if not found:
        print(f"python -m entropylab: error: no benchmark scripts in {folder}: run from a checkout.", file=sys.stderr)
        return 2
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
        # written after every script: an interrupted run keeps what was measured
        told = "".join(f"\n## {name}\n\n{text}\n" for name, text in sorted(sections.items()))
        out.write_text("# Benchmarks\n\n`python -m entropylab bench` wrote this.\n" + told, encoding="utf-8")
    print(f"written to {out}" + (f"; failed: {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


def _sections(file: Path) -> dict[str, str]:
    """What an earlier run left in `file`, by script."""
    if not file.exists():
        return {}
    _, *parts = file.read_text(encoding="utf-8").split("\n## ")
    return {name: text.strip() for name, text in (part.split("\n", 1) for part in parts)}
