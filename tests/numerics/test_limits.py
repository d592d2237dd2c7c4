"""Limits of axes hold what is known, and leave no axis of nothing but digits."""

import numpy as np
import pytest

from entropylab.studies.rendering.limits import padded_range


@pytest.mark.parametrize(
    "values, limits",
    [
        ((0.0, 1.0), (-0.06, 1.06)),
        ((3.912, 3.912), (3.812, 4.012)),
        ((3.912022, 3.912023), (3.812022, 4.012023)),  # apart in the seventh digit
        ((1e-6, 3e-6), (0.88e-6, 3.12e-6)),
        ((5000.0, 5001.0), (4994.999, 5006.001)),
        ((np.nan, np.inf), (-0.06, 1.06)),
    ],
)
def test_span(values, limits):
    assert padded_range(np.array(values)) == pytest.approx(limits, rel=1e-9)
