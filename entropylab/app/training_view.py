"""TrainView: the tab "Train" of a page: a run that plays, pauses and steps while its live knobs change."""

from __future__ import annotations

import panel as pn

from entropylab.app import export, theme
from entropylab.app.components.elements import LiveHtml
from entropylab.app.components.icons import icon
from entropylab.app.page import PageView
from entropylab.app.scheduling.training_runner import TrainingRunner

STEPS_PER_CLICK = 100


class TrainView(PageView):
    """`PageView` of a training; `player` holds its buttons, `toggle` and `step` serve the keyboard."""

    def _engine(self):
        self._player()
        return TrainingRunner(
            self.spec.training,
            self._on_answer,
            self._fail,
            self._busy,
            lambda: self._with_lock(self._update_buttons),
            self._is_connected,
        )

    def toggle(self) -> None:
        """Play or pause."""
        if self.scheduler.playing:
            self.scheduler.stop()
        else:
            self.scheduler.play()

    def step(self, direction: int) -> None:
        """Take one step; backwards there is none."""
        if direction > 0:
            self.scheduler.advance(1)

    def set_question(self, question) -> None:
        """Commit the question of a preset and play its run from the start."""
        self.session.commit(question)
        self.scheduler.restart()
        self.scheduler.play()

    def code(self) -> str:
        """Python code that reproduces the run with every change of a live knob."""
        return export.replay(self.spec.training, self.scheduler.turns, self.scheduler.step)

    def _player(self):
        def button(label, name, act):
            control = theme.Button(label=label, icon=icon(name), size="small", variant="outlined", margin=(0, 4, 0, 0))
            control.on_click(lambda event: act())
            return control

        self._play = button("Play", "play", self.toggle)
        many = button(f"Step × {STEPS_PER_CLICK}", "steps", lambda: self.scheduler.advance(STEPS_PER_CLICK))
        self._state = LiveHtml(width=200, margin=(4, 8))
        self._share = theme.LinearProgress(variant="determinate", value=0, sizing_mode="stretch_width", margin=2)
        row = pn.FlexBox(
            self._play, button("Step", "step", lambda: self.step(1)), many,
            button("Restart", "reset", lambda: self.scheduler.restart()), self._state,
            align_items="center", sizing_mode="stretch_width", margin=0,
        )  # fmt: skip
        self.player = pn.Column(row, self._share, sizing_mode="stretch_width", margin=0)

    def _update_buttons(self):
        """Show the state of the run."""
        playing, step, length = self.scheduler.playing, self.scheduler.step, self.scheduler.length
        label = "Pause" if playing else "Play"
        if self._play.label != label:
            self._play.param.update(label=label, icon=icon("pause" if playing else "play"))
        self._share.value = round(100 * step / length)
        state = "playing" if playing else "done" if step == length else "paused"
        self._state.html = (
            f'<div class="status run" role="status" aria-live="off" data-run="{state}" data-step="{step}">'
            f"step {step} of {length} · {state}</div>"
        )

    def _update_readouts(self, answer):
        super()._update_readouts(answer)
        self._update_buttons()

    def _cost(self):
        return f"{1e3 * self.scheduler.seconds:.1f} ms a step"

    def _groups(self):
        live = self.spec.training.live
        effect = {True: "change while it runs", False: "begin a new run"}
        return {f"{title} · {effect[names[0] in live]}": names for title, names in self.spec.groups.items()}

    def _is_connected(self):
        """Whether a browser is connected; always true in a notebook."""
        context = self._document.session_context if self._document is not None else None
        session = getattr(context, "session", None)
        return session is None or session.connection_count > 0
