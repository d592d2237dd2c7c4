"""LiveView: a copy of a figure that HoloViews drew once, whose data sources are patched at every move.

A new figure for every event would take four times as long and leave its predecessor's models in the browser.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import numpy as np
import panel as pn
import xarray as xr
from bokeh.models import PointDrawTool, Spacer

from entropylab.app.components.elements import LiveHtml
from entropylab.app.figures.template import clone_figure, elements, figure_template
from entropylab.studies.core.view import View
from entropylab.studies.rendering.columns import data_only
from entropylab.studies.rendering.style import HEIGHT


class LiveView:
    """One view in one user's browser; `words` covers its `pane` where there is nothing to see, and says why.

    The figure is made at the first answer that it is to show: a browser takes a fifth of a second for each. Before,
    and until then where `is_rendered` is False, an empty place as high stands in the pane.
    """

    def __init__(
        self,
        view: View,
        answer: xr.Dataset,
        dragged: Callable[[int, float, float], None] | None = None,
        is_rendered: bool = True,
    ):
        self.view, self.dragged = view, dragged
        self.figure, self.parts = None, []
        self._grip, self._quiet = None, False
        self.absent = view.absent(answer)
        self.words = LiveHtml(html=self._placeholder_html(), css_classes=["why"], margin=0, height=HEIGHT)
        place = Spacer(height=HEIGHT, sizing_mode="stretch_width")
        self.pane = pn.pane.Bokeh(place, sizing_mode="stretch_width", height=HEIGHT)
        if is_rendered:
            self.update(answer)

    @property
    def is_rendered(self) -> bool:
        """Whether the figure stands in its place."""
        return self.figure is not None

    def update(self, answer: xr.Dataset) -> None:
        """Show another answer: data, limits and axis titles move, models stay; what is the same is not sent."""
        if (absent := self.view.absent(answer)) != self.absent:
            self.absent = absent
            self.words.html = self._placeholder_html()
            if self.is_rendered:
                self._update_aria()
        if self.is_rendered:
            self._show(answer)
        else:
            self._render(answer)

    def _render(self, answer):
        first = figure_template(self.view, answer)
        self.figure, self.parts = first.copy()
        self._dress = first.dress
        self.figure.styles = {"--bokeh-font-size": "13px"}  # what the theme's sizes are parts of
        self._update_aria()
        self._show(answer)
        if self.view.drag and self.dragged:
            self._grip = self.parts[-1].source
            self._enable_drag()
        self.pane.object = self.figure

    def rerender(self) -> None:
        """Put a copy in the place of the figure, as it looks now.

        In Bokeh 3.9 a figure that is shown again keeps every picture of itself that the browser ever drew.
        """
        if not self.is_rendered:
            return
        self.figure, self.parts = clone_figure(self.figure, self.parts)
        if self._grip is not None:
            self._grip = self.parts[-1].source
            self._grip.on_change("data", self._moved)
        self.pane.object = self.figure

    def _show(self, answer):
        with data_only():
            element = self.view.draw(answer)
        for part, one in zip(self.parts, elements(element), strict=True):
            source, data = part.source, part.columns(one)
            if source is self._grip and self._is_dragging(data):
                continue
            if not all(_equal_columns(source.data.get(name), column) for name, column in data.items()):
                self._quiet = True
                source.data = {**source.data, **data}
                self._quiet = False
                if source is self._grip:
                    self._known = self._point_positions()
            if part.mapper is not None and one.dress.get("clim"):
                low, high = one.dress["clim"]
                part.mapper.update(low=low, high=high)
            if part.bar is not None and part.bar.title != one.dress.get("clabel", part.bar.title):
                part.bar.title = one.dress["clabel"]
        self._move_axes(element.dress)

    def _placeholder_html(self):
        return f'<p class="absent">{escape(self.absent)}</p>' if self.absent else ""

    def _update_aria(self):
        """Say to a screen reader what is drawn."""
        legend = ", ".join(item.label.value for legend in self.figure.legend for item in legend.items)
        told = {"Legend": legend, "Across": self._dress["xlabel"], "Up": self._dress["ylabel"]}
        said = [
            f"{self.view.title}: {self.view.about}",
            *([self.absent] if self.absent else []),
            *(f"{key}: {text}." for key, text in told.items() if text.strip()),
        ]
        self.figure.html_attributes = {"role": "figure", "aria-label": " ".join(said)}

    def _enable_drag(self):
        """Let the last part's points be moved by the pointer, and tell which went where."""
        tool = PointDrawTool(renderers=[self.parts[-1].renderer], add=False)
        self.figure.add_tools(tool)
        self.figure.toolbar.active_drag = tool
        self._names = list(self._grip.data)[:2]
        self._known = self._point_positions()
        self._grip.on_change("data", self._moved)

    def _moved(self, attribute, old, new):
        before, now = self._known, self._point_positions()
        if self._quiet:
            return
        if now.shape != before.shape:  # the tool also takes a point away on Backspace
            self._grip.data = {**self._grip.data, **dict(zip(self._names, before, strict=True))}
            return
        self._known = now
        for index in np.flatnonzero((now != before).any(0)):
            self.dragged(int(index), *now[:, index].tolist())

    def _point_positions(self) -> np.ndarray:
        """Where the points are that can be dragged, one row a coordinate."""
        return np.array([np.asarray(self._grip.data[name], float) for name in self._names])

    def _is_dragging(self, data) -> bool:
        """True if the server's place of the grip is the pointer's, to a hundredth of the axes."""
        spans = (abs(r.end - r.start) for r in (self.figure.x_range, self.figure.y_range))
        pairs = zip(data.values(), self._grip.data.values(), spans, strict=False)
        return all(
            len(new) == len(old) and (np.abs(np.asarray(new, float) - np.asarray(old, float)) < 0.01 * span).all()
            for new, old, span in pairs
        )

    def _move_axes(self, dress):
        """Follow what the answer moved; a zoom that the user made stays."""
        before, self._dress = self._dress, dress
        for name, axis in (("xticks", self.figure.xaxis), ("yticks", self.figure.yaxis)):
            if dress.get(name) != before.get(name):  # places with the words that stand there
                axis[0].ticker.ticks = [place for place, _ in dress[name]]
                axis[0].major_label_overrides = dict(dress[name])
        for name, axis in (("xlabel", self.figure.xaxis), ("ylabel", self.figure.yaxis)):
            if dress[name] != before[name]:
                axis[0].axis_label = dress[name]
                self._update_aria()
        for name, extent in (("xlim", self.figure.x_range), ("ylim", self.figure.y_range)):
            if not np.allclose(dress[name], before[name]):
                low, high = (float(limit) for limit in dress[name])
                start, end = (high, low) if extent.start > extent.end else (low, high)
                extent.update(start=start, end=end, reset_start=start, reset_end=end)


def _equal_columns(old, new) -> bool:
    """True if a column of a data source would not change; images are lists of one array."""
    if old is None or len(old) != len(new):
        return False
    if len(new) and isinstance(new[0], np.ndarray):
        return old[0].shape == new[0].shape and np.array_equal(old[0], new[0])
    return np.array_equal(np.asarray(old), np.asarray(new), equal_nan=np.asarray(new).dtype.kind == "f")
