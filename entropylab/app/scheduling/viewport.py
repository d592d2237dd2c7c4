"""ViewportScheduler: figures in the window follow every change; the others are rendered when they come near it."""

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

IDLE_DELAY_S = 0.2  # seconds without a new answer after which figures outside the window are updated


class VisibilityObserver(JSComponent):
    """Reports which cards of its grid are in the window, and dims the figures while `waiting`."""

    in_view = param.List(
        default=None, allow_None=True, doc="indices of cards in the window; None until the browser reports"
    )
    near_view = param.List(default=[], doc="indices of cards in or near the window")
    waiting = param.Boolean(default=False, doc="whether the figures are dimmed")

    # The margins exclude cards that show less than their title.
    _esm = """
export function render({model, el}) {
  el.style.display = "none"
  const grid = el.getRootNode().host.getRootNode()
  const cards = () => [...grid.children].filter((node) => node.classList.contains("card"))
  const observe = (name, rootMargin) => {
    const shown = new Set()
    return new IntersectionObserver((entries) => {
      for (const {target, isIntersecting} of entries) { isIntersecting ? shown.add(target) : shown.delete(target) }
      model[name] = cards().flatMap((card, index) => shown.has(card) ? [index] : [])
    }, {rootMargin})
  }
  const observers = [observe("in_view", "-8px 0px -72px 0px"), observe("near_view", "300px 0px 300px 0px")]
  const dim = () => grid.host.style.setProperty("--waiting", model.waiting ? "0.5" : "1")
  dim()
  model.on("waiting", dim)
  const watch = () => { for (const card of cards()) { for (const each of observers) { each.observe(card) } } }
  const growth = new MutationObserver(watch)
  growth.observe(grid, {childList: true})
  watch()
  model.on("remove", () => { for (const each of [...observers, growth]) { each.disconnect() } })
}
"""

    def __init__(self, **options):
        super().__init__(**{"styles": {"display": "none"}, "width": 0, "height": 0, "margin": 0, **options})


class ViewportScheduler:
    """Draws the figures and tables of a page, those in the window immediately.

    `observer` must be in the same grid as their cards, which are in the order of `views`. `locked(act)` runs `act`
    under the document's lock. `answer` is the Dataset from which all views were created, rendered or not.
    """

    def __init__(self, views: list[LiveView | LiveTable], answer: xr.Dataset, locked: Callable[[Callable], None]):
        self.views, self._locked, self._answer = views, locked, answer
        self.observer = VisibilityObserver()
        self.observer.param.watch(lambda event: self._draw(self._stale.intersection(self.visible_views)), "in_view")
        self.observer.param.watch(
            lambda event: self._draw({v for v in self._views_at(event.new) if not v.is_rendered}), "near_view"
        )
        self._known = set(views)  # views that the last answer can update
        self._stale = {view for view in views if not view.is_rendered}  # views that show an older answer
        self._timer: asyncio.TimerHandle | None = None

    @property
    def visible_views(self) -> list[LiveView | LiveTable]:
        """The views in the window; all rendered views until the browser has reported."""
        return (
            [view for view in self.views if view.is_rendered]
            if self.observer.in_view is None
            else self._views_at(self.observer.in_view)
        )

    @property
    def stages(self) -> frozenset[str]:
        """The stages of the experiment behind the figures in the window."""
        return frozenset(name for view in self.visible_views for name in view.view.needs)

    def draw(self, answer: xr.Dataset, fresh: AbstractSet[str]) -> None:
        """Show an answer whose stages `fresh` are those of the question."""
        self._answer, self._known = answer, {view for view in self.views if fresh >= set(view.view.needs)}
        visible = self.visible_views
        for view in visible:
            if view in self._known:
                view.update(answer)
        self._stale = (self._stale | self._known).difference(visible)
        self._schedule()

    def draw_deferred(self) -> None:
        """Draw every view that shows an older answer."""
        self._draw(set(self._stale))

    def close(self) -> None:
        """Cancel the deferred drawing."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def _views_at(self, indices):
        return [self.views[index] for index in indices]

    @property
    def _stale_rendered(self):
        """Rendered views outside the window that show an older answer."""
        return [view for view in self._stale & self._known if view.is_rendered]

    def _schedule(self):
        self.close()
        if self._stale_rendered:
            self._timer = asyncio.get_running_loop().call_later(IDLE_DELAY_S, self._locked, self._draw_next)

    def _draw_next(self):
        """Draw one figure, then yield, so that a change that arrives meanwhile is not delayed."""
        self._draw(set(self._stale_rendered[:1]))
        self._schedule()

    def _draw(self, views):
        with hold():
            for view in views & self._known:
                view.update(self._answer)
        self._stale -= views & self._known
