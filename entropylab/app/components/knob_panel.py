"""KnobPanel: the knobs of a page as native inputs of the browser, in one component."""

from __future__ import annotations

import math

import param
from latex2mathml.converter import convert
from panel.custom import JSComponent

from entropylab.app.styles import STYLESHEET
from entropylab.knobs import Knob
from entropylab.resources import PACKAGE

COMPONENTS = PACKAGE / "app" / "components"


class KnobPanel(JSComponent):
    """Sliders with number boxes, pickers, switches, chips and entries below headings; `on_event` receives user input.

    Material UI widgets echo every value set from Python. If the browser lags, an old echo overwrites a newer value.
    This component reports user input only, and `state` acknowledges the serial number of the last message. For each
    knob `state` holds

    * `text`: the content of a box; `wrong`: whether it is invalid,
    * `position` of a slider or `value` of a picker, switch or set of chips,
    * `moved`: whether the value differs from the default; `idle`: whether the knob has no effect at present.

    `on_event(name, act, value)`: a slider is moved (turn) or released (rest), a text entered, a choice made, or the
    knob reset.
    """

    rows = param.List(default=[], doc="headings and knobs, in order; see `describe`")
    state = param.Dict(default={"acknowledged": 0, "knobs": {}})
    on_event = param.Callable(default=None)

    _rename = {"on_event": None}
    _stylesheets = [STYLESHEET, (COMPONENTS / "knob_panel.css").read_text(encoding="utf-8")]
    _esm = (COMPONENTS / "knob_panel.js").read_text(encoding="utf-8")

    _serial = 0  # of the last message

    def _handle_msg(self, msg):
        self._serial = msg["serial"]
        self.on_event(msg["name"], msg["act"], msg.get("value"))

    def show(self, knobs: dict[str, dict]) -> None:
        """Show the state of each knob."""
        self.state = {"acknowledged": self._serial, "knobs": knobs}


def describe(knob: Knob) -> dict:
    """The constant description of a knob for the panel."""
    row = {
        "kind": {"integer": "number"}.get(knob.kind, knob.kind), "name": knob.name, "label": knob.label,
        "meaning": knob.meaning, "reset": f"Reset {knob.label} to {knob.write(knob.default)}",
    }  # fmt: skip
    if knob.kind in ("choice", "set"):
        return row | {"stops": list(knob.stops)}
    if knob.kind not in ("integer", "number"):
        return row
    start, end, step = knob.positions
    symbol = "" if knob.label in knob.symbol else convert(knob.symbol)
    ticks = math.ceil((end - start) / step - 1e-9)
    whole = knob.kind == "integer" and knob.low >= 0  # a phone then shows digits alone
    wide = max(len(knob.write(end)) for end in (knob.default, knob.high)) > 7
    return row | {
        "symbol": symbol, "start": start, "end": end, "step": step, "ticks": ticks, "whole": whole, "wide": wide
    }  # fmt: skip
