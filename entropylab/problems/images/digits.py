"""Handwritten digits as images with folds: plain ones, and the same digits somewhere on a piece of a photograph."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

import numpy as np

from entropylab.problems.real_data import data_set

__all__ = ["Fold", "IMAGE_SETS", "load_fold", "FOLDS"]

IMAGE_SETS = ("digits", "cluttered digits")
FOLDS = 5
SIDE, WIDE = 8, 12  # pixels of a digit, and of the photograph around it
CLUTTERED_TRAINING_IMAGES = 12_000  # training images of a fold of cluttered digits: every digit about eleven times
INKED = 0.5  # a pixel from here up belongs to the stroke, and a patch with half of its pixels so to the object
COARSE = 3  # every third pixel of a photograph: edges then are about as wide as strokes
BACKGROUND_LEVEL = (
    0.5  # the photograph at half light, so that full ink is at least half of the range brighter than any ground
)


@dataclass(frozen=True)
class Fold:
    """Images (n, side, side) in [0, 1] with labels (n,), to train on, to choose by and to test on; no digit is in two.

    `strokes` are the digits alone on the test images' grid, without the photograph.
    """

    images: np.ndarray = field(repr=False)
    labels: np.ndarray = field(repr=False)
    test_images: np.ndarray = field(repr=False)
    test_labels: np.ndarray = field(repr=False)
    strokes: np.ndarray = field(repr=False)
    choice_images: np.ndarray = field(repr=False)
    choice_labels: np.ndarray = field(repr=False)

    @property
    def side(self) -> int:
        """Pixels along a side."""
        return self.images.shape[1]

    def object_patches(self, patch: int = 2) -> np.ndarray:
        """True (n, patches) where at least half of a test image's patch is stroke."""
        n, side, _ = self.strokes.shape
        inked = (self.strokes >= INKED).reshape(n, side // patch, patch, side // patch, patch)
        return inked.mean((2, 4)).reshape(n, -1) >= 0.5


@functools.lru_cache(maxsize=2 * FOLDS)
def load_fold(name: str, fold: int) -> Fold:
    """Fold `fold` of `FOLDS` of a set of `IMAGE_SETS`: 359 test digits, and 1077 training digits from three others.

    The 359 left over (fold + 1) are for choices such as a penalty's strength. Cluttered digits stand at random places
    on random pieces of two photographs, right halves for the test and left halves for all before it.
    """
    if name not in IMAGE_SETS or fold not in range(FOLDS):
        raise ValueError(f"there is no fold {fold!r} of {name!r}; choose 0 to {FOLDS - 1} of {', '.join(IMAGE_SETS)}.")
    digits = data_set("digits")
    images, labels = digits.x.reshape(-1, SIDE, SIDE) / 16, digits.y
    parts = _parts(labels)
    test, choice = parts[fold], parts[(fold + 1) % FOLDS]
    train = np.concatenate([parts[(fold + i) % FOLDS] for i in (2, 3, 4)])
    if name == "digits":
        return Fold(
            images[train], labels[train], images[test], labels[test], images[test], images[choice], labels[choice]
        )  # fmt: skip
    rng = np.random.default_rng(fold)
    drawn = train[rng.integers(0, len(train), CLUTTERED_TRAINING_IMAGES)]
    scattered, _ = _place_on_photographs(rng, images[drawn], right=False)
    shown, strokes = _place_on_photographs(rng, images[test], right=True)
    kept, _ = _place_on_photographs(rng, images[choice], right=False)
    return Fold(scattered, labels[drawn], shown, labels[test], strokes, kept, labels[choice])


def _parts(labels):
    """Places of equal numbers of digits, every class dealt evenly."""
    order = np.lexsort((np.random.default_rng(0).random(len(labels)), labels))
    return [order[part::FOLDS][: len(labels) // FOLDS] for part in range(FOLDS)]


def _place_on_photographs(rng, digits, right):
    """Digits at random places as ink over random pieces of photographs; and the ink alone."""
    n = len(digits)
    ink, ground = np.zeros((n, WIDE, WIDE)), np.empty((n, WIDE, WIDE))
    for i, (row, column) in enumerate(rng.integers(0, WIDE - SIDE + 1, (n, 2))):
        ink[i, row : row + SIDE, column : column + SIDE] = digits[i]
    for i in range(n):
        photograph = _photographs()[rng.integers(2)]
        half = photograph.shape[1] // 2
        row, column = rng.integers(0, photograph.shape[0] - WIDE), rng.integers(0, half - WIDE)
        ground[i] = photograph[row : row + WIDE, column + right * half :][:, :WIDE]
    return (ink + (1 - ink) * BACKGROUND_LEVEL * ground).astype(np.float32), ink.astype(np.float32)


@functools.cache
def _photographs() -> tuple[np.ndarray, ...]:
    """Scikit-learn's two photographs, grey in [0, 1] and coarse."""
    from sklearn.datasets import load_sample_image  # a second of import time that only these need

    return tuple(
        load_sample_image(name).mean(-1)[::COARSE, ::COARSE] / 255 for name in ("china.jpg", "flower.jpg")
    )  # fmt: skip
