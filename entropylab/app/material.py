"""The only module that imports panel-material-ui: its interface moves monthly, so everything it gives passes here."""

from __future__ import annotations

import panel as pn
import panel_material_ui
from panel.util import edit_readonly
from panel_material_ui import (  # noqa: F401
    Alert,
    Button,
    Checkbox,
    Dialog,
    FileDownload,
    FileInput,
    IconButton,
    LinearProgress,
    MultiChoice,
    Page,
    Select,
    TextInput,
)

_FOCUS = {"outline": "3px solid currentColor", "outlineOffset": "1px"}
# Material's own colours miss contrast AA: one blue for white, one for the dark theme, one bar for both, a darker grey
# for the labels of what is idle.
_COMPONENTS = {
    "MuiAppBar": {"styleOverrides": {"root": {"backgroundColor": "#0b3c5d", "color": "#ffffff"}}},
    # What Material leaves out for screen readers: a list box holds options, a bar needs a name, a hint describes its
    # icon instead of naming it, and the name in the bar and the spaces above the drawers are no headings.
    "MuiMenuItem": {"defaultProps": {"role": "option"}},
    "MuiLinearProgress": {"defaultProps": {"aria-label": "progress"}},
    "MuiTooltip": {"defaultProps": {"describeChild": True}},
    "MuiTypography": {"defaultProps": {"variantMapping": {"h3": "div", "h5": "div"}}},
    # Material shows the focus by a faint halo alone.
    "MuiButtonBase": {"styleOverrides": {"root": {"&.Mui-focusVisible": _FOCUS}}},
    "MuiSlider": {"styleOverrides": {"thumb": {"&.Mui-focusVisible": _FOCUS}}},
    # Of an idle chooser Material greys the words alone, on chips of full colour that can still be taken away.
    # Its chips stay out of the way of Tab, idle or not: the list of the chooser takes and gives all of them.
    "MuiChip": {"defaultProps": {"tabIndex": -1}},
    "MuiSelect": {"styleOverrides": {"select": {"&.Mui-disabled .MuiChip-root": {
        "backgroundColor": "transparent", "color": "inherit", "border": "1px solid currentColor",
        "& .MuiChip-deleteIcon": {"display": "none"}}}}},
    # The pages in the bar scroll sideways where the window is narrow, so that the switch of the theme stays in it.
    "MuiToolbar": {"styleOverrides": {"root": {
        "& > .MuiBox-root": {"minWidth": 0},
        "& > .MuiBox-root:has(.title)": {"flexShrink": 0, "marginRight": 12, "@media (max-width: 600px)": {
            "display": "none"}},
    }}},
}  # fmt: skip
# The standard charts have axes with lines and ticks.
_COMMON = {"components": _COMPONENTS, "chart_style": "standard"}
THEME = {
    "light": {"palette": {"primary": {"main": "#0068a3"}, "text": {"disabled": "#757575"}}, **_COMMON},
    "dark": {"palette": {"primary": {"main": "#62b8f0"}}, **_COMMON},
}

# Panel waits 50 ms before it sends a widget's event on; a drag feels the difference.
DEBOUNCE = 10


class FloatSlider(panel_material_ui.FloatSlider):
    """A slider whose resting place is told by the browser alone while the user moves it.

    Panel tells it back at every move; what the browser then tells is no news, and the end of a drag would be lost.
    """

    def _process_param_change(self, params):
        told = super()._process_param_change(params)
        if "value" in self._in_process__events.get(pn.state.curdoc, {}):
            told.pop("value_throttled", None)
        return told


def unbind_busy(page: Page) -> None:
    """Free `page` from Panel's own flag, which every event of every user raises and lowers.

    It would render the whole page each time; giving the flag a value ends that, but leaves the page among the flag's
    watchers: all open and closed sessions would be called at every event, and none be freed.
    """
    with edit_readonly(page):
        page.busy = False
    for _, watcher in page._param__private.ref_watchers:
        if watcher.inst is pn.state and "busy" in watcher.parameter_names:
            pn.state.param.unwatch(watcher)


def hasten(widget):
    """`widget` with its events sent on after 10 ms instead of 50."""
    widget._debounce = DEBOUNCE
    return widget
