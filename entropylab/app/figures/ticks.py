"""Ticks of logarithmic axes: Bokeh's are even steps below two decades, and crowd at the top."""

from __future__ import annotations

from bokeh.models import Axis, CustomJSTicker, CustomJSTickFormatter, LogTicker

# Whole decades where there are many, else numbers that start with 1, 2, 5 (two decades: 1, 3), and even steps where
# hardly one of these lies on the axis.
TICKS_JS = """
const [low, high] = [cb_data.start, cb_data.end].sort((a, b) => a - b)
const [first, last] = [Math.log10(low), Math.log10(high)]
const decades = last - first
if (decades < 0.5) {
  const rough = (high - low) / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * [1, 2, 5, 10].find((times) => times * power >= rough)
  const count = Math.floor(high / step) - Math.ceil(low / step) + 1
  return [...Array(Math.max(0, count)).keys()].map((i) => (Math.ceil(low / step) + i) * step)
}
const every = Math.max(1, Math.ceil(decades / 5))
const leading = decades > 2.5 ? [1] : decades > 1.3 ? [1, 3] : [1, 2, 5]
const found = []
for (let power = Math.floor(first) - 1; power <= last + 1; power++) {
  if (power % every === 0) { found.push(...leading.map((digit) => Number(`${digit}e${power}`))) }
}
return found.filter((tick) => low * (1 - 1e-9) <= tick && tick <= high * (1 + 1e-9))
"""
FORMAT_JS = """
const power = Math.round(Math.log10(tick))
const raised = (text) => [...text].map((digit) => digit === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("")
const whole = Math.abs(Math.log10(tick) - power) < 1e-9
return whole && (power < -2 || power > 4) ? "10" + raised(String(power)) : String(Number(tick.toPrecision(3)))
"""


def install_ticker(axis: Axis) -> None:
    """Give a logarithmic axis ticks that are spread over it; others keep theirs."""
    if isinstance(axis.ticker, LogTicker):
        axis.update(ticker=CustomJSTicker(major_code=TICKS_JS), formatter=CustomJSTickFormatter(code=FORMAT_JS))
