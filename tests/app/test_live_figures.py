"""A live figure is a copy of the one that HoloViews drew; patched, it holds the columns of a newly drawn one."""

from dataclasses import is_dataclass, replace
from functools import cache

import holoviews as hv
import numpy as np
import pytest
from bokeh.core.serialization import Serializer
from bokeh.document import Document
from bokeh.models import AllIndices, AllLabels, Grid, UnionRenderers

from entropylab.app.defaults import default_parts
from entropylab.app.figures.live import LiveView
from entropylab.app.figures.template import figure_template
from entropylab.studies.pages import PAGES
from entropylab.studies.rendering.figure import band

SHEETS = [tab for page in PAGES.values() for tab in page.tabs.values()]
VIEWS = [(page, replace(view)) for page in SHEETS for view in page.views]  # new ones: nobody has drawn them yet
EVERY = pytest.mark.parametrize("number", range(len(VIEWS)), ids=[f"{page.name}-{view.name}" for page, view in VIEWS])
VARIANTS = {"selection_glyph", "nonselection_glyph", "muted_glyph", "hover_glyph"}
STATELESS = (AllIndices, AllLabels, UnionRenderers)


@cache
def answers(sheet):
    """The default answer of a sheet, and one with other numbers everywhere; nobody may write into either."""
    page = SHEETS[sheet]
    answer = page.experiment.combine(page.question(), list(default_parts(page).values()))
    other = answer.copy(deep=True)
    for name, variable in answer.data_vars.items():
        if variable.dtype.kind == "f":
            other[name] = np.sqrt(np.abs(variable)) * 0.9
    for values in (one.data for both in (answer, other) for one in both.data_vars.values()):
        values.setflags(write=False)
    return answer, other


@cache
def found(number):
    """A view, the default answer, and the one with other numbers, from which the prototype is drawn."""
    page, view = VIEWS[number]
    answer, other = answers(SHEETS.index(page))
    figure_template(view, other)
    return view, answer, other


@cache
def drawn(number):
    """What HoloViews draws of the default answer."""
    view, answer, _ = found(number)
    return hv.renderer("bokeh").get_plot(view.draw(answer).to_holoviews(), doc=Document()).state


def columns(figure):
    """Every data source of a figure, in drawing order."""
    return [renderer.data_source.data for renderer in figure.renderers]


def assert_equal_columns(patched, there):
    assert len(patched) == len(there)
    for one, other in zip(patched, there, strict=True):
        assert one.keys() == other.keys()
        for name in one:
            np.testing.assert_array_equal(np.squeeze(one[name]), np.squeeze(other[name]), err_msg=name)


def sent(figure):
    """What a browser is sent of a figure, models by the order in which they are met instead of by their ids."""
    numbers = {}

    def plain(part):
        if isinstance(part, np.ndarray):
            return part.tolist()
        if isinstance(part, (bytes, memoryview)):
            return bytes(part)
        if isinstance(part, dict):
            return {
                key: numbers.setdefault(value, len(numbers)) if key == "id" else plain(value)
                for key, value in part.items()
            }
        if isinstance(part, (list, tuple)):
            return [plain(value) for value in part]
        return plain(part.data) if type(part).__name__ == "Buffer" else part

    return plain(Serializer().encode(figure))


@EVERY
def test_patched_is_drawn(number):
    """From an answer with other numbers everywhere to the default one."""
    view, answer, other = found(number)
    live = LiveView(view, other)
    live.update(answer)
    assert_equal_columns(columns(live.figure), columns(drawn(number)))


@EVERY
@pytest.mark.slow
def test_a_copy_is_the_prototype_and_shares_no_model(number):
    """A browser is sent the same with other ids; a change of a copy changes neither the prototype nor another."""
    view, _, other = found(number)
    first = figure_template(view, other)
    (one, layers), (two, _) = first.copy(), first.copy()
    before = sent(first.figure)
    assert sent(one) == sent(two) == before
    mine, theirs, known = (figure.references() for figure in (one, two, first.figure))
    assert len(mine) == len(known) and len({model.id for model in mine | theirs | known}) == 3 * len(known)
    for part, renderer in zip(layers, one.renderers, strict=True):
        assert part.renderer is renderer and part.source is renderer.data_source
        assert {part.mapper, part.bar} <= mine | {None}
        for column in part.source.data.values():
            np.asarray(column[0] if isinstance(column, list) and len(column) else column).fill(0)
    heard = []
    one.renderers[0].data_source.on_change("data", lambda attr, old, new: heard.append(new))
    one.renderers[0].data_source.data["x"] = np.asarray(one.renderers[0].data_source.data["x"]) + 1.0
    one.x_range.update(start=1.0, end=2.0)
    one.toolbar.tools.pop()
    one.tags.append("mine")
    assert len(heard) == 1 and sent(one) != before and sent(two) == sent(first.figure) == before


@EVERY
@pytest.mark.slow
def test_two_users_see_their_own_answers(number):
    """And who comes after a move sees the answer that was asked for."""
    view, answer, other = found(number)
    one, two = LiveView(view, answer), LiveView(view, answer)
    before = sent(two.figure)
    one.update(other)
    assert sent(two.figure) == before == sent(LiveView(view, answer).figure)
    one.update(answer)
    assert_equal_columns(columns(one.figure), columns(two.figure))


def looks(model):
    """What can be seen of a model: its values, and those of all that it refers to."""

    def plain(value):
        if hasattr(value, "properties_with_values"):
            return looks(value)
        if is_dataclass(value):
            return plain(vars(value))
        if isinstance(value, dict):
            return {key: plain(entry) for key, entry in value.items()}
        if isinstance(value, (list, tuple, set)):
            return [plain(entry) for entry in value if not isinstance(entry, Grid)]
        if isinstance(value, (float, int, np.number)) and not isinstance(value, bool):
            value = float(value)
        return repr(value.tolist() if isinstance(value, np.ndarray) else value)  # a NaN equals itself in words

    values = model.properties_with_values(include_defaults=False)
    return type(model).__name__, {
        name: plain(value)
        for name, value in values.items()
        if name not in VARIANTS | {"data", "name", "ticker", "formatter", "styles", "html_attributes"}
        and not isinstance(value, STATELESS)
    }


@EVERY
@pytest.mark.slow
def test_what_is_taken_away_is_never_seen(number):
    """Up to variants of glyphs and invisible grids a live figure is what HoloViews draws."""
    view, answer, _ = found(number)
    figure, whole = LiveView(view, answer).figure, drawn(number)
    assert looks(figure) == looks(whole)
    assert all(grid.grid_line_color is None for grid in whole.select(Grid)) and not list(figure.select(Grid))
    muting = [item for legend in whole.legend if legend.click_policy == "mute" for item in legend.items]
    for here, there in zip(figure.renderers, whole.renderers, strict=True):
        muted = any(there in item.renderers for item in muting)
        assert looks(here.muted_glyph) == looks(there.muted_glyph if muted else here.glyph)
        held = view.drag and here is figure.renderers[-1]
        for name in ("selection_glyph", "nonselection_glyph"):
            assert looks(getattr(here, name)) == looks(getattr(there, name) if held else here.glyph)


def test_a_band_is_cut_at_its_gaps():
    x, low, high = np.arange(5.0), np.array([1, np.nan, 3, 4, 5.0]), np.array([2, 3, 4, np.nan, 6.0])
    drawn = hv.renderer("bokeh").get_plot(hv.Area((x, low, high), "x", ["low", "high"])).handles["source"].data
    for name, column in band(x, low, high, "red").columns().items():
        np.testing.assert_array_equal(column, drawn[name])
