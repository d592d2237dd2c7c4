"""LiveTable: a table that follows the answer; a click on a head sorts it, and the order stays while it changes."""

from __future__ import annotations

import math

import param
import xarray as xr
from panel.custom import JSComponent

from entropylab.app.styles import STYLESHEET
from entropylab.studies.core.view import View


class SortableTable(JSComponent):
    """A table in the browser whose heads are buttons that sort it."""

    heads = param.List(default=[], doc="the columns' names")
    rows = param.List(default=[], doc="dictionaries with marked and cells, of text, value and color")
    notes = param.List(default=[], doc="lines below the table")
    about = param.String(default="", doc="what a screen reader says the table is")

    _stylesheets = [
        STYLESHEET,
        """
table { width: 100%; }
th button { all: unset; cursor: pointer; font-weight: 600; }
th button:focus-visible { outline: 3px solid #0080c8; outline-offset: 1px; }
th button::after { content: " ↕"; opacity: 0.45; }
th[aria-sort="ascending"] button::after { content: " ↑"; opacity: 1; }
th[aria-sort="descending"] button::after { content: " ↓"; opacity: 1; }
td { font-variant-numeric: tabular-nums; padding: 3px 14px 3px 0; }
td, th { white-space: nowrap; }
td.coloured { border-left: 5px solid; padding-left: 8px; }
tr.marked td { font-weight: 700; background: color-mix(in srgb, #009e73 14%, transparent); }
""",
    ]
    _esm = """
export function render({model}) {
  const wide = document.createElement("div")
  wide.className = "wide"
  wide.tabIndex = 0
  wide.setAttribute("role", "region")
  let column = -1, down = false
  const key = (cell) => cell.value ?? cell.text
  const sorted = () => {
    if (column < 0 || column >= model.heads.length) { return model.rows }
    const compare = (a, b) => {
      const [x, y] = [key(a.cells[column]), key(b.cells[column])]
      if (typeof x !== typeof y) { return typeof x === "number" ? -1 : 1 }
      const order = typeof x === "number" ? x - y : x.localeCompare(y)
      return down ? -order : order
    }
    return [...model.rows].sort(compare)
  }
  const draw = () => {
    wide.setAttribute("aria-label", model.about)
    const table = document.createElement("table")
    const head = table.createTHead().insertRow()
    model.heads.forEach((name, index) => {
      const th = document.createElement("th")
      th.scope = "col"
      if (index === column) { th.setAttribute("aria-sort", down ? "descending" : "ascending") }
      const button = document.createElement("button")
      button.type = "button"
      button.textContent = name
      button.onclick = () => {
        down = index === column && !down
        column = index
        draw()
        wide.querySelectorAll("th button")[index].focus()
      }
      th.append(button)
      head.append(th)
    })
    const body = table.createTBody()
    for (const row of sorted()) {
      const tr = body.insertRow()
      if (row.marked) { tr.className = "marked" }
      for (const cell of row.cells) {
        const td = tr.insertCell()
        td.textContent = cell.text
        if (cell.color) { td.className = "coloured"; td.style.borderLeftColor = cell.color }
      }
    }
    wide.replaceChildren(table, ...model.notes.map((note) => {
      const line = document.createElement("p")
      line.textContent = note
      return line
    }))
  }
  draw()
  model.on("heads", draw)
  model.on("rows", draw)
  model.on("notes", draw)
  return wide
}
"""


class LiveTable:
    """One table in one user's browser, drawn anew from every answer."""

    is_rendered = True  # a table costs little

    def __init__(self, view: View, answer: xr.Dataset):
        self.view = view
        self.pane = SortableTable(sizing_mode="stretch_width", margin=0)
        self.update(answer)

    def update(self, answer: xr.Dataset) -> None:
        """Show another answer; the order that the user chose stays."""
        table = self.view.draw(answer)
        rows = table.plain()
        for row in rows:
            for cell in row["cells"]:
                if cell["value"] is not None and math.isnan(cell["value"]):
                    cell["value"] = None  # JSON knows no NaN; it is sorted after the numbers, as text
        self.pane.param.update(heads=list(table.heads), rows=rows, notes=list(table.notes), about=table.about)
