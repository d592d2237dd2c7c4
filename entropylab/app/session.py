"""Session: the one state of a page, its question, with undo and redo."""

from __future__ import annotations

import param

from entropylab.studies.core.question import Question

MAX_UNDO = 200


class Session(param.Parameterized):
    """The question of one user on one page, with its history.

    `question` is the single source of truth: widgets, address and figures follow it. While a slider is dragged the
    question is updated; when the drag ends it is committed, which makes one step of undo.
    """

    question = param.ClassSelector(class_=Question, doc="the present question")
    committed = param.ClassSelector(class_=Question, doc="the question at the last step of undo")
    message = param.String(default="", doc="the error of the last entry, or empty")

    def __init__(self, question: Question):
        super().__init__(question=question, committed=question)
        self._past: list[Question] = []
        self._future: list[Question] = []

    def update(self, **knobs) -> None:
        """Change some knobs without a step of undo."""
        self._set(question=self.question.replace(**knobs))

    def commit(self, question: Question | None = None) -> None:
        """Make the present (or the given) question a step of undo."""
        question = question or self.question
        if question != self.committed:
            self._past = [*self._past[-MAX_UNDO:], self.committed]
            self._future.clear()
            self._set_committed(question)

    def undo(self) -> None:
        """Go back one step; a drag in progress is committed first, so that it can be redone."""
        self.commit()
        if self._past:
            self._future.append(self.committed)
            self._set_committed(self._past.pop())

    def redo(self) -> None:
        """Repeat the step undone last."""
        if self._future:
            self._past.append(self.committed)
            self._set_committed(self._future.pop())

    def reset(self, *names: str) -> None:
        """Set the named knobs, or all, to their defaults."""
        default = type(self.question)()
        self.message = ""
        self.commit(self.question.replace(**{name: getattr(default, name) for name in names}) if names else default)

    def commit_text(self, name: str, text: str) -> None:
        """Commit a typed value; an invalid one leaves the question and sets `message`."""
        question, messages = type(self.question).read({name: text}, self.question)
        if messages:
            self.report_error(" ".join(messages))
        else:
            self.message = ""
            self.commit(question)

    def report_error(self, message: str) -> None:
        """Set `message`; watchers are notified even if the same error repeats."""
        self.message = message
        self.param.trigger("message")

    @property
    def undo_depth(self) -> tuple[int, int]:
        """Available steps of undo and of redo."""
        return len(self._past), len(self._future)

    def _set_committed(self, question):
        self._set(question=question, committed=question)

    def _set(self, **values):
        self.param.update(message="", **values)  # a new question clears the last error
