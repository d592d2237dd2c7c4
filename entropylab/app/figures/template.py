"""Figure templates: HoloViews draws a view once per process, and every user gets a copy of its Bokeh models.

Drawing blocks the server for tens of milliseconds a figure, a copy for a few.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields, is_dataclass, replace
from threading import Lock

import holoviews as hv
import numpy as np
import xarray as xr
from bokeh.core.property.wrappers import PropertyValueContainer
from bokeh.document import Document
from bokeh.model import Model
from bokeh.models import AllIndices, AllLabels, Grid, HoverTool, Plot, UnionRenderers

from entropylab.app.figures.ticks import install_ticker
from entropylab.studies.core.view import View


@dataclass(eq=False)
class LayerModels:
    """The Bokeh models of one layer, of a template or of one user's figure."""

    source: Model
    renderer: Model
    mapper: Model | None
    bar: Model | None


class FigureTemplate:
    """A view drawn for one answer; `copy` returns models that share no mutable state with it."""

    def __init__(self, view: View, answer: xr.Dataset):
        self.view = view
        figure = view.draw(answer)
        overlay = figure.to_holoviews()
        # A renderer that is not of servers would tie what it draws to the current document, and so to one user.
        plot = hv.renderer("bokeh").instance(mode="server", webgl=False).get_plot(overlay, doc=Document())
        self.options = figure.options
        self.figure = plot.state
        self.layers = [_layer_models(subplot.handles) for subplot in plot.subplots.values()]
        for axis in (*self.figure.xaxis, *self.figure.yaxis):
            install_ticker(axis)
        prune_models(self.figure, selectable=[self.layers[-1].renderer] if view.drag else [])

    def copy(self) -> tuple[Plot, list[LayerModels]]:
        """A copy of the figure and of the models of its layers."""
        return clone_figure(self.figure, self.layers)


_known: dict[int, FigureTemplate] = {}  # by the identity of the view, which the template keeps alive
_drawing = Lock()


def figure_template(view: View, answer: xr.Dataset) -> FigureTemplate:
    """The template of a view, drawn for `answer` if there is none yet."""
    with _drawing:
        if id(view) not in _known:
            _known[id(view)] = FigureTemplate(view, answer)
        return _known[id(view)]


def _layer_models(handles) -> LayerModels:
    def find(suffix):
        """HoloViews prefixes the key with the option's name where a column gives the colour."""
        return next((model for key, model in handles.items() if key.endswith(suffix)), None)

    return LayerModels(handles["source"], handles["glyph_renderer"], find("color_mapper"), find("colorbar"))


def prune_models(figure: Plot, selectable: list[Model]) -> None:
    """Remove models without visible effect: two thirds of those that HoloViews makes for a line.

    Only `selectable` renderers are ever selected, only what a legend mutes is ever muted, and nothing is hovered
    without a hover tool: elsewhere the glyph replaces its variants. Stateless models are shared within the figure.
    """
    muting = [item for legend in figure.legend if legend.click_policy == "mute" for item in legend.items]
    muted = [renderer for item in muting for renderer in item.renderers]
    hovered = any(isinstance(tool, HoverTool) for tool in figure.tools)
    everything, union, labels = AllIndices(), UnionRenderers(), AllLabels()
    for renderer in figure.renderers:
        glyph, source, view = renderer.glyph, renderer.data_source, renderer.view
        if renderer not in selectable:
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


def clone_figure(figure: Plot, layers: list[LayerModels]) -> tuple[Plot, list[LayerModels]]:
    """A copy of a figure and of the models of its layers that shares no mutable state with them."""
    copies: dict[str, Model] = {}
    copy = clone_model(figure, copies)
    own = lambda model: model and copies[model.id]  # noqa: E731
    return copy, [
        LayerModels(own(layer.source), own(layer.renderer), own(layer.mapper), own(layer.bar)) for layer in layers
    ]


def clone_model(model: Model, copies: dict[str, Model]) -> Model:
    """A model with equal values and a new id, together with copies of all models it refers to.

    `copies` maps the id of each model to its copy. Bokeh's public way (serialise, then deserialise) takes fifteen
    times as long, as every value is validated and every default computed again. Python callbacks are not copied; a
    template has none.
    """
    if model.id in copies:
        return copies[model.id]
    kind = type(model)
    copy = copies[model.id] = kind.__new__(kind)
    state, new = vars(model), vars(copy)
    new |= state | {"_id": copy.id, "_document": None, "_temp_document": None}
    new |= {"_callbacks": {}, "_event_callbacks": defaultdict(list)}
    for name in ("_property_values", "_unstable_default_values", "_unstable_themed_values"):
        new[name] = values = {}
        for key, value in state[name].items():
            values[key] = own = _copied(value, copies)
            if isinstance(own, PropertyValueContainer):  # it notifies its owner of changes in place
                own._register_owner(copy, kind.lookup(key))
    return copy


def _copied(value, copies):
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, Model):
        return clone_model(value, copies)
    if isinstance(value, dict):
        return type(value)({key: _copied(entry, copies) for key, entry in value.items()})
    if isinstance(value, (list, tuple, set)):
        return type(value)(_copied(entry, copies) for entry in value)
    if isinstance(value, np.ndarray):
        return value.copy()
    if is_dataclass(value):
        return replace(value, **{field.name: _copied(getattr(value, field.name), copies) for field in fields(value)})
    return value
