"""Home: what the lab is, a miniature of every page, claims of the sources beside what is measured, the catalogue."""

from __future__ import annotations

import json
import re
from functools import cache
from html import escape
from urllib.parse import urlencode

from entropylab.app.components.elements import CardGrid, Toast
from entropylab.app.defaults import FOLDER, thumbnails
from entropylab.app.styles import column, html
from entropylab.estimators import CATALOGUE
from entropylab.resources import REFERENCES
from entropylab.studies.pages import PAGES
from entropylab.studies.registry import CLAIMS
from entropylab.studies.rendering.mathml import mathml
from entropylab.studies.rendering.metrics import format_number, typeset

LEAD = (
    "See what an entropy estimator does before you trust it. Turn a knob and watch the estimate leave and meet the "
    "truth, with its bias and its error bar. Every number is computed live by the library that you can import."
)
CLAIM_COLUMNS = ("Claim", "Claimed", "Measured here", "What follows")
CATALOGUE_COLUMNS = ("Estimator", "Formula", "Hard twin", "Known bias", "Gradient", "Reference")
SOURCES_BY_KEY = {
    "Reproducibility note": "Differentiable Reproducibility Entropy via Kernel Density Estimation, a note",
    "Couthures (2024)": "J. Couthures, Tracking with ML, slides (2024)",
    "Shihab et al. (2025)": "I. F. Shihab, S. Akter and A. Sharma, Differentiable Entropy Regularization for Geometry "
    "and Neural "
    "Networks, arXiv:2509.03733 (2025)",
    "mixentropy": "mixentropy, estimators for mixtures; A. Kolchinsky and B. Tracey, Entropy 19, 361 (2017)",
}


class Home:
    """The first page; `go(name)` opens another."""

    def __init__(self, go):
        names = list(PAGES)
        self._toast = Toast(width=0, height=0, margin=0)
        cards = [
            {"svg": (thumbnails(name) or [""])[0], "name": page.title, "why": page.lead} for name, page in PAGES.items()
        ]
        self.view = column(
            self._toast, html(f"<h1>EntropyLab</h1><p class='lead'>{LEAD}</p>"),
            CardGrid(cards=cards, wrap=True, chosen=lambda i: go(names[i]), sizing_mode="stretch_width", margin=0),
            html(_claims()), html(_catalogue()), margin=12, styles={"gap": "16px", "max-width": "1400px"},
        )  # fmt: skip

    def set_message(self, text: str) -> None:
        """Show what was wrong with the address."""
        self._toast.show(text, error=True)


def stored_claims() -> dict[str, tuple[float, float]]:
    """The measurements that the home page shows, by claim; `python -m entropylab.app.defaults` renews them."""
    return {text: tuple(pair) for text, pair in json.loads((FOLDER / "claims.json").read_text()).items()}


@cache
def _claims():
    rows, stored = "", stored_claims()
    for claim in CLAIMS:
        tab = {"tab": "train"} if claim.training else {}
        address = "?" + urlencode({"page": claim.page, **tab, **claim.question.write()})
        measured, verdict = "not measured yet", "open"
        if claim.text in stored:
            value, half = stored[claim.text]
            measured = typeset(format_number(value, half / 1.96))
            verdict = "holds" if claim.holds(value) else "does not hold"
        rows += _line(CLAIM_COLUMNS, (
            f"{claim.text}<br><small>{claim.source}</small>", claim.claimed,
            f"{measured}<br><small>{claim.unit}; {claim.runs} runs</small>",
            f"<b>{verdict}</b>. {claim.follows} "
            f"<a href='{escape(address)}' aria-label='See it: {escape(claim.text, quote=True)}'>See it</a>",
        ))  # fmt: skip
    sources = "".join(f"<li><b>{name}</b>: {escape(text)}</li>" for name, text in SOURCES_BY_KEY.items())
    return (
        "<h2>Claims of the sources, measured</h2><p>Mean over runs (seeds; for Attention its models or timings) "
        f"with its 95 % interval (Student's t). The sources:</p><ul class='sources'>{sources}</ul>"
        + _table("claims", CLAIM_COLUMNS, rows)
    )


@cache
def _catalogue():
    bibliography = _bibtex()
    groups: dict[str, list] = {}
    for card in CATALOGUE.values():
        groups.setdefault(card.quantity, []).append(card)
    parts = ""
    for quantity, cards in groups.items():
        rows = "".join(_row(card, bibliography.get(card.reference, "")) for card in cards)
        parts += (
            f"<details class='group'><summary>{quantity} ({len(cards)})</summary>"
            + _table(f"estimators of {quantity}", CATALOGUE_COLUMNS, rows)
            + "</details>"
        )
    lead = f"{len(CATALOGUE)} estimators, each with its formula, its hard twin and its known bias."
    return f"<h2>Catalogue</h2><p>{lead}</p>{parts}"


def _row(card, bibtex):
    cells = (
        f"<code>{card.name}</code><br><small>{escape(card.summary)}</small>", mathml(card.formula), card.twin or "–",
        escape(card.bias), "yes" if card.differentiable else "no",
        f"<details><summary>{card.reference}</summary><pre>{escape(bibtex)}</pre></details>",
    )  # fmt: skip
    return _line(CATALOGUE_COLUMNS, cells)


def _line(heads, cells):
    """A row; every cell knows its head, which stands beside it where there is no room for columns."""
    told = "".join(
        f"<td role='cell' data-head='{head}'><div>{cell}</div></td>" for head, cell in zip(heads, cells, strict=True)
    )
    return f"<tr role='row'>{told}</tr>"


def _table(name, heads, rows):
    """A table that scrolls sideways where it must, by the keyboard too; on a phone cells stand below each other."""
    head = "".join(f"<th role='columnheader' scope='col'>{text}</th>" for text in heads)
    return (
        f"<div class='wide prose' tabindex='0' role='region' aria-label='{name}'><table role='table'>"
        f"<thead role='rowgroup'><tr role='row'>{head}</tr></thead><tbody role='rowgroup'>{rows}</tbody></table></div>"
    )


def _bibtex() -> dict[str, str]:
    """BibTeX entries by key."""
    entries = re.split(r"\n(?=@)", REFERENCES.read_text(encoding="utf-8"))
    return {match[1]: entry.strip() for entry in entries if (match := re.match(r"@\w+\{([^,]+),", entry.strip()))}
