"""Finding an estimator in the catalogue by the name it has here or in the field."""

from __future__ import annotations

from collections.abc import Callable

from entropylab.estimators.card import CATALOGUE, Card


def get_estimator(name: str, what: str, suits: Callable[[Card], bool]) -> Card:
    """The card called `name`, or with that alias, among those that `suits` accepts; case and hyphens do not matter.

    Errors: ValueError for a name that none or several of them have; it lists what there is for `what`.
    """
    if not isinstance(name, str):
        raise ValueError(f"the method must be a name: got {name!r}; pass one of {_listed(suits)}.")
    wanted = _plain(name)
    cards = [card for card in CATALOGUE.values() if suits(card)]
    exact = [card for card in cards if _plain(card.name) == wanted]
    called = exact or [card for card in cards if wanted in map(_plain, card.aliases)]
    if not called:
        raise ValueError(f"the method for {what} must be one of {_listed(suits)}: got {name!r}; choose from the list.")
    if len(called) > 1:
        names = ", ".join(card.name for card in called)
        raise ValueError(f"the method must name one estimator: got {name!r}, which several go by; write {names}.")
    return called[0]


def get_card(estimator: Callable | str, what: str, suits: Callable[[Card], bool]) -> tuple[Callable, Card | None]:
    """The function and its card (None where it has none), given an estimator or its name as `find` takes it."""
    if isinstance(estimator, str):
        card = get_estimator(estimator, what, suits)
        return card.function, card
    if not callable(estimator):
        raise ValueError(f"the estimator must be a function or its name: got {estimator!r}; pass one of either.")
    return estimator, getattr(estimator, "card", None)


def check_knobs(card: Card | None, knobs: dict) -> None:
    """Demand that the estimator has every one of the `knobs`."""
    unknown = [name for name in knobs if card is not None and name not in card.parameters]
    if unknown:
        has = ("the knobs " + ", ".join(card.parameters)) if card.parameters else "no knobs"
        raise ValueError(f"{card.name} must be turned by its own knobs: it has {has}; got {', '.join(unknown)}.")


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", "_").replace(" ", "_")


def _listed(suits) -> str:
    told = []
    for card in CATALOGUE.values():
        if suits(card):
            told.append(card.name + (f" ({', '.join(card.aliases)})" if card.aliases else ""))
    return ", ".join(told)
