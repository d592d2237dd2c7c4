"""The form hears what a user does on its board, and says back what the session asks."""

import pytest

from entropylab.app.components.form import Form
from entropylab.app.components.knob_panel import describe
from entropylab.app.session import Session
from entropylab.studies.pages import PAGES
from entropylab.studies.patterns import Patterns

NOTHING = lambda question: frozenset()  # noqa: E731


@pytest.fixture
def told():
    """A session of Patterns with its form: `told(name, act, value)` is heard, and gives its state."""
    session = Session(Patterns())
    form = Form(session, PAGES["patterns"].groups, NOTHING, frozenset())
    ((board, _),) = form._boards
    serial = 0

    def tell(name, act="look", value=None):
        nonlocal serial
        if act != "look":
            serial += 1
            board._handle_msg({"serial": serial, "name": name, "act": act, "value": value})
        assert board.state["heard"] == serial
        return board.state["knobs"][name]

    tell.session = session
    return tell


def test_a_drag_is_one_step_of_undo(told):
    for position in (1.2, 1.3, 1.4):
        told("temperature", "turn", position)
        assert told.session.steps == (0, 0)
    state = told("temperature", "rest", 1.5)
    assert told.session.question.temperature == 31.6 and told.session.steps == (1, 0)
    assert state["text"] == "31.6" and state["moved"] and not state["wrong"]
    told.session.undo()
    assert told.session.question == Patterns() and not told("temperature")["moved"]


def test_what_python_moves_is_shown_and_is_no_act_of_the_user(told):
    """A sweep: every place is shown, and none of them becomes a step of undo by being shown."""
    for value in (11.0, 12.0, 13.0):
        told.session.update(temperature=value)
        assert told("temperature")["text"] == str(value)
    assert told.session.steps == (0, 0)


def test_a_text_that_is_not_understood_stays_until_another_is(told):
    state = told("temperature", "enter", "much")
    assert state["text"] == "much" and state["wrong"] and told.session.message
    assert told.session.question == Patterns() and told.session.steps == (0, 0)
    state = told("temperature", "enter", "10")  # the value it has: nothing moves but the text
    assert state["text"] == "10.0" and not state["wrong"] and told.session.message == ""
    told("temperature", "enter", "much")
    state = told("temperature", "turn", 1.0)
    assert state["text"] == "10.0" and not state["wrong"]


def test_choices_and_resets(told):
    state = told("data", "choose", PAGES["patterns"].question.knobs()["data"].stops[-1])
    assert state["moved"] and told.session.steps == (1, 0)
    assert told.session.question.data == state["value"]
    assert not told("data", "reset")["moved"]
    assert told.session.question == Patterns()


def test_an_emptied_set_is_refused_and_its_chips_come_back():
    spec = PAGES["bias"]
    session = Session(spec.question())
    form = Form(session, spec.groups, NOTHING, frozenset())
    form._on_event("estimators", "choose", [])
    assert "one or more of" in session.message
    (board, _), *_ = form._boards
    assert board.state["knobs"]["estimators"]["value"] == list(spec.question().estimators)


@pytest.mark.parametrize("page", PAGES)
def test_every_tick_of_a_slider_is_a_value_and_the_ends_are_the_knobs(page):
    for knob in PAGES[page].question.knobs().values():
        if knob.kind in ("integer", "number"):
            told = describe(knob)
            last = min(told["start"] + told["ticks"] * told["step"], told["end"])
            assert knob.at(told["start"]) == knob.at(knob.positions[0]) and knob.at(last) == knob.at(knob.positions[1])
            assert told["start"] + (told["ticks"] - 1) * told["step"] < told["end"]
