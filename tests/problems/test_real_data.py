"""Bundled data sets: rows as scikit-learn gives them, columns with their meaning, no truth."""

import numpy as np
import pytest
from sklearn import datasets

from entropylab.problems import DATA_SETS, data_set, problem

SHAPES = {
    "iris": (150, 4, 0),
    "wine": (178, 13, 0),
    "breast_cancer": (569, 30, 0),
    "diabetes": (442, 10, 1),
    "digits": (1797, 64, 0),
    "linnerud": (20, 3, 3),
}


@pytest.mark.parametrize("name", DATA_SETS)
def test_rows_come_without_replacement(name):
    rows, dx, dy = SHAPES[name]
    one, data = problem(name), data_set(name)
    assert one.truth is None
    assert one.local is None
    assert one.dimensions == (dx, dy)
    x, y = one.sample(0, rows)
    assert x.shape == (rows, dx)
    assert y.shape == ((rows, dy) if dy else (rows,))
    order = np.lexsort(np.column_stack([x, y]).T)
    again = np.lexsort(np.column_stack([data.x, data.y]).T)
    np.testing.assert_array_equal(x[order], data.x[again])  # every row once, with its own target
    np.testing.assert_array_equal(y[order], data.y[again])
    with pytest.raises(ValueError, match=f"holds {rows} rows: got n={rows + 1}"):
        one.sample(0, rows + 1)


@pytest.mark.parametrize("name", DATA_SETS)
def test_columns_say_what_they_hold(name):
    data = data_set(name)
    bunch = getattr(datasets, f"load_{name}")()
    assert len(data.columns) == data.x.shape[1] == len(bunch.feature_names)
    for column, theirs, values in zip(data.columns, bunch.feature_names, data.x.T, strict=True):
        plain = column.name.replace(" ", "").replace("_", "").lower()
        assert str(theirs).replace("_", "").replace(" ", "").lower().startswith(plain)
        assert column.meaning
        assert (column.low, column.high, column.distinct) == (values.min(), values.max(), len(set(values)))
    for column in data.target:
        assert column.meaning
    assert data.about
    assert data.source
    assert not data.x.flags.writeable  # one copy for everyone
    if data.labels:
        assert set(data.y) == set(range(len(data.labels)))


def test_diabetes_comes_in_its_own_units():
    ages = data_set("diabetes").x[:, 0]
    assert ages.min() > 15
    np.testing.assert_array_equal(ages, np.round(ages))


def test_an_unknown_data_set_is_told():
    with pytest.raises(ValueError, match="choose one of iris"):
        data_set("mnist")
