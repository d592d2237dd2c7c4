"""The only module that imports panel-material-ui: its interface moves monthly, so everything it gives passes here."""

from __future__ import annotations

import panel as pn
from panel.util import edit_readonly
from panel_material_ui import (  # noqa: F401
    Alert,
    Button,
    Dialog,
    FileDownload,
    FileInput,
    IconButton,
    LinearProgress,
    Page,
    Select,
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


def disable_global_spinner(page: Page) -> None:
    """Free `page` from Panel's own flag, which every event of every user raises and lowers.

    It would render the whole page each time; giving the flag a value ends that, but leaves the page among the flag's
    watchers: all open and closed sessions would be called at every event, and none be freed.
    """
    with edit_readonly(page):
        page.busy = False
    for _, watcher in page._param__private.ref_watchers:
        if watcher.inst is pn.state and "busy" in watcher.parameter_names:
            pn.state.param.unwatch(watcher)
