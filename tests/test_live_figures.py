"""A figure is a copy of the one that HoloViews drew; patched it holds what the same figure drawn anew would hold."""

import holoviews as hv
import numpy as np
import pytest
from bokeh.core.serialization import Serializer
from bokeh.document import Document
from bokeh.models import AllIndices, AllLabels, Grid, UnionRenderers

from entropylab.app.defaults import default_parts
from entropylab.app.figures import Prototype
from entropylab.app.live import LiveView
from entropylab.app.pages import PAGES
from entropylab.views.columns import Columns

SHEETS = [tab for page in PAGES.values() for tab in page.tabs.values()]
VIEWS = [(page, view) for page in SHEETS for view in page.views]
NAMES = [f"{page.name}-{view.name}" for page, view in VIEWS]
VARIANTS = {"selection_glyph", "nonselection_glyph", "muted_glyph", "hover_glyph"}
STATELESS = (AllIndices, AllLabels, UnionRenderers)


def columns(figure):
    """Every data source of a figure, in drawing order."""
    return [renderer.data_source.data for renderer in figure.renderers]


def answered(page):
    return page.experiment.combine(page.question(), list(default_parts(page).values()))


def changed(answer):
    """Other numbers everywhere."""
    other = answer.copy(deep=True)
    for name, variable in answer.data_vars.items():
        if variable.dtype.kind == "f":
            other[name] = np.sqrt(np.abs(variable)) * 0.9
    return other


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


@pytest.mark.parametrize(("page", "view"), VIEWS, ids=NAMES)
def test_patched_is_drawn(page, view):
    """From an answer with other numbers everywhere to the default one."""
    answer = answered(page)
    live = LiveView(view, changed(answer))
    live.update(answer)
    drawn = columns(hv.renderer("bokeh").get_plot(view.draw(answer)).state)
    patched = columns(live.figure)
    assert len(patched) == len(drawn)
    for here, there in zip(patched, drawn, strict=True):
        assert here.keys() == there.keys()
        for name in here:
            np.testing.assert_array_equal(np.squeeze(here[name]), np.squeeze(there[name]), err_msg=name)


@pytest.mark.parametrize(("page", "view"), VIEWS, ids=NAMES)
def test_a_copy_is_the_prototype_and_shares_no_model(page, view):
    """A browser is sent the same, with other ids; a move of one copy changes neither the prototype nor another."""
    answer = answered(page)
    first = Prototype(view, answer)
    (one, parts), (other, _) = first.copy(), first.copy()
    before = sent(first.figure)
    assert sent(one) == sent(other) == before
    mine, theirs, drawn = (figure.references() for figure in (one, other, first.figure))
    assert len(mine) == len(drawn) and not mine & drawn and not mine & theirs
    assert len({model.id for model in mine | theirs | drawn}) == 3 * len(drawn)
    for part, renderer in zip(parts, one.renderers, strict=True):
        assert part.renderer is renderer and part.source is renderer.data_source
        assert part.mapper is None or part.mapper in mine
        for column in part.source.data.values():
            np.asarray(column[0] if isinstance(column, list) and len(column) else column).fill(0)
    one.renderers[0].data_source.data["x"] = np.asarray(one.renderers[0].data_source.data["x"]) + 1.0
    one.x_range.update(start=1.0, end=2.0)
    one.toolbar.tools.pop()
    one.tags.append("mine")
    assert sent(one) != before and sent(other) == sent(first.figure) == before


@pytest.mark.parametrize(("page", "view"), VIEWS, ids=NAMES)
def test_two_users_see_their_own_answers(page, view):
    """And whoever comes after a move sees the answer that was asked for, as HoloViews would draw it."""
    answer = answered(page)
    one, other = LiveView(view, answer), LiveView(view, answer)
    before = sent(other.figure)
    one.update(changed(answer))
    assert sent(other.figure) == before == sent(LiveView(view, answer).figure)
    one.update(answer)
    for here, there in zip(columns(one.figure), columns(other.figure), strict=True):
        for name in here:
            np.testing.assert_array_equal(np.squeeze(here[name]), np.squeeze(there[name]), err_msg=name)


def looks(model, seen=frozenset()):
    """What can be seen of a model: its values, and those of all that it refers to."""

    def plain(value):
        if hasattr(value, "properties_with_values"):
            return (type(value).__name__, "again") if value.id in seen else looks(value, seen | {model.id})
        if isinstance(value, dict):
            return {key: plain(entry) for key, entry in value.items()}
        if isinstance(value, (list, tuple, set)):
            return [plain(entry) for entry in value if not isinstance(entry, Grid)]
        return value.tolist() if isinstance(value, np.ndarray) else repr(value)

    values = model.properties_with_values(include_defaults=False)
    return type(model).__name__, {
        name: plain(value)
        for name, value in values.items()
        if name not in VARIANTS | {"name", "ticker", "formatter"} and not isinstance(value, STATELESS)
    }


@pytest.mark.parametrize(("page", "view"), VIEWS, ids=NAMES)
def test_what_is_taken_away_is_never_seen(page, view):
    """Up to variants of glyphs and invisible grids a prototype is what HoloViews draws."""
    answer = answered(page)
    figure = Prototype(view, answer).figure
    drawn = hv.renderer("bokeh").get_plot(view.draw(answer), doc=Document()).state
    assert looks(figure) == looks(drawn)
    assert all(grid.grid_line_color is None for grid in drawn.select(Grid)) and not list(figure.select(Grid))
    mutes = any(legend.click_policy == "mute" for legend in drawn.legend)
    for here, there in zip(figure.renderers, drawn.renderers, strict=True):
        named = mutes and any(there in item.renderers for legend in drawn.legend for item in legend.items)
        assert looks(here.muted_glyph) == looks(there.muted_glyph if named else here.glyph)
        held = view.drag and here is figure.renderers[-1]
        for name in ("selection_glyph", "nonselection_glyph"):
            assert looks(getattr(here, name)) == looks(getattr(there, name) if held else here.glyph)


def test_a_band_is_cut_at_its_gaps():
    x, low, high = np.arange(5.0), np.array([1, np.nan, 3, 4, 5.0]), np.array([2, 3, 4, np.nan, 6.0])
    drawn = hv.renderer("bokeh").get_plot(hv.Area((x, low, high), "x", ["low", "high"])).handles["source"].data
    for name, column in Columns.area(x, low, high).data.items():
        np.testing.assert_array_equal(column, drawn[name])
