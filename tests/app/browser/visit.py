"""Visit: one open page of the app, spoken to as its user would, and waited for by what it shows."""

from __future__ import annotations

import contextlib
from urllib.parse import parse_qsl, urlencode, urlsplit

from playwright.sync_api import Error, Locator, Page, expect

from entropylab.studies.core.page_spec import PageSpec
from entropylab.studies.core.question import Question

PATIENCE = 60_000  # ms; everything is waited for by condition, so a fast machine never feels it
OPENING = 180_000  # ms; the first page of a cold server waits for its compilers
DESK, PHONE = {"width": 1440, "height": 1000}, {"width": 390, "height": 844}

# `deep()`: every element of the page, shadow roots included, in document order.
DEEP = """
window.deep = (root = document) => [...root.querySelectorAll("*")].flatMap((node) =>
  node.shadowRoot ? [node, ...deep(node.shadowRoot)] : [node])
"""


# When the browser and the server spoke last.
SPOKEN = """
const send = WebSocket.prototype.send
WebSocket.prototype.send = function (...said) {
  if (!this.heard) { this.heard = true; this.addEventListener("message", () => { window.spoken = performance.now() }) }
  window.spoken = performance.now()
  return send.apply(this, said)
}
"""


class Visit:
    """One tab. `faults` collects what went wrong in the browser: errors on the console, requests to other hosts."""

    def __init__(self, page: Page, url: str):
        self.page, self.url = page, url
        self.faults: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.add_init_script(DEEP)
        page.add_init_script(SPOKEN)
        page.on("console", lambda said: said.type == "error" and self.faults.append(f"console: {said.text}"))
        page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))
        page.on("request", self._check_host)

    def _check_host(self, request):
        place = urlsplit(request.url)
        if place.scheme not in ("data", "blob") and place.hostname != "localhost":
            self.faults.append(f"a request left the machine: {request.url}")

    def open(self, **keys: str) -> Visit:
        """Load the app at an address, and wait until it can be used."""
        self.page.goto(f"{self.url}?{urlencode(keys)}", timeout=OPENING)
        return self.ready()

    def ready(self) -> Visit:
        """Wait until every widget stands: Panel fills them one by one."""
        self.page.wait_for_function(
            """() => {
              const hosts = deep().filter((node) => node.shadowRoot && /esm-React/.test(node.className))
              const filled = (host) => [...host.shadowRoot.children].some((node) =>
                node.matches("div") && (node.firstChild || node.style.display === "none"))
              return hosts.length > 1 && hosts.every(filled)
            }""",
            timeout=OPENING,
            polling=200,  # it walks through the whole page, which at every frame would take the time of the page itself
        )
        expect(self.page.get_by_role("heading", level=1)).to_be_visible()
        return self

    def leave(self) -> None:
        """Close the tab once nothing is under way: what comes from a tab that is gone is an error to Bokeh."""
        with contextlib.suppress(Error):  # one that broke down has said so
            self.page.wait_for_function("() => performance.now() - (window.spoken ?? 0) > 300", polling=100)
        self.page.context.close()

    def go(self, **keys: str) -> Visit:
        """Go to an address without loading the app anew, as the browser's back button does."""
        self.page.evaluate(
            """(search) => {
              window.history.pushState({}, "", search)
              window.dispatchEvent(new PopStateEvent("popstate"))
            }""",
            "?" + urlencode(keys),
        )
        return self

    @property
    def keys(self) -> dict[str, str]:
        """What the address bar says now."""
        return dict(parse_qsl(urlsplit(self.page.evaluate("location.href")).query))

    def told(self, **keys: str | None) -> Visit:
        """Wait until the address says these keys; None stands for a key that must not be there."""
        self.page.wait_for_function(
            """(wanted) => {
              const told = new URLSearchParams(location.search)
              return Object.entries(wanted).every(([key, value]) => told.get(key) === value)
            }""",
            arg=keys,
        )
        return self

    def left(self, **keys: str) -> Visit:
        """Wait until the address says anything else than these keys."""
        self.page.wait_for_function(
            """(before) => {
              const told = new URLSearchParams(location.search)
              return Object.entries(before).some(([key, value]) => told.get(key) !== value)
            }""",
            arg=keys,
        )
        return self

    def answered(self, question: Question, units: str = "nats") -> Visit:
        """Wait until the address and every number on the screen are those of `question`."""
        self.told(**question.write(), units=units)
        told = urlencode({**question.write(), "units": units})
        expect(self.page.locator(".numbers")).to_have_attribute("data-answers", told, timeout=PATIENCE)
        return self

    def shown(self, question: Question) -> Visit:
        """Wait until the address and the first numbers and pictures are those of `question`; slow stages may go on."""
        self.told(**question.write())
        expect(self.page.locator(".numbers")).to_have_attribute("data-shows", urlencode(question.write()))
        return self

    def question(self, spec: PageSpec) -> Question:
        """The question that the address asks now; every key must be read without a message."""
        declared = spec.question.knobs()
        asked, messages = spec.question.read({name: text for name, text in self.keys.items() if name in declared})
        assert messages == []
        return asked

    def numbers(self) -> dict[str, str]:
        """The numbers on the screen, as they are written there."""
        names = self.page.locator(".number .name").all_text_contents()
        return dict(zip(names, self.page.locator(".number .value").all_text_contents(), strict=True))

    def pictures(self, count: int) -> Locator:
        """All figures of the page, which come as they are scrolled near the window."""
        cards = self.page.locator(".card.picture")
        expect(cards).to_have_count(count)
        for place in range(count):
            cards.nth(place).scroll_into_view_if_needed()
            expect(cards.nth(place).locator(".bk-Figure")).to_have_count(1)
        self.page.get_by_role("heading", level=1).scroll_into_view_if_needed()
        return self.page.locator(".bk-Figure")

    @property
    def message(self) -> Locator:
        """The alert at the foot of the window."""
        return self.page.get_by_role("alert")

    def button(self, name: str) -> Locator:
        """The button of that name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def slider(self, spec: PageSpec, name: str) -> Locator:
        """The slider of a knob."""
        return self.page.get_by_role("slider", name=spec.question.knobs()[name].label, exact=True)

    def picker(self, spec: PageSpec, name: str) -> Locator:
        """The picker of a knob."""
        return self.page.get_by_role("combobox", name=spec.question.knobs()[name].label, exact=True)

    def box(self, spec: PageSpec, name: str) -> Locator:
        """The number box of a knob."""
        return self.page.get_by_role("textbox", name=f"{spec.question.knobs()[name].label}, a number", exact=True)

    def frames(self, count: int = 2) -> None:
        """Let the browser paint a few times."""
        self.page.evaluate(
            "async (n) => { for (let i = 0; i < n; i++) { await new Promise(requestAnimationFrame) } }", count
        )


def sliders(spec: PageSpec) -> list[str]:
    """The knobs with a slider and a number box, in the order of the screen."""
    return _of_kind(spec, "number", "integer")


def pickers(spec: PageSpec) -> list[str]:
    """The knobs with a picker, in the order of the screen."""
    return _of_kind(spec, "choice")


def _of_kind(spec, *kinds):
    declared = spec.question.knobs()
    return [name for names in spec.groups.values() for name in names if declared[name].kind in kinds]
