"""What only the browser can do: keys, the clipboard, saving a figure."""

from __future__ import annotations

import param
from panel.custom import JSComponent


class Browser(JSComponent):
    """An invisible component: tells which key was pressed, copies text, saves figures as PNG or SVG."""

    on_key = param.Callable(default=None, doc="called with the key")

    _rename = {"on_key": None}
    _esm = """
export function render({model, el}) {
  el.style.display = "none"
  const typing = (event) => event.composedPath().some((node) =>
    node.isContentEditable || (node.tagName === "INPUT" && node.type !== "range" && node.type !== "checkbox") ||
    node.tagName === "TEXTAREA" || (node.getAttribute && node.getAttribute("role") === "combobox"))
  const pressing = (event) => event.composedPath().some((node) =>
    node.tagName === "BUTTON" || node.tagName === "A" || (node.tagName === "INPUT"))
  const listen = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event)) { return }
    const wanted = ["z", "Z", "r", "R", "?", " ", "ArrowLeft", "ArrowRight"]
    if (!wanted.includes(event.key)) { return }
    if ([" ", "ArrowLeft", "ArrowRight"].includes(event.key) && pressing(event)) { return }
    event.preventDefault()
    model.send_msg({key: event.key})
  }
  document.addEventListener("keydown", listen)
  const save = (href, name) => {
    const link = document.createElement("a")
    link.href = href
    link.download = name
    link.click()
  }
  model.on("msg:custom", (message) => {
    if (message.copy !== undefined) { navigator.clipboard?.writeText(message.copy) }
    for (const {id, name} of message.figures ?? []) {
      const view = window.Bokeh.index.find_one_by_id ? window.Bokeh.index.find_one_by_id(id) : null
      if (view === null) { continue }
      const layer = view.export(message.format, true)
      if (message.format === "svg") {
        const text = layer.get_serialized_svg ? layer.get_serialized_svg() : layer.ctx.get_serialized_svg(true)
        const url = URL.createObjectURL(new Blob([text], {type: "image/svg+xml"}))
        save(url, name + ".svg")
      } else {
        layer.canvas.toBlob((blob) => save(URL.createObjectURL(blob), name + ".png"))
      }
    }
  })
  model.on("remove", () => document.removeEventListener("keydown", listen))
}
"""

    def _handle_msg(self, msg):
        if self.on_key is not None and "key" in msg:
            self.on_key(msg["key"])

    def copy(self, text: str) -> None:
        """Put `text` on the clipboard."""
        self._send_msg({"copy": text})

    def save(self, figures: list[tuple[str, str]], format: str) -> None:
        """Save figures, given as (model id, file name), as "png" or "svg"."""
        self._send_msg({"figures": [{"id": i, "name": n} for i, n in figures], "format": format})
