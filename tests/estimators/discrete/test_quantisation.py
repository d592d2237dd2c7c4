"""Cells of one width: narrow types of it, and data that lie on their edges."""

import math
import warnings
from fractions import Fraction

import numpy as np
import pytest

from entropylab.estimators.discrete.quantisation import quantised_entropy
from entropylab.numerics.validation.check import EstimateWarning

SPARSE = "ignore:.*occurs only once.*:entropylab.numerics.validation.check.EstimateWarning"


def by_fractions(x, width):
    """The definition, in exact arithmetic on the numbers as float64 holds them but for the one rounded division."""
    places = [tuple(math.floor(v / width) for v in row) for row in x.reshape(len(x), -1)]
    counts = [places.count(place) for place in set(places)]
    n, d = len(x), x.reshape(len(x), -1).shape[1]
    return -sum(c / n * math.log(c / n) for c in counts) + d * math.log(width)


@pytest.mark.filterwarnings(SPARSE)
@pytest.mark.parametrize("width", [np.float16(0.1), np.int8(3), np.float32(0.3), Fraction(1, 2), np.int64(1)])
def test_the_type_of_the_width_rounds_nothing(width):
    x = np.random.default_rng(0).normal(size=(300, 2)) * 3
    assert quantised_entropy(x, width=width) == pytest.approx(by_fractions(x, float(width)), rel=1e-13)


@pytest.mark.filterwarnings(SPARSE)
@pytest.mark.parametrize("width", [0.1, 0.2, 0.05, 0.3, 0.5])
def test_decimal_data_on_the_edges_are_told(width):
    """floor(0.3 / 0.1) = 2 in binary: the message gives the entropy of whole tenths, which Fraction counts."""
    tenths = np.round(10 * np.random.default_rng(1).normal(size=2000)).astype(int)
    x = tenths / 10
    with warnings.catch_warnings(record=True) as issued:
        warnings.simplefilter("always")
        value = quantised_entropy(x, width=width)
    assert value == pytest.approx(by_fractions(x, width), rel=1e-13)
    cells = np.array([math.floor(Fraction(int(t), 10) / Fraction(str(width))) for t in tenths])
    counts = np.unique(cells, return_counts=True)[1] / len(x)
    exact = -(counts * np.log(counts)).sum() + math.log(width)
    warned = [str(w.message) for w in issued if "edges of cells" in str(w.message)]
    assert len(warned) == (cells != np.floor(x / width)).any() == (width != 0.5)  # 0.5 is itself in binary
    assert all(f"{exact:.4g}" in message for message in warned)


def test_a_shift_brings_lattice_data_off_the_edges():
    tenths = np.round(10 * np.random.default_rng(1).normal(size=2000)).astype(int)
    counts = np.unique(tenths, return_counts=True)[1] / 2000
    expected = -(counts * np.log(counts)).sum() + math.log(0.1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert quantised_entropy(tenths / 10 + 0.05, width=0.1) == pytest.approx(expected, rel=1e-13)
        quantised_entropy(tenths, width=1)  # whole numbers are exact: nothing falls below its cell
        quantised_entropy(np.random.default_rng(2).normal(size=2000), width=0.1)
    with pytest.warns(EstimateWarning, match="edges of cells"):
        quantised_entropy(np.column_stack([np.random.default_rng(2).normal(size=2000), tenths / 10]), width=0.1)
