"""LiveView: a copy of a figure template whose data sources are patched at every change.

A new figure for every event would take four times as long and leave the models of the old one in the browser.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import numpy as np
import panel as pn
import xarray as xr
from bokeh.models import PointDrawTool, Spacer

from entropylab.app.components.elements import LiveHtml
from entropylab.app.figures.template import clone_figure, figure_template
from entropylab.studies.core.view import View
from entropylab.studies.rendering.figure import Figure
from entropylab.studies.rendering.style import HEIGHT


class LiveView:
    """One view in one user's browser; where there is nothing to show, `message` covers its `pane` with the reason.

    A browser takes a fifth of a second for a figure, so one with `is_rendered=False` is rendered at the next update;
    until then a spacer of equal height is in the pane.
    """

    def __init__(
        self,
        view: View,
        answer: xr.Dataset,
        on_drag: Callable[[int, float, float], None] | None = None,
        is_rendered: bool = True,
    ):
        self.view, self.on_drag = view, on_drag
        self.figure, self.layers = None, []
        self._dragged_source, self._patching = None, False
        self.absent = view.absent(answer)
        self.message = LiveHtml(html=self._placeholder_html(), css_classes=["why"], margin=0, height=HEIGHT)
        spacer = Spacer(height=HEIGHT, sizing_mode="stretch_width")
        self.pane = pn.pane.Bokeh(spacer, sizing_mode="stretch_width", height=HEIGHT)
        if is_rendered:
            self.update(answer)

    @property
    def is_rendered(self) -> bool:
        """Whether the figure exists."""
        return self.figure is not None

    def update(self, answer: xr.Dataset) -> None:
        """Show another answer: changed columns, limits and axis titles are sent, models stay."""
        if (absent := self.view.absent(answer)) != self.absent:
            self.absent = absent
            self.message.html = self._placeholder_html()
            if self.is_rendered:
                self._update_aria()
        if self.is_rendered:
            self._patch(self.view.draw(answer))
        else:
            self._render(answer)

    def _render(self, answer):
        template = figure_template(self.view, answer)
        self.figure, self.layers = template.copy()
        self._options = template.options
        self.figure.styles = {"--bokeh-font-size": "13px"}  # the unit of the theme's font sizes
        self._update_aria()
        self._patch(self.view.draw(answer))
        if self.view.drag and self.on_drag:
            self._dragged_source = self.layers[-1].source
            self._enable_drag()
        self.pane.object = self.figure

    def rerender(self) -> None:
        """Replace the figure by a copy.

        In Bokeh 3.9 a figure that is shown again keeps every view of itself that the browser ever created.
        """
        if not self.is_rendered:
            return
        self.figure, self.layers = clone_figure(self.figure, self.layers)
        if self._dragged_source is not None:
            self._dragged_source = self.layers[-1].source
            self._dragged_source.on_change("data", self._moved)
        self.pane.object = self.figure

    def _patch(self, figure: Figure):
        for models, layer in zip(self.layers, figure.layers, strict=True):
            source, data = models.source, layer.columns()
            if source is self._dragged_source and self._is_dragging(data):
                continue
            if not all(_equal_columns(source.data.get(name), column) for name, column in data.items()):
                self._patching = True
                source.data = {**source.data, **data}
                self._patching = False
                if source is self._dragged_source:
                    self._positions = self._point_positions()
            if models.mapper is not None and "clim" in layer.options:
                low, high = layer.options["clim"]
                models.mapper.update(low=low, high=high)
            if models.bar is not None and models.bar.title != layer.options.get("clabel", models.bar.title):
                models.bar.title = layer.options["clabel"]
        self._move_axes(figure.options)

    def _placeholder_html(self):
        return f'<p class="absent">{escape(self.absent)}</p>' if self.absent else ""

    def _update_aria(self):
        """Describe the figure to screen readers."""
        legend = ", ".join(item.label.value for legend in self.figure.legend for item in legend.items)
        parts = {"Legend": legend, "Across": self._options["xlabel"], "Up": self._options["ylabel"]}
        sentences = [
            f"{self.view.title}: {self.view.about}",
            *([self.absent] if self.absent else []),
            *(f"{key}: {text}." for key, text in parts.items() if text.strip()),
        ]
        self.figure.html_attributes = {"role": "figure", "aria-label": " ".join(sentences)}

    def _enable_drag(self):
        """Let the pointer move the points of the last layer, and report each move."""
        tool = PointDrawTool(renderers=[self.layers[-1].renderer], add=False)
        self.figure.add_tools(tool)
        self.figure.toolbar.active_drag = tool
        self._names = list(self._dragged_source.data)[:2]
        self._positions = self._point_positions()
        self._dragged_source.on_change("data", self._moved)

    def _moved(self, attribute, old, new):
        before, now = self._positions, self._point_positions()
        if self._patching:
            return
        if now.shape != before.shape:  # the tool also takes a point away on Backspace
            self._dragged_source.data = {**self._dragged_source.data, **dict(zip(self._names, before, strict=True))}
            return
        self._positions = now
        for index in np.flatnonzero((now != before).any(0)):
            self.on_drag(int(index), *now[:, index].tolist())

    def _point_positions(self) -> np.ndarray:
        """Coordinates of the points that can be dragged, one row a coordinate."""
        return np.array([np.asarray(self._dragged_source.data[name], float) for name in self._names])

    def _is_dragging(self, data) -> bool:
        """Whether the points are where the pointer has them, to a hundredth of the axes."""
        spans = (abs(r.end - r.start) for r in (self.figure.x_range, self.figure.y_range))
        pairs = zip(data.values(), self._dragged_source.data.values(), spans, strict=False)
        return all(
            len(new) == len(old) and (np.abs(np.asarray(new, float) - np.asarray(old, float)) < 0.01 * span).all()
            for new, old, span in pairs
        )

    def _move_axes(self, options):
        """Apply changed limits, titles and ticks; a zoom by the user stays."""
        before, self._options = self._options, options
        for name, axis in (("xticks", self.figure.xaxis), ("yticks", self.figure.yaxis)):
            ticks = options.get(name)
            if ticks != before.get(name) and isinstance(ticks, (list, tuple)):  # positions, or pairs with a label
                pairs = [tick for tick in ticks if isinstance(tick, tuple)]
                axis[0].ticker.ticks = [position for position, _ in pairs] if pairs else list(ticks)
                axis[0].major_label_overrides = dict(pairs)
        for name, axis in (("xlabel", self.figure.xaxis), ("ylabel", self.figure.yaxis)):
            if options[name] != before[name]:
                axis[0].axis_label = options[name]
                self._update_aria()
        for name, extent in (("xlim", self.figure.x_range), ("ylim", self.figure.y_range)):
            if not np.allclose(options[name], before[name]):
                low, high = (float(limit) for limit in options[name])
                start, end = (high, low) if extent.start > extent.end else (low, high)
                extent.update(start=start, end=end, reset_start=start, reset_end=end)


def _equal_columns(old, new) -> bool:
    """True if a column of a data source would not change; images are lists of one array."""
    if old is None or len(old) != len(new):
        return False
    if len(new) and isinstance(new[0], np.ndarray):
        return old[0].shape == new[0].shape and np.array_equal(old[0], new[0])
    return np.array_equal(np.asarray(old), np.asarray(new), equal_nan=np.asarray(new).dtype.kind == "f")
