"""Cells for a point set: anchors, halfspaces and boxes chosen from the points, and how many of them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from jaxtyping import Float, Real
from numpy.typing import ArrayLike

from entropylab.numerics.validation import check
from entropylab.numerics.validation.containers import as_numpy
from entropylab.numerics.validation.scales import host_extreme_powers

__all__ = ["choose_anchors", "choose_halfspaces", "choose_boxes", "kneedle_k"]

ANCHORS = ("k-means", "k-means++", "random")
NORMALS = ("principal", "margin", "random")
MAX_HALFSPACES = 10**6  # directions that are drawn or found at once
CORRECTED = 200  # points of each side that a separator is first fitted to; those it misplaces join


@check.check_knob_types
def choose_anchors(points: ArrayLike, k: int, *, method: str = "k-means", seed: int = 0) -> Float[np.ndarray, "k d"]:
    """Anchors for `ball_partition`, in the unit of the points.

    Parameters
    ----------
    points : array_like, shape (n, d) or (n,)
        Points.
    k : int
        Number of anchors.
    method : {'k-means', 'k-means++', 'random'}, default 'k-means'
        "k-means": Lloyd's iteration from k-means++ seeds until it converges. "k-means++": the seeds alone, drawn from
        the points one after the other with probability in proportion to the squared distance from those drawn before.
        "random": k different points.
    seed : int or numpy.random.Generator, default 0
        Seed of the draws.

    Returns
    -------
    numpy.ndarray, shape (k, d)
        The anchors.

    Raises
    ------
    ValueError
        For an unknown method, fewer different points than anchors, a seed that is no whole number below 2^32, NaN.

    Notes
    -----
    None of the methods minimises the entropy: that collapses, see `ball_partition`.

    References
    ----------
    Arthur and Vassilvitskii (2007). k-means++: the advantages of careful seeding. Lloyd (1982). Least squares
    quantization in PCM. Shihab, Akter and Sharma (2025). Differentiable entropy regularization for geometry and neural
    networks.

    Examples
    --------
    >>> import entropylab as lab
    >>> sorted(lab.choose_anchors([0.0, 0.2, 9.0, 9.2], 2).ravel().round(3).tolist())
    [0.1, 9.1]
    """
    points, power = _in_unit(check.as_numpy_samples("points", points, 1))
    _require_rule("method", method, ANCHORS)
    k, seed = _require_points("k", "anchors", points, k), _checked_seed(seed)
    return np.ldexp(_anchors(points, k, method, seed), power)


def _anchors(points, k, method, seed):
    if method == "random":
        distinct = np.unique(points, axis=0)
        return distinct[np.random.default_rng(seed).choice(len(distinct), k, replace=False)]
    # k-means squares the numbers: about their mean and in their own unit nothing cancels or overflows
    middle, unit = points.mean(0), np.abs(points - points.mean(0)).max() or 1.0
    inner = (points - middle) / unit
    from sklearn.cluster import kmeans_plusplus  # scikit-learn takes half a second to import

    seeds, _ = kmeans_plusplus(inner, k, random_state=seed)
    if method == "k-means":
        seeds = _lloyd(inner, seeds)
    return middle + unit * seeds


@check.check_knob_types
def choose_halfspaces(
    points: ArrayLike, m: int, *, method: str = "principal", seed: int = 0
) -> tuple[Float[np.ndarray, "m d"], Float[np.ndarray, " m"]]:
    """Halfspaces n . x >= b for `halfspace_partition`, in the unit of the points.

    Parameters
    ----------
    points : array_like, shape (n, d) or (n,)
        Points.
    m : int
        Number of halfspaces.
    method : {'principal', 'margin', 'random'}, default 'principal'
        "principal": the planes are assigned to the principal axes in turn; those of an axis cut the points into equal
        parts. "margin": the points fall into the fewest k-means groups that have m pairs; the m pairs with the nearest
        centres are each divided by the plane of largest margin between the two groups, which may cut through a third
        one. "random": directions uniform on the sphere, each plane halfway between two points chosen at random.
    seed : int or numpy.random.Generator, default 0
        Seed of the draws.

    Returns
    -------
    normals : numpy.ndarray, shape (m, d)
        Unit normals.
    offsets : numpy.ndarray, shape (m,)
        Offsets.

    Raises
    ------
    ValueError
        For an unknown method, points that are all the same, m below 1, a seed that is no whole number below 2^32, NaN.

    Notes
    -----
    No plane is laid through a point on purpose, where soft and hard would differ at every temperature. Appendix F.5 of
    Shihab et al. (2025) names the first two methods and specifies neither.

    References
    ----------
    Shihab, Akter and Sharma (2025). Differentiable entropy regularization for geometry and neural networks.

    Examples
    --------
    >>> import entropylab as lab
    >>> normals, offsets = lab.choose_halfspaces([[0.0, 0.0], [1.0, 0.0], [2.0, 0.1], [3.0, 0.1]], 1)
    >>> normals.shape, offsets.shape
    ((1, 2), (1,))
    """
    points, power = _in_unit(check.as_numpy_samples("points", points, 2))
    _require_rule("method", method, NORMALS)
    m = check.whole_number("m", m, 1, "3 halfspaces are a start.")
    if m > MAX_HALFSPACES:
        raise ValueError(f"m must be at most {MAX_HALFSPACES} halfspaces: got {_short(m)}; take fewer of them.")
    _require_points("groups", "halfspaces' groups", points, 2)
    normals, offsets = _halfspaces(points, m, method, _checked_seed(seed))
    return normals, np.ldexp(offsets, power)


def _halfspaces(points, m, method, seed):
    if method == "margin":
        return _bisectors(points, m, seed)
    if method == "random":
        rng = np.random.default_rng(seed)
        normals = rng.standard_normal((m, points.shape[1]))
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        pairs = np.array([rng.choice(len(points), 2, replace=False) for _ in range(m)])
        return normals, (normals * points[pairs].mean(1)).sum(1)
    axes = np.linalg.svd(points - points.mean(0), full_matrices=False)[2]
    axes *= np.where(axes[np.arange(len(axes)), np.abs(axes).argmax(1)] < 0, -1.0, 1.0)[:, None]  # one sign for all
    turn = np.arange(m) % len(axes)
    place, planes = np.arange(m) // len(axes), np.bincount(turn, minlength=len(axes))
    heights = points @ axes.T
    offsets = [_split_value(heights[:, a], (i + 1) / (planes[a] + 1)) for a, i in zip(turn, place, strict=True)]
    return axes[turn], np.array(offsets)


def choose_boxes(points: ArrayLike, m: int) -> tuple[Float[np.ndarray, "m d"], Float[np.ndarray, "m d"]]:
    """Boxes that divide the points among them, in the unit of the points.

    Parameters
    ----------
    points : array_like, shape (n, d) or (n,)
        Points.
    m : int
        Number of boxes.

    Returns
    -------
    lows, highs : numpy.ndarray, shape (m, d)
        Lower and upper corners.

    Raises
    ------
    ValueError
        For fewer different points than boxes, NaN.

    Notes
    -----
    The bounding box, widened by a twentieth, is cut m - 1 times: the box with the most points across its longest side,
    at their median there.

    Examples
    --------
    >>> import entropylab as lab
    >>> lows, highs = lab.choose_boxes([[0.0, 0.0], [1.0, 0.0], [5.0, 0.2], [6.0, 0.2]], 2)
    >>> bool((highs > lows).all())
    True
    """
    points, power = _in_unit(check.as_numpy_samples("points", points, 1))
    m = _require_points("m", "boxes", points, m)
    margin = 0.05 * (np.ptp(points, axis=0).max() or 1.0)
    found = [(points, points.min(0) - margin, points.max(0) + margin)]
    while len(found) < m:
        found.sort(key=lambda cell: -len(cell[0]))
        inside, low, high = found.pop(0)
        side = int(np.ptp(inside, axis=0).argmax())
        cut = _split_value(inside[:, side], 0.5)
        below, above = inside[:, side] < cut, inside[:, side] >= cut
        left, right = high.copy(), low.copy()
        left[side] = right[side] = cut
        found += [(inside[below], low, left), (inside[above], right, high)]
    return np.ldexp([low for _, low, _ in found], power), np.ldexp([high for *_, high in found], power)


def kneedle_k(sizes: ArrayLike, values: ArrayLike) -> int:
    """Index at which a rising, flattening curve bends most, without unit: farthest above the chord of its ends.

    Parameters
    ----------
    sizes : array_like, shape (s,)
        Increasing numbers of cells.
    values : array_like, shape (s,)
        The curve.

    Returns
    -------
    int
        The index.

    Raises
    ------
    ValueError
        For fewer than 3 points, sizes that do not increase, NaN.

    Notes
    -----
    Both axes are scaled to 0 .. 1, so neither unit matters. Every bent curve has an elbow: log k alone has one at (K -
    1) / log K, which is no property of the points. Called "maximum curvature" in appendix E.1 of Shihab et al. (2025).

    References
    ----------
    Satopaa, Albrecht, Irwin and Raghavan (2011). Finding a "kneedle" in a haystack.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.kneedle_k([1, 2, 3, 4, 5], [0.0, 1.0, 1.1, 1.2, 1.3])
    1
    """
    sizes, values = (as_numpy(name, x).astype(float) for name, x in (("sizes", sizes), ("values", values)))
    if sizes.ndim != 1 or sizes.shape != values.shape or len(sizes) < 3:
        raise ValueError(
            f"an elbow needs a curve of 3 points or more: got {sizes.shape} sizes and {values.shape} values; try more "
            "sizes."
        )
    check.require_finite("sizes", sizes)
    check.require_finite("values", values)
    if not (np.diff(sizes) > 0).all():
        raise ValueError(f"sizes must increase: got {sizes.tolist()}; sort them.")
    across = (sizes - sizes[0]) / (sizes[-1] - sizes[0])
    return int((values - values[0] - across * (values[-1] - values[0])).argmax())


def _lloyd(points, anchors):
    """Anchors moved to the means of the points nearest to them until no point changes its anchor.

    The sum of squares falls at every step, so no partition comes twice and this ends; an anchor without points stays.
    Plain: a library's threads take longer to wake than such steps take.
    """
    from scipy.spatial.distance import cdist

    before = np.full(len(points), -1)
    while ((cells := cdist(points, anchors, "sqeuclidean").argmin(1)) != before).any():
        members = np.zeros((len(anchors), len(points)))
        members[cells, np.arange(len(points))] = 1.0
        count = members.sum(1)[:, None]
        anchors = np.where(count > 0, members @ points / np.maximum(count, 1), anchors)
        before = cells
    return anchors


def _split_value(values: Real[np.ndarray, " n"], share: float) -> float:
    """A number with that share of the values below it, halfway between two of them where they differ."""
    ordered = np.sort(values)
    place = min(max(round(share * len(values)), 1), len(values) - 1)
    return float((ordered[place - 1] + ordered[place]) / 2)


def _bisectors(points, m, seed):
    """The planes of largest margin between the m nearest pairs of k-means groups."""
    groups = 2
    while groups * (groups - 1) // 2 < m:
        groups += 1
    _require_points("groups", "halfspaces' groups", points, groups)
    centers = _anchors(points, groups, "k-means", seed)
    group = ((points[:, None] - centers) ** 2).sum(-1).argmin(1)
    pairs = sorted(combinations(range(groups), 2), key=lambda pair: np.linalg.norm(centers[pair[0]] - centers[pair[1]]))
    found = [_separator(points[group == a], points[group == b], centers[b] - centers[a]) for a, b in pairs[:m]]
    return np.array([normal for normal, _ in found]), np.array([offset for _, offset in found])


def _separator(below: Real[np.ndarray, "a d"], above: Real[np.ndarray, "b d"], toward) -> tuple[np.ndarray, float]:
    """Unit normal and offset of the plane with the largest margin between two groups that a plane divides."""
    from sklearn.svm import SVC

    toward = toward / np.linalg.norm(toward)
    middle = (below.mean(0) + above.mean(0)) / 2
    unit = np.abs(np.concatenate([below, above]) - middle).max()
    below, above = (below - middle) / unit, (above - middle) / unit
    # only the points nearest to the other group can bear the plane; any that it then misplaces are taken along
    low = np.argsort(-(below @ toward))[:CORRECTED]
    high = np.argsort(above @ toward)[:CORRECTED]
    while True:
        chosen = np.concatenate([below[low], above[high]])
        fit = SVC(kernel="linear", C=1e6, tol=1e-4).fit(chosen, np.repeat([0, 1], [len(low), len(high)]))
        weight, bias = fit.coef_[0], fit.intercept_[0]
        late = [np.flatnonzero(below @ weight + bias > -0.99), np.flatnonzero(above @ weight + bias < 0.99)]
        grown = [np.union1d(old, new) for old, new in zip((low, high), late, strict=True)]
        if len(grown[0]) == len(low) and len(grown[1]) == len(high):
            length = np.linalg.norm(weight)
            return weight / length, float(unit * -bias / length + middle @ weight / length)
        low, high = grown


def _require_rule(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}: got {value!r}; choose one of them.")


def _in_unit(points):
    """`points` over a power of two where their squares would leave the float range, and the exponent."""
    power = host_extreme_powers(points)
    with np.errstate(under="ignore"):  # of coordinates far below the largest
        return np.ldexp(points, -power), power


def _checked_seed(seed) -> int:
    seed = check.whole_number("seed", seed, 0, "pass for instance 0.")
    if seed >= 2**32:
        raise ValueError(f"seed must be below 2^32: got {seed}; pass for instance 0.")
    return seed


def _short(number: int) -> str:
    return str(number) if number < 10**12 else f"a number of {number.bit_length()} bits"


def _require_points(name: str, what: str, points, wanted) -> int:
    """`wanted` as an int of at least 1 and at most the number of different points."""
    wanted = check.whole_number(name, wanted, 1, f"it is the number of {what}.")
    if len(points) < wanted or len(np.unique(points, axis=0)) < wanted:
        raise ValueError(
            f"{name}, the number of {what}, must be at most that of the different points: got {_short(wanted)} for "
            f"{len(np.unique(points, axis=0))}; take fewer {what}, or more points."
        )
    return wanted
