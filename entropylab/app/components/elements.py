"""What the page draws itself: words that change at every move, messages, reset buttons, cards that are buttons."""

from __future__ import annotations

import param
from panel.custom import JSComponent

from entropylab.app.styles import STYLESHEET


class LiveHtml(JSComponent):
    """HTML that changes at every move. Panel's own pane would lay the whole page out anew each time."""

    html = param.String(default="")

    _stylesheets = [STYLESHEET]
    _esm = """
export function render({model}) {
  const place = document.createElement("div")
  const write = () => { if (place.innerHTML !== model.html) { place.innerHTML = model.html } }
  write()
  model.on("html", write)
  return place
}
"""


class Toast(JSComponent):
    """A message at the foot of the window: an error stays until the next change, news goes by itself."""

    text = param.String(default="", doc="what is said; empty takes it away")
    code = param.String(default="", doc="shown below the text as it is")
    error = param.Boolean(default=False)
    serial = param.Integer(default=0, doc="grows with every message, so that two equal ones are both seen")

    _stylesheets = [STYLESHEET]
    _esm = """
export function render({model}) {
  const place = document.createElement("div")
  place.className = "notice"
  let gone
  const close = () => { clearTimeout(gone); place.replaceChildren() }
  const draw = () => {
    close()
    if (!model.text) { return }
    const part = (tag, name, text) => {
      const node = document.createElement(tag)
      node.className = name
      node.textContent = text
      return node
    }
    const said = part("div", model.error ? "said error" : "said", "")
    said.setAttribute("role", model.error ? "alert" : "status")
    const shut = part("button", "shut", "×")
    shut.type = "button"
    shut.setAttribute("aria-label", "Close message")
    shut.onclick = close
    said.append(part("div", "words", model.text), shut)
    if (model.code) { said.append(part("pre", "", model.code)) }
    place.append(said)
    if (!model.error) { gone = setTimeout(close, model.code ? 15000 : 6000) }
  }
  draw()
  model.on("serial", draw)
  const escape = (event) => { if (event.key === "Escape") { close() } }
  document.addEventListener("keydown", escape)
  model.on("remove", () => { clearTimeout(gone); document.removeEventListener("keydown", escape) })
  return place
}
"""

    def show(self, text: str, error: bool = False, code: str = "") -> None:
        """Show a message in place of the present one."""
        if text or self.text:
            self.param.update(text=text, error=error, code=code, serial=self.serial + 1)


class ScrollIntoView(JSComponent):
    """Stands invisibly in a row that scrolls sideways, and keeps one of the row's parts in sight."""

    index = param.Integer(default=0, doc="the part, counted from 0")

    _esm = """
export function render({model, el}) {
  el.style.display = "none"
  const find = () => {
    const row = el.getRootNode().host.getRootNode()
    const part = row.host && [...row.children].filter((node) => node.shadowRoot)[model.index]
    if (!part || row.host.scrollWidth <= row.host.clientWidth) { return }
    row.host.scrollLeft += part.getBoundingClientRect().left - row.host.getBoundingClientRect().left - 48
  }
  const growth = new ResizeObserver(find)  // the buttons get their words one by one
  requestAnimationFrame(() => {
    for (const part of el.getRootNode().host.getRootNode().children) { growth.observe(part) }
    find()
  })
  model.on("index", find)
  model.on("remove", () => growth.disconnect())
}
"""

    def __init__(self, **options):
        super().__init__(**{"styles": {"display": "none"}, "width": 0, "height": 0, "margin": 0, **options})


class ResetButton(JSComponent):
    """A small round button that puts one knob back; invisible while there is nothing to put back."""

    label = param.String(default="", doc="what a screen reader says and the pointer sees")
    active = param.Boolean(default=False)
    clicked = param.Callable(default=None)

    _rename = {"clicked": None}
    _stylesheets = [
        """
button { width: 24px; height: 24px; padding: 0; border: 0; border-radius: 50%; background: transparent; color: inherit;
  font-size: 16px; line-height: 24px; cursor: pointer; }
button:hover { background: color-mix(in srgb, currentColor 12%, transparent); }
button:focus-visible { outline: 3px solid #0080c8; }
"""
    ]
    _esm = """
export function render({model}) {
  const button = document.createElement("button")
  button.type = "button"
  button.textContent = "↺"
  button.title = model.label
  button.setAttribute("aria-label", model.label)
  const show = () => { button.style.visibility = model.active ? "visible" : "hidden" }
  show()
  model.on("active", show)
  button.onclick = () => model.send_msg({})
  return button
}
"""

    def _handle_msg(self, msg):
        if self.clicked is not None:
            self.clicked()


