"""What only the browser can do: keys, address, clipboard, saving a figure."""

from __future__ import annotations

import param
from panel.custom import JSComponent

KEYS = {
    "← →": "move the sweep's knob by one step",
    "Space": "play or pause the sweep",
    "Z": "undo",
    "Shift Z": "redo",
    "R": "reset every knob",
    "?": "this sheet",
    "Tab": "next control; arrows turn the slider that has the focus",
}


class BrowserBridge(JSComponent):
    """An invisible component: tells keys and addresses, copies text, saves figures as PNG or SVG."""

    on_message = param.Callable(default=None, doc="called with {key: ...} or {search: ...}")

    _rename = {"on_message": None}
    _esm = """
// What Bokeh 3.9 would keep for ever. Every figure tells the viewport to redraw it when zoomed, also when it is long
// gone: here one listener redraws those that there are, and whoever else would listen is not heard. And the whole page
// waits for every painting, of which one that is put off twice never comes, so that whatever happens later waits in the
// memory too: here nothing waits for paintings. And a finger that swipes up or down over a figure would move what is in
// the figure: here it scrolls the page, unless points are to be dragged or another tool was chosen.
const viewport = window.visualViewport
if (viewport && !viewport.shared) {
  const listen = viewport.addEventListener.bind(viewport)
  listen("resize", () => {
    for (const view of window.Bokeh.index.query(({model}) => model.type === "Figure")) {
      if (view.canvas.resize()) { view.request_repaint() }
    }
  })
  viewport.addEventListener = (type, ...rest) => type === "resize" ? undefined : listen(type, ...rest)
  viewport.shared = true
  const figure = window.Bokeh.Models.get("Figure").prototype.default_view.prototype
  figure.schedule_paint = function () {
    if (!this.is_paused) { this.throttled_paint() }
  }
  const touched = figure._update_touch_action
  figure._update_touch_action = function () {
    touched.call(this)
    const dragging = this.model.toolbar.tools.filter((tool) => tool.active && tool.event_types.includes("pan"))
    if (dragging.every((tool) => tool.type === "PanTool")) {
      this.canvas.touch_action.replace(".bk-events { touch-action: pan-y pinch-zoom; }")
    }
  }
  for (const view of window.Bokeh.index.query(({model}) => model.type === "Figure")) { view._update_touch_action() }
  for (const root of window.Bokeh.index.roots) { root._ready = Promise.resolve() }
}
export function render({model, el}) {
  el.style.display = "none"
  const writing = (node) => node.isContentEditable || ["TEXTAREA", "SELECT"].includes(node.tagName) ||
    (node.tagName === "INPUT" && !["range", "checkbox", "radio"].includes(node.type)) ||
    (node.getAttribute && ["combobox", "listbox", "option"].includes(node.getAttribute("role")))
  const pressing = (node) => ["BUTTON", "A", "INPUT"].includes(node.tagName) || node.getAttribute?.("role") === "button"
  const scrolling = (node) => node.tabIndex === 0 && node.scrollWidth > node.clientWidth
  const closed = (node) => node.getAttribute?.("role") === "dialog"  // what lies below is not to be changed unseen
  if (window.innerWidth < 600) {
    // A drawer that opens by itself would cover the page on a phone.
    model.narrow = true
    for (const root of model.document?.roots?.() ?? window.Bokeh.documents.flatMap((doc) => doc.roots())) {
      if (root.data?.sidebar_open !== undefined) { root.data.sidebar_open = false }
    }
  }
  const listen = (event) => {
    const path = event.composedPath()
    if (event.ctrlKey || event.metaKey || event.altKey || path.some(writing) || path.some(closed)) { return }
    const local = [" ", "ArrowLeft", "ArrowRight"]
    if (![...local, "z", "Z", "r", "R", "?"].includes(event.key)) { return }
    if (local.includes(event.key) && (path.some(pressing) || path.some(scrolling))) { return }
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
    // A browser that is busy with the next figure fetches this one late.
    setTimeout(() => URL.revokeObjectURL(link.href), 60000)
  }
  const tell = () => {
    const {search, title, step} = model.place
    if (search === undefined) { return }
    document.title = title
    window.history[step ? "pushState" : "replaceState"]({}, "", window.location.pathname + search)
  }
  tell()
  model.on("place", tell)
  model.on("request", async () => {
    const {copy, figures, format} = model.request
    if (copy !== undefined) { navigator.clipboard?.writeText(copy).catch(() => {}) }
    for (const {id, name} of figures ?? []) {
      let view
      for (let tries = 0; tries < 100; tries++) {  // one that has just been is_rendered is not drawn yet
        view = window.Bokeh.index.find_one_by_id(id)
        if (view?.frame?.bbox.width) { break }
        await new Promise((done) => setTimeout(done, 100))
      }
      if (view) { save(await view.export(format, true).to_blob(), `${name}.${format}`) }
      await new Promise((done) => setTimeout(done, 100))  // links pressed in one breath may be taken for one
    }
  })
}
"""

    # Orders travel as properties: Panel may hold a message back until the next one.
    place = param.Dict(default={}, doc="search, title, and whether it is a step of the browser's history")
    narrow = param.Boolean(default=False, doc="whether the window is a phone's")
    request = param.Dict(default={}, doc="what to copy or save; a serial number makes two equal requests differ")

    def _handle_msg(self, msg):
        if self.on_message is not None:
            self.on_message(msg)

    def copy(self, text: str) -> None:
        """Put `text` on the clipboard."""
        self._send(copy=text)

    def address(self, search: str, title: str, step: bool = False) -> None:
        """Show `search` in the address bar, as a step of the browser's history or in place of the present one."""
        # The user may have moved on by the back button, so an equal address is told again.
        self.place = {"serial": self.place.get("serial", 0) + 1, "search": search, "title": title, "step": step}

    def save(self, figures: list[tuple[str, str]], format: str) -> None:
        """Save figures, given as (model id, file name), as "png" or "svg"."""
        self._send(figures=[{"id": i, "name": n} for i, n in figures], format=format)

    def _send(self, **what):
        self.request = {"serial": self.request.get("serial", 0) + 1, **what}
