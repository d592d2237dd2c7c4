"""Form and knob panel: user input updates the session, and the session updates the widgets."""

import pytest

from entropylab.app.components.form import Form
from entropylab.app.components.knob_panel import describe
from entropylab.app.session import Session
from entropylab.studies.pages import PAGES
from entropylab.studies.patterns import Patterns

NOTHING = lambda question: frozenset()  # noqa: E731


@pytest.fixture
def panel():
    """A session of Patterns with its form: `panel(name, act, value)` sends an event, returns the state of the knob."""
    session = Session(Patterns())
    form = Form(session, PAGES["patterns"].groups, NOTHING, frozenset())
    ((knob_panel, _),) = form._panels
    serial = 0

    def send(name, act="look", value=None):
        nonlocal serial
        if act != "look":
            serial += 1
            knob_panel._handle_msg({"serial": serial, "name": name, "act": act, "value": value})
        assert knob_panel.state["acknowledged"] == serial
        return knob_panel.state["knobs"][name]

    send.session = session
    return send


def test_a_drag_is_one_step_of_undo(panel):
    for position in (1.2, 1.3, 1.4):
        panel("temperature", "turn", position)
        assert panel.session.undo_depth == (0, 0)
    state = panel("temperature", "rest", 1.5)
    assert panel.session.question.temperature == 31.6 and panel.session.undo_depth == (1, 0)
    assert state["text"] == "31.6" and state["moved"] and not state["wrong"]
    panel.session.undo()
    assert panel.session.question == Patterns() and not panel("temperature")["moved"]


def test_what_python_moves_is_shown_and_is_no_act_of_the_user(panel):
    """A sweep: every place is shown, and none of them becomes a step of undo by being shown."""
    for value in (11.0, 12.0, 13.0):
        panel.session.update(temperature=value)
        assert panel("temperature")["text"] == str(value)
    assert panel.session.undo_depth == (0, 0)


def test_a_text_that_is_not_understood_stays_until_another_is(panel):
    state = panel("temperature", "enter", "much")
    assert state["text"] == "much" and state["wrong"] and panel.session.message
    assert panel.session.question == Patterns() and panel.session.undo_depth == (0, 0)
    state = panel("temperature", "enter", "10")  # the value it has: nothing moves but the text
    assert state["text"] == "10.0" and not state["wrong"] and panel.session.message == ""
    panel("temperature", "enter", "much")
    state = panel("temperature", "turn", 1.0)
    assert state["text"] == "10.0" and not state["wrong"]


def test_choices_and_resets(panel):
    state = panel("data", "choose", PAGES["patterns"].question.knobs()["data"].stops[-1])
    assert state["moved"] and panel.session.undo_depth == (1, 0)
    assert panel.session.question.data == state["value"]
    assert not panel("data", "reset")["moved"]
    assert panel.session.question == Patterns()


def test_an_emptied_set_is_refused_and_its_chips_come_back():
    spec = PAGES["bias"]
    session = Session(spec.question())
    form = Form(session, spec.groups, NOTHING, frozenset())
    form._on_event("estimators", "choose", [])
    assert "one or more of" in session.message
    (knob_panel, _), *_ = form._panels
    assert knob_panel.state["knobs"]["estimators"]["value"] == list(spec.question().estimators)


@pytest.mark.parametrize("page", PAGES)
def test_every_tick_of_a_slider_is_a_value_and_the_ends_are_the_knobs(page):
    for knob in PAGES[page].question.knobs().values():
        if knob.kind in ("integer", "number"):
            panel = describe(knob)
            last = min(panel["start"] + panel["ticks"] * panel["step"], panel["end"])
            assert knob.at(panel["start"]) == knob.at(knob.positions[0]) and knob.at(last) == knob.at(knob.positions[1])
            assert panel["start"] + (panel["ticks"] - 1) * panel["step"] < panel["end"]
