"""Board: the knobs of a page as the browser's own inputs, in one component."""

from __future__ import annotations

import math

import param
from latex2mathml.converter import convert
from panel.custom import JSComponent

from entropylab.app.styles import STYLESHEET, THEME
from entropylab.knobs import Knob


class KnobPanel(JSComponent):
    """Sliders with number boxes, pickers, switches, chips and entries below headings; `heard` is what they tell.

    Material's widgets tell back every value that Python gives them, after their next painting. A browser that is
    behind then puts an older value in the place of a newer one, and a sweep or an undo goes astray. These tell only
    what a user does, and `state` says which message it has heard; it holds for each knob

    * `text`: what stands in a box; `wrong`: whether it could not be understood,
    * `position` of a slider or `value` of a picker, switch or set of chips,
    * `moved`: whether there is something to put back; `idle`: whether the knob does nothing at present.

    `heard(name, act, value)`: a user turns or rests a slider at a position, enters a text, chooses, or resets.
    """

    rows = param.List(default=[], doc="headings and knobs, in order; see `row`")
    state = param.Dict(default={"heard": 0, "knobs": {}})
    heard = param.Callable(default=None)

    _rename = {"heard": None}
    _stylesheets = [STYLESHEET, (THEME / "board.css").read_text()]
    _esm = (THEME / "board.js").read_text()

    _serial = 0  # of the message heard last

    def _handle_msg(self, msg):
        self._serial = msg["serial"]
        self.heard(msg["name"], msg["act"], msg.get("value"))

    def show(self, knobs: dict[str, dict]) -> None:
        """Show the state of each knob."""
        self.state = {"heard": self._serial, "knobs": knobs}


def describe(knob: Knob) -> dict:
    """What a board must know of a knob once and for all."""
    told = {
        "kind": {"integer": "number"}.get(knob.kind, knob.kind), "name": knob.name, "label": knob.label,
        "meaning": knob.meaning, "reset": f"Reset {knob.label} to {knob.write(knob.default)}",
    }  # fmt: skip
    if knob.kind in ("choice", "set"):
        return told | {"stops": list(knob.stops)}
    if knob.kind not in ("integer", "number"):
        return told
    start, end, step = knob.positions
    symbol = "" if knob.label in knob.symbol else convert(knob.symbol)
    ticks = math.ceil((end - start) / step - 1e-9)
    whole = knob.kind == "integer" and knob.low >= 0  # a phone then shows digits alone
    wide = max(len(knob.write(end)) for end in (knob.default, knob.high)) > 7
    return told | {
        "symbol": symbol, "start": start, "end": end, "step": step, "ticks": ticks, "whole": whole, "wide": wide
    }  # fmt: skip
