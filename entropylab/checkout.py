"""Folders of the checkout that the package reads."""

from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
ASSETS = CHECKOUT / "assets"
