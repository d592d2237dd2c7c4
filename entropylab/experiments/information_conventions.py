"""One sample under every convention met in public packages."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

import numpy as np
import xarray as xr

from entropylab.audit import CONVENTIONS, INFORMATION, audit
from entropylab.experiments.growing import growing
from entropylab.experiments.information import DRAW, SEEDS_SAY, data_of, information
from entropylab.experiments.labels import nats, plain
from entropylab.experiments.replicates import moments
from entropylab.numerics import check


@information.stage(*DRAW, "k", "replicates")
def conventions(knobs) -> Iterator[tuple[float, xr.Dataset]]:
    """The same samples under every convention met in public packages: difference from Kraskov's own."""
    rows = [c for c in CONVENTIONS if c.quantity == INFORMATION and c.unit == "nats"]
    names, wrong = [c.name for c in rows], np.array([float(c.verdict == "wrong") for c in rows])
    values = np.full((len(rows), knobs.replicates), np.nan)
    k = min(knobs.k, knobs.samples - 1)

    def work():
        for r in range(knobs.replicates):
            with check.quiet():
                try:
                    found = audit(*data_of(knobs, r), k=k, seed=knobs.seed)
                    values[:, r] = found.difference.sel(convention=names).values
                except ValueError:  # no entropy of repeated numbers: the row stays empty
                    pass
            yield (r + 1) / knobs.replicates

    def picture():
        mean, deviation = moments(values)
        return xr.Dataset(
            {
                "convention_off": ("convention", mean, nats("estimate − Kraskov's", interval=f"95 % {SEEDS_SAY}")),
                "convention_error": ("convention", deviation / math.sqrt(knobs.replicates), nats("standard error")),
                "convention_wrong": ("convention", wrong, plain("wrong")),
            },
            attrs={"conventions": json.dumps([[c.name, c.verdict, c.met_in] for c in rows])},
        )  # fmt: skip

    yield from growing(work(), picture)
