"""One data set under every convention met in public packages: how far the answers part, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from entropylab.estimators.knn.kozachenko_leonenko import kozachenko_leonenko
from entropylab.estimators.knn.ksg import ksg
from entropylab.inference.convention_rows import ENTROPY, INFORMATION, Convention, Sample
from entropylab.numerics.neighbours.search import kth_distances, range_counts
from entropylab.numerics.validation import check

if TYPE_CHECKING:
    import xarray

__all__ = ["audit"]


def _resolve(space, eps):
    """Numbers between x - eps and x + eps in sorted order, the point itself among them."""
    if space.shape[1] > 1:
        return np.full(len(space), -1)
    line = np.sort(space[:, 0])
    above = np.searchsorted(line, space[:, 0] + eps, side="left")
    return above - np.searchsorted(line, space[:, 0] - eps, side="right")


def _interval_counts(s):
    if max(s.x.shape[1], s.y.shape[1]) > 1:
        return np.nan  # an interval needs a line
    return s.counted(lambda space: _resolve(space, s.eps))


def _round_joint(s):
    eps = kth_distances(np.hstack([s.x, s.y]), s.k, "euclidean")[:, -1]
    return s.counted(lambda space: range_counts(space, eps) + 1)


def _standardised(space, random):
    spread = space.std(0)
    return space / np.where(spread > 0, spread, 1.0)


def _standardised_with_noise(space, random):
    scaled = _standardised(space, random)
    size = 1e-10 * np.maximum(1, np.abs(scaled).mean(0))
    return scaled + size * random.normal(size=space.shape)


CONVENTIONS = (
    Convention(
        "strictly nearer", INFORMATION, "nats", "right", "Kraskov's MILCA, EntropyLab",
        "Counts |x_j - x_i| < eps_i, differences compared as they are: the estimate of Kraskov et al. (2004), "
        "equation 8; where values repeat, as ksg counts them.",
        lambda s: ksg(s.x, s.y, k=s.k) if s.repeats else s.counted(lambda space: range_counts(space, s.eps) + 1),
    ),
    Convention(
        "tightest rectangles", INFORMATION, "nats", "right", "Kraskov's MILCA (variant 2), EntropyLab",
        "Equation 9 of the same paper: a neighbourhood of its own width in x and in y. Less bias, more noise.",
        lambda s: ksg(s.x, s.y, k=s.k, variant=2),
    ),
    Convention(
        "boundary counted", INFORMATION, "nats", "wrong", "dit 2.3, entropy_estimators",
        "Counts <= eps_i, so the k-th neighbour itself enters the count of the variable that set eps_i: low by the "
        "mean of 1 / (n + 1) over those counts n.",
        lambda s: s.counted(lambda space: range_counts(space, s.eps, strict=False) + 1),
    ),
    Convention(
        "itself counted twice", INFORMATION, "nats", "wrong", "unite_toolbox",
        "A count that holds the point itself already gets the 1 of psi(n + 1) again: low by the mean of "
        "1 / (n_x + 1) + 1 / (n_y + 1).",
        lambda s: s.counted(lambda space: range_counts(space, s.eps) + 2),
    ),
    Convention(
        "radius less 1e-15", INFORMATION, "nats", "at some scales", "NPEET",
        "Counts <= eps_i - 1e-15 to mean < eps_i. From eps_i = 16 up half a unit in its last place is larger "
        "than that, nothing is taken off, and the boundary is counted; where eps_i is near 1e-15 too much is.",
        lambda s: s.counted(lambda space: range_counts(space, s.eps - 1e-15, strict=False) + 1),
        fits_repeats=False,
    ),
    Convention(
        "interval looked up", INFORMATION, "nats", "at some scales", "counts by searchsorted",
        "Looks up x_i - eps_i and x_i + eps_i among the sorted values: where a sum is rounded outwards, the k-th "
        "neighbour falls inside. For one column each.",
        _interval_counts,
        fits_repeats=False,
    ),
    Convention(
        "noise of 1e-10 added", INFORMATION, "nats", "at some scales", "NPEET",
        "Breaks ties without a word. Harmless for spreads near 1; data in units of 1e-10 drown in it.",
        lambda s: s.changed(lambda space, random: space + 1e-10 * random.uniform(size=space.shape)),
    ),
    Convention(
        "standardised first", INFORMATION, "nats", "right", "JIDT, scikit-learn",
        "Each column divided by its standard deviation, which changes no mutual information: neighbours weigh the "
        "columns alike, so the finite-sample error differs.",
        lambda s: s.changed(_standardised),
    ),
    Convention(
        "standardised, noise, clamped", INFORMATION, "nats", "wrong", "scikit-learn",
        "Standardised, noise of 1e-10 added, and values below 0 set to 0: the noise hides repeats, and without "
        "negative values the mean over independent data is above 0.",
        lambda s: max(0.0, s.changed(_standardised_with_noise)),
    ),
    Convention(
        "clamped at 0", INFORMATION, "nats", "wrong", "scikit-learn",
        "Negative estimates are noise around 0 and tell how large it is; set to 0 they make the mean over "
        "independent data positive.",
        lambda s: max(0.0, ksg(s.x, s.y, k=s.k)),
    ),
    Convention(
        "round balls in the joint space", INFORMATION, "nats", "wrong", "Euclidean searches",
        "eps_i from the Euclidean distance of (x, y), counts by coordinate: the squares counted are not the balls "
        "searched, and more points are counted than belong to them. Low.",
        _round_joint,
    ),
    Convention(
        "in bits", INFORMATION, "bits", "other unit", "NPEET",
        "The same divided by log 2.",
        lambda s: ksg(s.x, s.y, k=s.k) / np.log(2),
    ),
    Convention(
        "in decimal digits", INFORMATION, "dits", "other unit", "log10 in the place of ln",
        "The same divided by log 10.",
        lambda s: ksg(s.x, s.y, k=s.k) / np.log(10),
    ),
    Convention(
        "neighbours in a cube", ENTROPY, "nats", "right", "NPEET, EntropyLab",
        "Kozachenko and Leonenko's estimate with the largest difference of any coordinate; the cube of radius eps "
        "has volume (2 eps)^d.",
        lambda s: kozachenko_leonenko(s.x, k=s.k),
    ),
    Convention(
        "neighbours in a round ball", ENTROPY, "nats", "right", "EntropyLab (norm=\"euclidean\")",
        "The same with Euclidean distances and the volume of the round ball: another finite-sample error. In one "
        "dimension the two are one.",
        lambda s: kozachenko_leonenko(s.x, k=s.k, norm="euclidean"),
    ),
    Convention(
        "distance taken for a diameter", ENTROPY, "nats", "wrong", "volumes without 2^d",
        "The volume eps^d in the place of (2 eps)^d: low by d log 2.",
        lambda s: kozachenko_leonenko(s.x, k=s.k) - s.x.shape[1] * np.log(2),
    ),
    Convention(
        "round ball with 2^d", ENTROPY, "nats", "wrong", "mixtures of both conventions",
        "The volume of the round ball of radius eps times 2^d, which belongs to the cube: high by d log 2.",
        lambda s: kozachenko_leonenko(s.x, k=s.k, norm="euclidean") + s.x.shape[1] * np.log(2),
    ),
    Convention(
        "entropy clamped at 0", ENTROPY, "nats", "wrong", "hoi",
        "Differential entropy is negative wherever a density exceeds 1: U(0, 0.1) has log 0.1 = -2.303.",
        lambda s: max(0.0, kozachenko_leonenko(s.x, k=s.k)),
    ),
    Convention(
        "entropy in bits", ENTROPY, "bits", "other unit", "NPEET",
        "The same divided by log 2.",
        lambda s: kozachenko_leonenko(s.x, k=s.k) / np.log(2),
    ),
)  # fmt: skip


def audit(x: ArrayLike, y: ArrayLike, *, k: int = 3, seed: int = 0) -> xarray.Dataset:
    """Estimates of the same samples by every convention in use, each in its own unit, with the reason they differ.

    Parameters
    ----------
    x, y : array_like, shape (n,) or (n, d)
        Samples, row by row from the joint density.
    k : int, default 3
        Number of neighbours.
    seed : int or numpy.random.Generator, default 0
        Seed of the noise that some conventions add.

    Returns
    -------
    xarray.Dataset
        One row (dimension `convention`) for every convention: `estimate`, `difference` from the first row of its
        quantity, and as coordinates `quantity`, `unit`, `verdict` ("right", "other unit", "at some scales", "wrong"),
        `met_in`, the packages it was seen in, and `reason`.

    Raises
    ------
    ValueError
        As `ksg` and `kozachenko_leonenko`, and for a seed below 0.

    Warns
    -----
    EstimateWarning
        As `ksg` and `kozachenko_leonenko`.

    Notes
    -----
    All numbers come from the formulas, none from those packages. A convention for one column is NaN for more. Verdicts
    are those for the data given: formulas for densities are "wrong" for values that repeat.

    Examples
    --------
    >>> import numpy as np
    >>> import entropylab as lab
    >>> x, y = np.random.default_rng(0).normal(size=(2, 200))
    >>> "wrong" in lab.audit(x, y).verdict.values
    True
    """
    import xarray  # here, because it would make `import entropylab` a fifth slower for those who audit nothing

    x, y = check.as_numpy_samples("x", x), check.as_numpy_samples("y", y)
    check.require_same_length(x=x, y=y)
    sample = Sample(
        x,
        y,
        check.require_neighbour_count("audit", k, len(x)),
        check.whole_number("seed", check.draw_seed(seed), 0, "0 is the default."),
    )
    ksg(x, y, k=k)  # warns, once, of what the data do to all rows below
    with check.suppress_warnings():
        estimates = np.array([convention.value(sample) for convention in CONVENTIONS])
    first = {}
    for convention, estimate in zip(CONVENTIONS, estimates, strict=True):
        first.setdefault(convention.quantity, estimate)
    references = np.array([first[convention.quantity] for convention in CONVENTIONS])
    coordinates = {
        key: ("convention", [getattr(convention, key) for convention in CONVENTIONS])
        for key in ("quantity", "unit", "met_in")
    }
    said = [convention.verdict_on(sample) for convention in CONVENTIONS]
    coordinates |= {key: ("convention", [one[i] for one in said]) for i, key in enumerate(("verdict", "reason"))}
    return xarray.Dataset(
        {"estimate": ("convention", estimates), "difference": ("convention", estimates - references)},
        coords={"convention": [convention.name for convention in CONVENTIONS], **coordinates},
        attrs={"samples": len(x), "k": sample.k, "seed": sample.seed},
    )
