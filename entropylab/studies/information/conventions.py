"""One sample under every convention met in public packages."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

import numpy as np
import xarray as xr

from entropylab.inference.conventions import CONVENTIONS, INFORMATION, audit
from entropylab.numerics.validation import check
from entropylab.studies.core.attributes import attributes, entropy_attributes
from entropylab.studies.core.experiment import stage
from entropylab.studies.core.progress import report_progress
from entropylab.studies.core.statistics import nan_mean_and_std
from entropylab.studies.information.stages import (
    DRAW,
    SEEDS_SAY,
    sample_pair,
)


@stage(*DRAW, "k", "replicates")
def conventions(knobs) -> Iterator[tuple[float, xr.Dataset]]:
    """The same samples under every convention met in public packages: difference from Kraskov's own."""
    rows = [c for c in CONVENTIONS if c.quantity == INFORMATION and c.unit == "nats"]
    names, wrong = [c.name for c in rows], np.array([float(c.verdict == "wrong") for c in rows])
    values = np.full((len(rows), knobs.replicates), np.nan)
    k = min(knobs.k, knobs.samples - 1)

    def work():
        for r in range(knobs.replicates):
            with check.suppress_warnings():
                try:
                    found = audit(*sample_pair(knobs, r), k=k, seed=knobs.seed)
                    values[:, r] = found.difference.sel(convention=names).values
                except ValueError:  # no entropy of repeated numbers: the row stays empty
                    pass
            yield (r + 1) / knobs.replicates

    def picture():
        mean, deviation = nan_mean_and_std(values)
        return xr.Dataset(
            {
                "convention_off": (
                    "convention",
                    mean,
                    entropy_attributes("estimate − Kraskov's", interval=f"95 % {SEEDS_SAY}"),
                ),
                "convention_error": (
                    "convention",
                    deviation / math.sqrt(knobs.replicates),
                    entropy_attributes("standard error"),
                ),
                "convention_wrong": ("convention", wrong, attributes("wrong")),
            },
            attrs={"conventions": json.dumps([[c.name, c.verdict, c.met_in] for c in rows])},
        )

    yield from report_progress(work(), picture)