class Tabs(JSComponent):
    """A row of tabs; `chosen` is called with the name of the one that the user wants."""

    names = param.List(default=[], doc="the tabs, in order")
    shown = param.String(default="", doc="the tab that is open")
    chosen = param.Callable(default=None)

    _rename = {"chosen": None}
    _stylesheets = [
        """
.tabs { display: flex; gap: 4px; border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent); }
button { font: inherit; font-size: 0.95rem; padding: 6px 14px; border: 0; border-bottom: 3px solid transparent;
  background: transparent; color: inherit; cursor: pointer; text-transform: capitalize; }
button:hover { background: color-mix(in srgb, currentColor 8%, transparent); }
button[aria-selected="true"] { border-bottom-color: #0080c8; font-weight: 600; }
button:focus-visible { outline: 3px solid #0080c8; outline-offset: -3px; }
"""
    ]
    _esm = """
export function render({model}) {
  const list = document.createElement("div")
  list.className = "tabs"
  list.setAttribute("role", "tablist")
  const buttons = model.names.map((name) => {
    const tab = document.createElement("button")
    tab.type = "button"
    tab.textContent = name
    tab.setAttribute("role", "tab")
    tab.setAttribute("aria-selected", String(name === model.shown))
    tab.tabIndex = name === model.shown ? 0 : -1
    tab.onclick = () => { if (name !== model.shown) { model.send_msg({name}) } }
    return tab
  })
  list.onkeydown = (event) => {
    const step = {ArrowRight: 1, ArrowLeft: -1}[event.key]
    if (!step) { return }
    event.stopPropagation()
    const here = buttons.indexOf(list.getRootNode().activeElement)
    buttons[(here + step + buttons.length) % buttons.length].focus()
  }
  list.append(...buttons)
  return list
}
"""

    def _handle_msg(self, msg):
        if self.chosen is not None:
            self.chosen(msg["name"])


class CardGrid(JSComponent):
    """Cards with a picture, a name and one line; each is a button. `chosen` is called with its index."""

    cards = param.List(default=[], doc="dictionaries with svg, name and why")
    wrap = param.Boolean(default=False, doc="fill rows instead of one row that scrolls")
    chosen = param.Callable(default=None)

    _rename = {"chosen": None}
    _stylesheets = [
        """
.cards { display: flex; gap: 8px; overflow-x: auto; padding: 2px 2px 6px; color: inherit; }
.cards.wrap { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 300px), 1fr)); gap: 12px; }
button { flex: 0 0 172px; display: grid; grid-template-columns: 56px 1fr; gap: 2px 8px; text-align: left;
  cursor: pointer; background: transparent; color: inherit;
  border: 1px solid color-mix(in srgb, currentColor 25%, transparent);
  border-radius: 8px; padding: 6px; font: inherit; align-items: start; align-content: start; }
.wrap button { grid-template-columns: 1fr; padding: 12px; }
button:hover { border-color: #0080c8; }
button:focus-visible { outline: 3px solid #0080c8; outline-offset: 1px; }
.picture { grid-row: span 2; }
.wrap .picture { grid-row: auto; max-width: 180px; }
.picture svg { width: 100%; height: auto; display: block; }
.name { font-size: 0.82rem; font-weight: 600; line-height: 1.15; }
.why { font-size: 0.72rem; line-height: 1.2; opacity: 0.85; grid-column: 1 / -1; }
.wrap .name { font-size: 1.05rem; }
.wrap .why { font-size: 0.9rem; }
"""
    ]
    _esm = """
export function render({model, el}) {
  const list = document.createElement("div")
  const draw = () => {
    list.className = model.wrap ? "cards wrap" : "cards"
    list.replaceChildren(...model.cards.map((card, index) => {
      const button = document.createElement("button")
      button.type = "button"
      const part = (name, text) => {
        const span = document.createElement("span")
        span.className = name
        span.textContent = text
        return span
      }
      const picture = part("picture", "")
      picture.setAttribute("aria-hidden", "true")
      picture.innerHTML = card.svg
      button.append(picture, part("name", card.name), part("why", card.why))
      button.onclick = () => model.send_msg({index})
      return button
    }))
  }
  draw()
  model.on("cards", draw)
  return list
}
"""

    def _handle_msg(self, msg):
        if self.chosen is not None:
            self.chosen(msg["index"])
