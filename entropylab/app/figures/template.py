"""Prototypes: HoloViews draws a view once in a process, and every user gets a copy of the Bokeh models it made.

Drawing takes tens of milliseconds a figure, in which the server answers nobody; a copy takes a few.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields, is_dataclass, replace
from threading import Lock
from typing import Any

import holoviews as hv
import numpy as np
import xarray as xr
from bokeh.core.property.wrappers import PropertyValueContainer
from bokeh.document import Document
from bokeh.model import Model
from bokeh.models import AllIndices, AllLabels, Grid, HoverTool, Plot, UnionRenderers

from entropylab.app.figures.ticks import install_ticker
from entropylab.studies.core.view import View
from entropylab.studies.rendering.columns import ColumnData, Layers, data_only

# One that is not of servers would tie what it draws to the document, and so to the user, of the moment.
RENDERER = hv.renderer("bokeh").instance(mode="server", webgl=False)


@dataclass(eq=False)
class Layer:
    """One element of a figure: its Bokeh models, of the prototype or of one user.

    The `plot` knows the columns of an element that can't be drawn bare; it and its `style` are only read.
    """

    plot: hv.plotting.bokeh.ElementPlot | None
    style: dict[str, Any]
    source: Model
    renderer: Model
    mapper: Model | None
    bar: Model | None

    def columns(self, one: ColumnData | hv.Element) -> dict[str, Any]:
        """What the data source must hold to show `one`."""
        held = self.source.data
        if isinstance(one, ColumnData):
            named, data = one.data, {name: column for name, column in one.data.items() if name in held}
        else:
            data, _, _ = self.plot.get_data(one, {}, dict(self.style))
            named = {name: one.dimension_values(name) for name in set(map(str, self.style.values())) if name in one}
        # what colours or sizes each point is a column under the option's name
        return data | {
            name: named[given]
            for name, given in self.style.items()
            if name in held and isinstance(given, str) and given in named
        }


class FigureTemplate:
    """A view drawn for one answer; `copy` gives models that share nothing with it that can change."""

    def __init__(self, view: View, answer: xr.Dataset):
        self.view = view
        element = view.draw(answer)
        plot = RENDERER.get_plot(element, doc=Document())
        self.dress = element.dress
        self.figure = plot.state
        plots = list(plot.subplots.values()) if plot.subplots else [plot]
        with data_only():
            columns = elements(view.draw(answer))
        self.parts = [_part(*each) for each in zip(plots, elements(element), columns, strict=True)]
        for axis in (*self.figure.xaxis, *self.figure.yaxis):
            install_ticker(axis)
        prune_models(self.figure, held=[self.parts[-1].renderer] if view.drag else [])

    def copy(self) -> tuple[Plot, list[Layer]]:
        """A figure of one's own, and its parts."""
        return clone_figure(self.figure, self.parts)


_known: dict[int, FigureTemplate] = {}  # by the identity of the view, which the prototype keeps alive
_drawing = Lock()


def figure_template(view: View, answer: xr.Dataset) -> FigureTemplate:
    """The view's prototype; `answer` is what it is drawn for if there is none yet."""
    with _drawing:
        if id(view) not in _known:
            _known[id(view)] = FigureTemplate(view, answer)
        return _known[id(view)]


def elements(element: hv.Element | hv.Overlay | ColumnData | Layers) -> list:
    """What stands in one figure, in the order in which it is drawn."""
    if isinstance(element, Layers):
        return list(element.parts)
    return list(element) if isinstance(element, hv.Overlay) else [element]


def _part(plot, one, columns):
    handles = plot.handles

    def ending(name):
        """HoloViews puts the option's name before it where a column gives the colour."""
        return next((model for key, model in handles.items() if key.endswith(name)), None)

    style = plot.lookup_options(one, "style")[plot.cyclic_index]
    needed = None if isinstance(columns, ColumnData) else plot  # a plot is made of thousands of objects
    return Layer(
        needed, style, handles["source"], handles["glyph_renderer"], ending("color_mapper"), ending("colorbar")
    )


def prune_models(figure: Plot, held: list[Model]) -> None:
    """Take away what is never seen: of the models that HoloViews makes for a line two thirds.

    Only what the pointer moves, `held`, is ever selected, only what a click in the legend mutes is ever muted, and
    nothing is hovered without a tool for it: elsewhere the glyph stands in for its variants. What holds no state is
    one for the whole figure.
    """
    muting = [item for legend in figure.legend if legend.click_policy == "mute" for item in legend.items]
    muted = [renderer for item in muting for renderer in item.renderers]
    hovered = any(isinstance(tool, HoverTool) for tool in figure.tools)
    everything, union, labels = AllIndices(), UnionRenderers(), AllLabels()
    for renderer in figure.renderers:
        glyph, source, view = renderer.glyph, renderer.data_source, renderer.view
        if renderer not in held:
            renderer.update(selection_glyph=glyph, nonselection_glyph=glyph)
        if renderer not in muted:
            renderer.muted_glyph = glyph
        if not hovered:
            renderer.hover_glyph = None
        if isinstance(view.filter, AllIndices):
            view.filter = everything
        if isinstance(source.selection_policy, UnionRenderers):
            source.selection_policy = union
    for axis in (*figure.xaxis, *figure.yaxis):
        if type(axis.major_label_policy) is AllLabels:
            axis.major_label_policy = labels
    figure.center = [part for part in figure.center if not (isinstance(part, Grid) and part.grid_line_color is None)]


def clone_figure(figure: Plot, parts: list[Layer]) -> tuple[Plot, list[Layer]]:
    """A copy of a figure and of its parts that shares nothing with them that can change."""
    twins: dict[str, Model] = {}
    copy = clone_model(figure, twins)
    own = lambda model: model and twins[model.id]  # noqa: E731
    return copy, [
        replace(part, source=own(part.source), renderer=own(part.renderer), mapper=own(part.mapper), bar=own(part.bar))
        for part in parts
    ]


def clone_model(model: Model, twins: dict[str, Model]) -> Model:
    """A model with the same values and an id of its own, with copies of all models it refers to.

    `twins` is where each model's copy is noted, by the model's id. Through Bokeh's public ways (serialise once, then
    deserialise) the same takes fifteen times as long: there every value is checked again and every default is found
    again. Python's callbacks are not copied; a prototype has none.
    """
    if model.id in twins:
        return twins[model.id]
    kind = type(model)
    twin = twins[model.id] = kind.__new__(kind)
    state, new = vars(model), vars(twin)
    new |= state | {"_id": twin.id, "_document": None, "_temp_document": None}
    new |= {"_callbacks": {}, "_event_callbacks": defaultdict(list)}
    for name in ("_property_values", "_unstable_default_values", "_unstable_themed_values"):
        new[name] = values = {}
        for key, value in state[name].items():
            values[key] = own = _copied(value, twins)
            if isinstance(own, PropertyValueContainer):  # it tells its owner when it is changed in place
                own._register_owner(twin, kind.lookup(key))
    return twin


def _copied(value, twins):
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, Model):
        return clone_model(value, twins)
    if isinstance(value, dict):
        return type(value)({key: _copied(entry, twins) for key, entry in value.items()})
    if isinstance(value, (list, tuple, set)):
        return type(value)(_copied(entry, twins) for entry in value)
    if isinstance(value, np.ndarray):
        return value.copy()
    if is_dataclass(value):
        return replace(value, **{field.name: _copied(getattr(value, field.name), twins) for field in fields(value)})
    return value
