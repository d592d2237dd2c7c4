"""Animation: one knob swept from end to end, paused, or stepped."""

from __future__ import annotations

import panel as pn

from entropylab.app import theme
from entropylab.app.components.icons import icon
from entropylab.app.session import Session
from entropylab.app.styles import html

N_STEPS = 60  # positions from one end of a continuous knob to the other
PERIOD = 120  # milliseconds between them


class Animation:
    """Sweeps a numeric knob of a session."""

    def __init__(self, session: Session, first: str):
        self.session = session
        self._knobs = {n: k for n, k in type(session.question).knobs().items() if k.kind in ("number", "integer")}
        self._choice = theme.Select(
            label="sweep", options=[*self._knobs], value=first, size="small", margin=(6, 36, 6, 8),
            sizing_mode="stretch_width",
        )  # fmt: skip
        self._play = theme.Button(
            label="Play", icon=icon("play"), size="small", variant="outlined", margin=(4, 4, 4, 8)
        )
        self._step = theme.Button(label="Step", icon=icon("step"), size="small", variant="outlined", margin=4)
        self._play.on_click(lambda event: self.toggle())
        self._step.on_click(lambda event: self.step(1))
        self._timer = None
        self.view = pn.Column(
            html("<h2 class='group'>Sweep</h2>", margin=(8, 8, 0, 8)), self._choice, pn.Row(self._play, self._step),
            sizing_mode="stretch_width", margin=0,
        )  # fmt: skip

    @property
    def playing(self) -> bool:
        """Whether the sweep runs."""
        return self._timer is not None

    def toggle(self) -> None:
        """Play or pause; a pause commits the question."""
        if self.playing:
            self._timer.stop()
            self._timer = None
            self.session.commit()
        else:
            self._timer = pn.state.add_periodic_callback(self._tick, period=PERIOD)
        self._play.param.update(
            label="Pause" if self.playing else "Play", icon=icon("pause" if self.playing else "play")
        )

    def _tick(self):
        if self.playing:  # a queued tick may arrive after a pause
            self._move(1, wrap=True)

    def step(self, direction: int) -> None:
        """Move one step up or down within the range."""
        self._move(direction, wrap=False)
        self.session.commit()

    def _move(self, direction, wrap):
        name = self._choice.value
        knob = self._knobs[name]
        start, end, step = knob.positions
        position = knob.position(getattr(self.session.question, name))
        target = position + direction * (step if knob.stops else max(step, (end - start) / N_STEPS))
        if wrap and position >= end - 1e-9:
            target = start
        self.session.update(**{name: knob.at(min(max(target, start), end))})
