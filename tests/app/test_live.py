"""Live figures: colours follow the answer, points can be dragged and none taken away, what is seen is drawn first."""

import asyncio

import numpy as np
import pytest
import xarray as xr

from entropylab.app.figures.live import LiveView
from entropylab.app.scheduling.viewport import IDLE_DELAY_S, ViewportScheduler
from entropylab.studies.core.view import View
from entropylab.studies.rendering.style import dots, draggable_points, figure


def answer(*x: float) -> xr.Dataset:
    return xr.Dataset({"x": ("point", list(x)), "cell": ("point", np.arange(len(x)) % 3.0 + len(x))})


def draw(found: xr.Dataset):
    x = found.x.values
    return figure(
        dots(x, x, found.cell.values), draggable_points(x, 0 * x), xlim=(0, 9), ylim=(0, 9), xlabel="x", ylabel="y"
    )


@pytest.fixture
def dragged():
    """A live figure of three points, and where it says that they were dragged."""
    told = []
    live = LiveView(View("v", "V", "v", draw, (), drag=("moved",)), answer(1.0, 2.0, 3.0), lambda *at: told.append(at))
    return live, live.layers[0].source, live.layers[1].source, told


def test_colours_follow_the_answer(dragged):
    figure, shown, _, _ = dragged
    figure.update(answer(4.0, 5.0, 6.0, 7.0))
    assert {name: len(column) for name, column in shown.data.items()} == {"x": 4, "y": 4, "color": 4}
    assert list(shown.data["color"]) == [4.0, 5.0, 6.0, 4.0]


def test_a_drag_tells_which_point_went_where(dragged):
    figure, _, grips, told = dragged
    grips.data = {**grips.data, "x": np.array([1.0, 8.0, 3.0]), "y": np.array([0.0, 5.0, 0.0])}
    assert told == [(1, 8.0, 5.0)]
    figure.update(answer(1.0, 2.0, 3.0, 4.0))  # the server's own moves are no drags
    grips.data = {**grips.data, "x": np.array([1.0, 2.0, 3.0, 9.0])}
    assert told == [(1, 8.0, 5.0), (3, 9.0, 0.0)]


def test_a_point_taken_away_comes_back(dragged):
    _, _, grips, told = dragged
    grips.data = {"x": np.array([1.0, 3.0]), "y": np.zeros(2)}
    assert list(grips.data["x"]) == [1.0, 2.0, 3.0] and told == []


def test_a_mark_at_the_end_of_an_axis_is_drawn_whole(dragged):
    """Bokeh cuts glyphs at the frame, annotations not."""
    figure = dragged[0]
    assert [part.renderer.level for part in figure.layers] == ["glyph", "annotation"]


def test_the_words_on_an_axis_follow_the_answer():
    """As those of a figure that is drawn anew."""

    def named(found):
        told = [(int(cell), f"set {cell:g}") for cell in found.cell.values]
        return figure(
            draggable_points(found.x.values, found.x.values),
            xticks=told,
            xlim=(0, 9),
            ylim=(0, 9),
            xlabel="",
            ylabel="",
        )

    view = View("v", "V", "v", named, ())
    live, other = LiveView(view, answer(1.0, 2.0)), LiveView(view, answer(1.0, 2.0, 3.0))
    live.update(answer(1.0, 2.0, 3.0))
    for axis in (live.figure.xaxis[0], other.figure.xaxis[0]):
        assert list(axis.ticker.ticks) == [3, 4, 5]
        assert {int(place): words for place, words in axis.major_label_overrides.items()} == {
            3: "set 3", 4: "set 4", 5: "set 5"}  # fmt: skip


def test_ticks_without_labels_follow_the_answer():
    def at_points(found):
        x = found.x.values
        return figure(draggable_points(x, x), xticks=[*map(float, x)], xlim=(0, 9), ylim=(0, 9), xlabel="", ylabel="")

    live = LiveView(View("v", "V", "v", at_points, ()), answer(1.0, 2.0))
    live.update(answer(3.0, 5.0))
    assert list(live.figure.xaxis[0].ticker.ticks) == [3, 5]


def test_an_empty_picture_says_why():
    """In its place and to a screen reader, and no longer once there is something to see."""
    why = lambda found: "Switch on <it>." if found.x[0] > 9 else ""  # noqa: E731
    live = LiveView(View("v", "V", "v", draw, (), absent=why), answer(10.0))
    assert "&lt;it&gt;" in live.message.html and "Switch on <it>." in live.figure.html_attributes["aria-label"]
    live.update(answer(1.0))
    assert live.message.html == "" and "Switch" not in live.figure.html_attributes["aria-label"]


@pytest.fixture
def sight():
    """Two live figures, what stands in each, and their sight."""
    figures = [LiveView(View(name, name, name, draw, (need,)), answer(1.0)) for name, need in (("a", "A"), ("b", "B"))]
    found = ViewportScheduler(figures, answer(1.0), lambda act: act())
    return found, lambda: [figure.layers[0].source.data["x"][0] for figure in figures]


def test_everything_is_drawn_until_a_browser_tells_what_is_seen(sight):
    seen, stands = sight
    seen.draw(answer(2.0), {"A", "B"})
    assert stands() == [2.0, 2.0] and seen.stages == {"A", "B"}


def test_what_is_outside_the_window_follows_at_rest_when_seen_and_before_it_leaves(sight):
    seen, stands = sight

    async def drive():
        seen.observer.in_view = [0]
        assert seen.stages == {"A"}
        seen.draw(answer(2.0), {"A", "B"})
        assert stands() == [2.0, 1.0]
        seen.observer.in_view = [0, 1]  # scrolled into the window
        assert stands() == [2.0, 2.0]
        seen.observer.in_view = []
        seen.draw(answer(3.0), {"A", "B"})
        seen.draw_deferred()  # as before figures are saved
        assert stands() == [3.0, 3.0]
        seen.draw(answer(4.0), {"A"})
        seen.draw_deferred()  # a picture whose stage is under way keeps what it shows
        assert stands() == [4.0, 3.0]
        seen.draw(answer(5.0), {"A", "B"})
        await asyncio.sleep(4 * IDLE_DELAY_S)
        assert stands() == [5.0, 5.0]

    asyncio.run(drive())


def test_a_figure_is_made_when_it_comes_near_or_all_are_wanted():
    names = {"a": "A", "b": "B", "c": "C"}
    figures = [
        LiveView(View(name, name, name, draw, (need,)), answer(1.0), is_rendered=place == 0)
        for place, (name, need) in enumerate(names.items())
    ]
    sight = ViewportScheduler(figures, answer(1.0), lambda act: act())
    is_rendered = lambda: [figure.is_rendered for figure in figures]  # noqa: E731
    assert sight.visible_views == figures[:1] and sight.stages == {"A"}  # before a browser has told
    sight.observer.near_view = [0, 1]
    assert is_rendered() == [True, True, False]

    async def drive():
        sight.observer.in_view = [0]
        sight.draw(answer(2.0), {"A", "B", "C"})
        await asyncio.sleep(3 * IDLE_DELAY_S)
        assert is_rendered() == [True, True, False]  # what hangs follows at rest, and nothing else is made then
        assert figures[1].layers[0].source.data["x"][0] == 2.0
        sight.draw_deferred()

    asyncio.run(drive())
    assert is_rendered() == [True] * 3 and figures[2].layers[0].source.data["x"][0] == 2.0
