"""Drawing: a small square to draw in with the pointer or the keys, or to fill from a file; and what it hears."""

from __future__ import annotations

import base64

import numpy as np
import param
from panel.custom import JSComponent

from entropylab.knobs import format_levels
from entropylab.problems.images.upload import ACCEPTED_FORMATS, MAX_SIZE, as_digit, read_picture
from entropylab.resources import PACKAGE

COMPONENTS = PACKAGE / "app" / "components"


class Drawing(JSComponent):
    """Cells whose ink is `levels`, as a knob of images writes them.

    The pointer inks a bitmap four times as fine, and a cell's level is the share of its pixels that are on. `levels`
    follows the pointer; `drawn(levels)` is called when it rests and for a file, `failed(message)` for a file that
    cannot be read.
    """

    levels = param.String(default="none", doc="the image shown")
    side = param.Integer(default=8)
    most = param.Integer(default=16, doc="a full cell's level")
    largest = param.Integer(default=MAX_SIZE, doc="bytes of a file that are sent at most")
    label = param.String(default="", doc="what a screen reader says the square is")
    meaning = param.String(default="", doc="a sentence below the label")
    disabled = param.Boolean(default=False)
    drawn = param.Callable(default=None)
    failed = param.Callable(default=None)

    _rename = {"drawn": None, "failed": None}
    _stylesheets = [(COMPONENTS / "drawing.css").read_text(encoding="utf-8")]
    _esm = (COMPONENTS / "drawing.js").read_text(encoding="utf-8")

    def _handle_msg(self, msg):
        if "levels" in msg:
            self.drawn(msg["levels"])
            return
        try:
            self.drawn(format_levels(as_digit(self._numbers(msg), self.side, self.most).ravel()))
        except ValueError as error:
            self.failed(f"{error} The last good picture stays.")

    def _numbers(self, msg):
        if "large" in msg:
            raise ValueError(
                f"{msg['large']} has {msg['size']:,} bytes: at most {self.largest:,} are read; crop it to the digit."
            )
        if "broken" in msg:
            raise ValueError(
                f"{msg['broken']} is no picture that the browser can read: {ACCEPTED_FORMATS}; save it again."
            )
        if "grey" in msg:
            return np.frombuffer(base64.b64decode(msg["grey"]), np.uint8).reshape(-1, msg["width"])
        return read_picture(msg["file"], base64.b64decode(msg["data"]))
