"""LiveView: a figure built once by HoloViews whose data sources are patched at every move.

A new figure for every event would take four times as long and leave its predecessor's models in the browser.
"""

from __future__ import annotations

import holoviews as hv
import numpy as np
import panel as pn
import xarray as xr

from entropylab.views.view import View


class LiveView:
    """One view in one user's browser."""

    def __init__(self, view: View, answer: xr.Dataset):
        self.view = view
        element = view.draw(answer)
        self._plot = hv.renderer("bokeh").get_plot(element)
        self.figure = self._plot.state
        self._limits: dict[str, tuple[float, float]] = {}
        self._move_axes(element)
        self.pane = pn.pane.Bokeh(self.figure, sizing_mode="stretch_width", height=self.figure.height)

    def update(self, answer: xr.Dataset) -> None:
        """Show another answer: data, limits and axis titles move, models stay."""
        element = self.view.draw(answer)
        plots = list(self._plot.subplots.values()) if self._plot.subplots else [self._plot]
        elements = list(element) if isinstance(element, hv.Overlay) else [element]
        for plot, part in zip(plots, elements, strict=True):
            style = plot.lookup_options(part, "style")[plot.cyclic_index]
            data, _, _ = plot.get_data(part, {}, style)
            plot.handles["source"].data = {**plot.handles["source"].data, **data}
            mapper = plot.handles.get("color_mapper")
            limits = plot.lookup_options(part, "plot").kwargs.get("clim")
            if mapper is not None and limits:
                mapper.update(low=limits[0], high=limits[1])
        self._move_axes(element)

    def _move_axes(self, element):
        options = self._plot.lookup_options(element, "plot").kwargs
        for axis, title in ((self.figure.xaxis, options.get("xlabel")), (self.figure.yaxis, options.get("ylabel"))):
            if title and axis[0].axis_label != title:
                axis[0].axis_label = title
        for limits, extent in ((options.get("xlim"), self.figure.x_range), (options.get("ylim"), self.figure.y_range)):
            if limits is None:
                continue
            limits = limits[::-1] if extent.start > extent.end else limits
            # Only a limit that the answer moved is set: a zoom the user made stays.
            if not np.allclose(self._limits.get(extent.id, limits), limits):
                extent.update(start=float(limits[0]), end=float(limits[1]))
            self._limits[extent.id] = limits
