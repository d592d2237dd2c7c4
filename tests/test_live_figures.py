"""A figure that was patched holds what the same figure drawn anew would hold."""

import holoviews as hv
import numpy as np
import pytest

from entropylab.app.defaults import default_parts
from entropylab.app.live import LiveView
from entropylab.app.pages import PAGES
from entropylab.views.columns import Columns

VIEWS = [(page, view) for page in PAGES.values() for view in page.views]


def columns(figure):
    """Every data source of a figure, in drawing order."""
    return [renderer.data_source.data for renderer in figure.renderers]


@pytest.mark.parametrize(("page", "view"), VIEWS, ids=[f"{page.name}-{view.name}" for page, view in VIEWS])
def test_patched_is_drawn(page, view):
    """From an answer with other numbers everywhere to the default one."""
    question = page.question()
    answer = page.experiment.combine(question, list(default_parts(page).values()))
    other = answer.copy(deep=True)
    for name, variable in answer.data_vars.items():
        if variable.dtype.kind == "f":
            other[name] = np.sqrt(np.abs(variable)) * 0.9
    live = LiveView(view, other)
    live.update(answer)
    drawn = columns(hv.renderer("bokeh").get_plot(view.draw(answer)).state)
    patched = columns(live.figure)
    assert len(patched) == len(drawn)
    for here, there in zip(patched, drawn, strict=True):
        assert here.keys() == there.keys()
        for name in here:
            np.testing.assert_array_equal(np.squeeze(here[name]), np.squeeze(there[name]), err_msg=name)


def test_a_band_is_cut_at_its_gaps():
    x, low, high = np.arange(5.0), np.array([1, np.nan, 3, 4, 5.0]), np.array([2, 3, 4, np.nan, 6.0])
    drawn = hv.renderer("bokeh").get_plot(hv.Area((x, low, high), "x", ["low", "high"])).handles["source"].data
    for name, column in Columns.area(x, low, high).data.items():
        np.testing.assert_array_equal(column, drawn[name])
