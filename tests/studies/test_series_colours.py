"""Estimators that one figure compares differ in colour."""

import pytest

from entropylab.studies.bias.methods import METHODS
from entropylab.studies.information.estimators import ESTIMATORS
from entropylab.studies.rendering.style import SERIES

TOGETHER = {
    "entropies of samples": [name for name, method in METHODS.items() if not method.discrete],
    "entropies of counts": [name for name, method in METHODS.items() if method.discrete],
    "mutual informations": ESTIMATORS,
}


@pytest.mark.parametrize("names", TOGETHER.values(), ids=TOGETHER)
def test_no_two_estimators_of_a_figure_share_a_colour(names):
    assert len(names) > 5 and len({SERIES[name] for name in names}) == len(names)


def test_every_colour_belongs_to_a_figure():
    assert set(SERIES) == {name for names in TOGETHER.values() for name in names}
