"""The headline ratios: ours against the best peer, against the machine's limit, and in memory; one table.

    python benchmarks/targets.py [--rounds 5] [--only pairwise kde ...]     (about 5 minutes)

Each script of the other benchmarks measures its own rows in a process of its own, one thread, interleaved,
median process-CPU time. What was measured goes to targets.json, and as a table to the standard output;
groups that are not asked for keep their rows. `entropylab bench --readme` shows them in the README.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import importlib
import json
import subprocess
import sys
from pathlib import Path

import timing

GROUPS = ("pairwise", "large", "kde", "mixtures", "neighbours", "partitions", "attention")
RESULTS = Path(__file__).with_name("targets.json")


def measure(group: str, rounds: int) -> dict:
    """Rows of one group in a fresh process; a failure is told and leaves them out."""
    command = [sys.executable, __file__, "--child", group, "--rounds", str(rounds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"{group} failed with exit code {done.returncode}.")
    return json.loads(done.stdout.splitlines()[-1])


def child(group: str, rounds: int) -> None:
    """Print the rows of one group, or the rates of the machine, as one line of JSON."""
    timing.pin()
    if group == "machine":
        print(json.dumps(timing.roofline(rounds)))
        return
    if group == "large":
        rows = importlib.import_module("pairwise").headline_large(rounds)
    else:
        rows = importlib.import_module(group).headline(rounds)
    print(json.dumps([dataclasses.asdict(row) for row in rows]))


def main() -> None:
    """Measure, keep and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=GROUPS)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        return child(options.child, options.rounds)
    from entropylab.cli.headlines import markdown

    kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {"rows": {}}
    kept |= {"machine": measure("machine", options.rounds), "where": timing.place()}
    kept["date"] = datetime.date.today().isoformat()
    for group in options.only or GROUPS:
        kept["rows"][group] = measure(group, options.rounds)
        kept["rows"] = {name: kept["rows"][name] for name in GROUPS if name in kept["rows"]}
        # after every group: an interrupted run keeps what was measured
        RESULTS.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    print(markdown(kept))


if __name__ == "__main__":
    main()
