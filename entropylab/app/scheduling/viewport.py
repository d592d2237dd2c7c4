"""Eye and Sight: pictures are made when they come near the window, and those in it follow every move."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from collections.abc import Set as AbstractSet

import param
import xarray as xr
from panel.custom import JSComponent
from panel.io import hold

from entropylab.app.components.sortable_table import LiveTable
from entropylab.app.figures.live import LiveView

IDLE_DELAY_S = 0.2  # seconds without a new answer after which pictures outside the window follow


class VisibilityObserver(JSComponent):
    """Stands invisibly among the cards of a grid, tells which of them are seen, counted from 0, and veils them."""

    seen = param.List(default=None, allow_None=True, doc="cards in the window; None until the browser has told")

    near = param.List(default=[], doc="cards in the window and those that a short scroll would bring there")
    waiting = param.Boolean(default=False, doc="whether the pictures are veiled")

    # A card of which less than its title shows has no picture to look at.
    _esm = """
export function render({model, el}) {
  el.style.display = "none"
  const grid = el.getRootNode().host.getRootNode()
  const cards = () => [...grid.children].filter((node) => node.classList.contains("card"))
  const eye = (name, rootMargin) => {
    const shown = new Set()
    return new IntersectionObserver((entries) => {
      for (const {target, isIntersecting} of entries) { isIntersecting ? shown.add(target) : shown.delete(target) }
      model[name] = cards().flatMap((card, index) => shown.has(card) ? [index] : [])
    }, {rootMargin})
  }
  const eyes = [eye("seen", "-8px 0px -72px 0px"), eye("near", "300px 0px 300px 0px")]
  const veil = () => grid.host.style.setProperty("--waiting", model.waiting ? "0.5" : "1")
  veil()
  model.on("waiting", veil)
  const watch = () => { for (const card of cards()) { for (const each of eyes) { each.observe(card) } } }
  const growth = new MutationObserver(watch)
  growth.observe(grid, {childList: true})
  watch()
  model.on("remove", () => { for (const each of [...eyes, growth]) { each.disconnect() } })
}
"""

    def __init__(self, **options):
        super().__init__(**{"styles": {"display": "none"}, "width": 0, "height": 0, "margin": 0, **options})


class ViewportScheduler:
    """Draws the pictures and tables of a page, those in the window at once.

    `eye` must stand among their cards, which come in the order of `views`. `locked(act)` runs `act` under the
    document's lock. `answer` is the Dataset from which all views were made, also those not yet rendered.
    """

    def __init__(self, views: list[LiveView | LiveTable], answer: xr.Dataset, locked: Callable[[Callable], None]):
        self.views, self._locked, self._answer = views, locked, answer
        self.eye = VisibilityObserver()
        self.eye.param.watch(lambda event: self._draw(self._stale.intersection(self.seen)), "seen")
        self.eye.param.watch(
            lambda event: self._draw({v for v in self._views_at(event.new) if not v.is_rendered}), "near"
        )
        self._known = set(views)  # what the last answer could show
        self._stale = {view for view in views if not view.is_rendered}  # what shows an older answer than it could
        self._timer: asyncio.TimerHandle | None = None

    @property
    def seen(self) -> list[LiveView | LiveTable]:
        """The views in the window; all rendered views until the browser has reported."""
        return (
            [view for view in self.views if view.is_rendered]
            if self.eye.seen is None
            else self._views_at(self.eye.seen)
        )

    @property
    def stages(self) -> frozenset[str]:
        """The stages of the experiment that the pictures in the window need."""
        return frozenset(name for view in self.seen for name in view.view.needs)

    def draw(self, answer: xr.Dataset, fresh: AbstractSet[str]) -> None:
        """Show an answer whose stages `fresh` are those of the question."""
        self._answer, self._known = answer, {view for view in self.views if fresh >= set(view.view.needs)}
        seen = self.seen
        for view in seen:
            if view in self._known:
                view.update(answer)
        self._stale = (self._stale | self._known).difference(seen)
        self._schedule()

    def draw_deferred(self) -> None:
        """Draw everything that fell behind."""
        self._draw(set(self._stale))

    def close(self) -> None:
        """Wait for nothing more."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def _views_at(self, indices):
        return [self.views[index] for index in indices]

    @property
    def _stale_rendered(self):
        """What hangs outside the window and shows an older answer than it could."""
        return [view for view in self._stale & self._known if view.is_rendered]

    def _schedule(self):
        self.close()
        if self._stale_rendered:
            # outside a server nothing is ever out of the window
            self._timer = asyncio.get_running_loop().call_later(IDLE_DELAY_S, self._locked, self._draw_next)

    def _draw_next(self):
        """One picture at a time, so that a move that begins meanwhile is not held up."""
        self._draw(set(self._stale_rendered[:1]))
        self._schedule()

    def _draw(self, views):
        with hold():
            for view in views & self._known:
                view.update(self._answer)
        self._stale -= views & self._known
