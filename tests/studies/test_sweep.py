"""A sweep stands still when it is paused."""

from entropylab.app.animation import Animation
from entropylab.app.session import Session
from entropylab.studies.patterns import Patterns


def test_a_tick_that_comes_after_the_pause_moves_nothing():
    """It would move on from the step of undo that the pause has made."""
    session = Session(Patterns())
    sweep = Animation(session, "temperature")
    sweep._tick()
    assert session.question == Patterns() and session.undo_depth == (0, 0)
    sweep.step(1)
    assert session.question != Patterns() and session.undo_depth == (1, 0)
