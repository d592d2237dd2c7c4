"""LiveView: a figure built once by HoloViews whose data sources are patched at every move.

A new figure for every event would take four times as long and leave its predecessor's models in the browser.
"""

from __future__ import annotations

import holoviews as hv
import numpy as np
import panel as pn
import xarray as xr

from entropylab.views.style import bare
from entropylab.views.view import View


class LiveView:
    """One view in one user's browser."""

    def __init__(self, view: View, answer: xr.Dataset):
        self.view = view
        element = view.draw(answer)
        plot = hv.renderer("bokeh").get_plot(element)
        self.figure = plot.state
        self._parts = list(plot.subplots.values()) if plot.subplots else [plot]
        self._styles = [
            part.lookup_options(one, "style")[part.cyclic_index]
            for part, one in zip(self._parts, _elements(element), strict=True)
        ]
        self._dress = element.dress
        self.pane = pn.pane.Bokeh(self.figure, sizing_mode="stretch_width", height=self.figure.height)

    def update(self, answer: xr.Dataset) -> None:
        """Show another answer: data, limits and axis titles move, models stay; what is the same is not sent."""
        with bare():
            element = self.view.draw(answer)
        for part, one, style in zip(self._parts, _elements(element), self._styles, strict=True):
            data, _, _ = part.get_data(one, {}, dict(style))
            source = part.handles["source"]
            if not all(_same(source.data.get(name), column) for name, column in data.items()):
                source.data = {**source.data, **data}
            mapper = part.handles.get("color_mapper")
            if mapper is not None and one.dress.get("clim"):
                low, high = one.dress["clim"]
                mapper.update(low=low, high=high)
            bar = part.handles.get("colorbar")
            if bar is not None and bar.title != one.dress.get("clabel", bar.title):
                bar.title = one.dress["clabel"]
        self._move_axes(element.dress)

    def _move_axes(self, dress):
        """Follow what the answer moved; a zoom that the user made stays."""
        before, self._dress = self._dress, dress
        for name, axis in (("xlabel", self.figure.xaxis), ("ylabel", self.figure.yaxis)):
            if dress[name] != before[name]:
                axis[0].axis_label = dress[name]
        for name, extent in (("xlim", self.figure.x_range), ("ylim", self.figure.y_range)):
            if not np.allclose(dress[name], before[name]):
                low, high = (float(limit) for limit in dress[name])
                flipped = extent.start > extent.end
                extent.update(start=high if flipped else low, end=low if flipped else high)


def _elements(element):
    return list(element) if isinstance(element, hv.Overlay) else [element]


def _same(old, new) -> bool:
    """True if a column of a data source would not change; images are lists of one array."""
    if old is None or len(old) != len(new):
        return False
    if len(new) and isinstance(new[0], np.ndarray):
        return old[0].shape == new[0].shape and np.array_equal(old[0], new[0])
    return np.array_equal(np.asarray(old), np.asarray(new), equal_nan=np.asarray(new).dtype.kind == "f")
