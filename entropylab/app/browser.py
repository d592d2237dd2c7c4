"""BrowserBridge: keys, URL, clipboard and saving of figures in the browser."""

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
    """An invisible component that reports keys and URLs, copies text, and saves figures as PNG or SVG."""

    on_message = param.Callable(default=None, doc="called with {key: ...} or {search: ...}")

    _rename = {"on_message": None}
    _esm = """
// Works around three faults of BokehJS 3.9. (1) Each figure adds a resize listener to the viewport and never removes
// it: one shared listener replaces them. (2) The page waits for the paint of every figure, and a paint that is
// postponed twice never happens, so later promises accumulate: nothing waits for paints. (3) A vertical swipe over a
// figure pans the figure: it scrolls the page, unless points can be dragged or another tool is active.
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
  const closed = (node) => node.getAttribute?.("role") === "dialog"  // keys must not change the page below a dialog
  if (window.innerWidth < 600) {
    // An open drawer would cover the page on a phone.
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
    const {search, title, step} = model.location
    if (search === undefined) { return }
    document.title = title
    window.history[step ? "pushState" : "replaceState"]({}, "", window.location.pathname + search)
  }
  tell()
  model.on("location", tell)
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

    # Requests are properties, because Panel may hold a message back until the next one.
    location = param.Dict(default={}, doc="search, title, and whether to add a step to the browser's history")
    narrow = param.Boolean(default=False, doc="whether the window is narrow, as on a phone")
    request = param.Dict(default={}, doc="what to copy or save; a serial number distinguishes equal requests")

    def _handle_msg(self, msg):
        if self.on_message is not None:
            self.on_message(msg)

    def copy(self, text: str) -> None:
        """Put `text` on the clipboard."""
        self._send(copy=text)

    def set_url(self, search: str, title: str, step: bool = False) -> None:
        """Show `search` in the address bar, as a new step of the browser's history or replacing the present one."""
        # The back button may have changed the URL, so an equal one is sent again.
        self.location = {"serial": self.location.get("serial", 0) + 1, "search": search, "title": title, "step": step}

    def save(self, figures: list[tuple[str, str]], format: str) -> None:
        """Save figures, given as (model id, file name), as "png" or "svg"."""
        self._send(figures=[{"id": i, "name": n} for i, n in figures], format=format)

    def _send(self, **request):
        self.request = {"serial": self.request.get("serial", 0) + 1, **request}
