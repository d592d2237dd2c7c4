"""LaTeX as MathML: browsers draw it themselves, screen readers speak it, nothing is fetched."""

from __future__ import annotations

import re
from functools import lru_cache

from latex2mathml.converter import convert

SYMBOLS = {
    r"\gamma": "γ",
    r"\sigma": "σ", r"\theta": "θ", r"\alpha": "α", r"\beta": "β", r"\tau": "τ", r"\lambda": "λ", r"\mu": "μ",
    r"\eta": "η", r"\nabla": "∇", r"\mathcal{R}": "R", r"\mathrm{seed}": "seed",
}  # fmt: skip


@lru_cache(maxsize=512)
def mathml(latex: str) -> str:
    """MathML of a displayed formula; 1.5e-07 in it becomes a power of ten, not e minus 7."""
    latex = re.sub(r"(?<=\d)e([+-]\d+)", lambda found: rf" \cdot 10^{{{int(found[1])}}}", latex)
    return convert(latex, display="block")


def symbol(latex: str) -> str:
    """A knob's symbol as plain text, for labels that hold no mathematics."""
    return SYMBOLS.get(latex, latex)
