"""What only the browser can do: keys, address, clipboard, saving a figure, cards that are buttons."""

from __future__ import annotations

import param
from panel.custom import JSComponent

from entropylab.app.look import SHEET

KEYS = {
    "← →": "move the sweep's knob by one step",
    "Space": "play or pause the sweep",
    "Z": "undo",
    "Shift Z": "redo",
    "R": "reset every knob",
    "?": "this sheet",
    "Tab": "next control; arrows turn the slider that has the focus",
}


class Browser(JSComponent):
    """An invisible component: tells keys and addresses, copies text, saves figures as PNG or SVG."""

    on_message = param.Callable(default=None, doc="called with {key: ...} or {search: ...}")

    _rename = {"on_message": None}
    _esm = """
export function render({model, el}) {
  el.style.display = "none"
  const writing = (node) => node.isContentEditable || node.tagName === "TEXTAREA" ||
    (node.tagName === "INPUT" && !["range", "checkbox", "radio"].includes(node.type)) ||
    (node.getAttribute && ["combobox", "listbox", "option"].includes(node.getAttribute("role")))
  const pressing = (node) => ["BUTTON", "A", "INPUT"].includes(node.tagName) || node.getAttribute?.("role") === "button"
  if (window.innerWidth < 600) {
    // A drawer that opens by itself would cover the page on a phone.
    model.narrow = true
    for (const root of model.document?.roots?.() ?? window.Bokeh.documents.flatMap((doc) => doc.roots())) {
      if (root.data?.sidebar_open !== undefined) { root.data.sidebar_open = false }
    }
  }
  const listen = (event) => {
    const path = event.composedPath()
    if (event.ctrlKey || event.metaKey || event.altKey || path.some(writing)) { return }
    const local = [" ", "ArrowLeft", "ArrowRight"]
    if (![...local, "z", "Z", "r", "R", "?"].includes(event.key)) { return }
    if (local.includes(event.key) && path.some(pressing)) { return }
    event.preventDefault()
    model.send_msg({key: event.key})
  }
  const back = () => model.send_msg({search: window.location.search})
  document.addEventListener("keydown", listen)
  window.addEventListener("popstate", back)
  model.on("remove", () => {
    document.removeEventListener("keydown", listen)
    window.removeEventListener("popstate", back)
  })
  const save = (blob, name) => {
    const link = document.createElement("a")
    link.href = URL.createObjectURL(blob)
    link.download = name
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 1000)
  }
  model.on("place", () => {
    const change = model.place.step ? "pushState" : "replaceState"
    window.history[change]({}, "", window.location.pathname + model.place.search)
  })
  const veil = () => document.documentElement.style.setProperty("--waiting", model.waiting ? "0.5" : "1")
  veil()
  model.on("waiting", veil)
  model.on("request", async () => {
    const {copy, figures, format} = model.request
    if (copy !== undefined) { navigator.clipboard?.writeText(copy).catch(() => {}) }
    for (const {id, name} of figures ?? []) {
      const view = window.Bokeh.index.find_one_by_id(id)
      if (view) { save(await view.export(format, true).to_blob(), `${name}.${format}`) }
    }
  })
}
"""

    # Orders travel as properties: Panel may hold a message back until the next one.
    place = param.Dict(default={}, doc="search and whether it is a step of the browser's history")
    narrow = param.Boolean(default=False, doc="whether the window is a phone's")
    waiting = param.Boolean(default=False, doc="whether the pictures are veiled")
    request = param.Dict(default={}, doc="what to copy or save; a serial number makes two equal requests differ")

    def _handle_msg(self, msg):
        if self.on_message is not None:
            self.on_message(msg)

    def copy(self, text: str) -> None:
        """Put `text` on the clipboard."""
        self._order(copy=text)

    def address(self, search: str, step: bool = False) -> None:
        """Show `search` in the address bar, as a step of the browser's history or in place of the present one."""
        self.place = {"search": search, "step": step}

    def save(self, figures: list[tuple[str, str]], format: str) -> None:
        """Save figures, given as (model id, file name), as "png" or "svg"."""
        self._order(figures=[{"id": i, "name": n} for i, n in figures], format=format)

    def _order(self, **what):
        self.request = {"serial": self.request.get("serial", 0) + 1, **what}


class Words(JSComponent):
    """HTML that changes at every move. Panel's own pane would lay the whole page out anew each time."""

    html = param.String(default="")

    _stylesheets = [SHEET]
    _esm = """
export function render({model}) {
  const place = document.createElement("div")
  const write = () => { if (place.innerHTML !== model.html) { place.innerHTML = model.html } }
  write()
  model.on("html", write)
  return place
}
"""


class Undoing(JSComponent):
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


class Gallery(JSComponent):
    """Cards with a picture, a name and one line; each is a button. `chosen` is called with its index."""

    cards = param.List(default=[], doc="dictionaries with svg, name and why")
    wrap = param.Boolean(default=False, doc="fill rows instead of one row that scrolls")
    chosen = param.Callable(default=None)

    _rename = {"chosen": None}
    _stylesheets = [
        """
.gallery { display: flex; gap: 8px; overflow-x: auto; padding: 2px 2px 6px; color: inherit; }
.gallery.wrap { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 260px), 1fr)); gap: 12px; }
button { flex: 0 0 172px; display: grid; grid-template-columns: 56px 1fr; gap: 2px 8px; text-align: left;
  cursor: pointer; background: transparent; color: inherit;
  border: 1px solid color-mix(in srgb, currentColor 25%, transparent);
  border-radius: 8px; padding: 6px; font: inherit; align-items: start; }
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
    list.className = model.wrap ? "gallery wrap" : "gallery"
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
