"""Rendering of figure descriptions by HoloViews, for notebooks and for the first drawing of a live figure."""

from __future__ import annotations

import holoviews as hv
import numpy as np
from bokeh.models import FixedTicker, HoverTool

from entropylab.studies.rendering.figure import Figure, Layer


def render(figure: Figure) -> hv.Overlay:
    """The figure as a HoloViews overlay, with HoloViews' Bokeh backend loaded."""
    if "bokeh" not in hv.Store.loaded_backends():
        hv.extension("bokeh", logo=False, inline=True)  # BokehJS of this machine: no network is needed
    hv.renderer("bokeh").webgl = False  # a browser grants fewer WebGL contexts than a page has figures
    return hv.Overlay([render_layer(layer) for layer in figure.layers]).opts(hv.opts.Overlay(**figure.options))


def render_layer(layer: Layer) -> hv.Element:
    """One layer as a HoloViews element with its options."""
    element = _ELEMENTS[layer.kind](layer)
    return element.opts(getattr(hv.opts, type(element).__name__)(**_options(layer)))


def _image(layer):
    values = list(layer.data.values())
    low, high = layer.options["clim"]  # given, as the range of values that are all NaN is none
    kinds = [hv.Dimension(name, range=(low, high)) for name in layer.data]
    return hv.Image(np.dstack(values) if len(values) > 1 else values[0], ["x", "y"], kinds, bounds=layer.bounds)


_ELEMENTS = {
    "curve": lambda layer: hv.Curve(tuple(layer.data.values()), "x", "y", label=layer.label),
    "points": lambda layer: hv.Scatter(tuple(layer.data.values()), "x", [*layer.data][1:], label=layer.label),
    "band": lambda layer: hv.Area(tuple(layer.data.values()), "x", ["low", "high"]),
    "image": _image,
    "rgba": lambda layer: hv.RGB(layer.data["image"], ["x", "y"], bounds=layer.bounds),
}


def _options(layer):
    options = dict(layer.options)
    if options.pop("above_axes", False):
        options["hooks"] = [_draw_above_axes]
    if hover := options.pop("hover", None):
        options["tools"] = [HoverTool(tooltips=hover)]
    if ticks := options.pop("colorbar_ticks", None):
        options["colorbar_opts"] = {"major_label_overrides": ticks, "ticker": FixedTicker(ticks=list(ticks))}
    return options


def _draw_above_axes(plot, element):
    """Bokeh cuts a mark at the end of an axis at the frame, unless it is on the level of annotations."""
    plot.handles["glyph_renderer"].level = "annotation"
