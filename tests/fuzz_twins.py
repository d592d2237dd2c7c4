"""The estimators from their formulas, in plain NumPy and rational arithmetic, as slow and plain as they come."""

from __future__ import annotations

import math
import tempfile
from fractions import Fraction
from pathlib import Path

import mpmath
import numpy as np
from scipy.special import digamma, gammaln
from scipy.stats import norm, rankdata


def _columns(x):
    x = np.asarray(x, dtype=float)
    return x[:, None] if x.ndim == 1 else x


def _apart(x, y=None, euclidean=False):
    """Distances between all rows; those of x to itself have an infinite diagonal."""
    x = _columns(x)
    steps = x[:, None] - (x if y is None else _columns(y))[None]
    table = np.sqrt((steps**2).sum(-1)) if euclidean else np.abs(steps).max(-1)
    if y is None:
        table[np.diag_indices(len(x))] = np.inf
    return table


def _ball(d, euclidean):
    return d / 2 * math.log(math.pi) - gammaln(d / 2 + 1) if euclidean else d * math.log(2)


def kozachenko_leonenko(x, k=3, euclidean=False):
    n, d = _columns(x).shape
    radii = np.sort(_apart(x, euclidean=euclidean), axis=1)[:, k - 1]
    return digamma(n) - digamma(k) + _ball(d, euclidean) + d * np.log(radii).mean()


def renyi(x, order, k=3, euclidean=False):
    n, d = _columns(x).shape
    radii = np.sort(_apart(x, euclidean=euclidean), axis=1)[:, k - 1]
    volumes = [mpmath.mpf(n - 1) * mpmath.exp(_ball(d, euclidean)) * mpmath.mpf(float(r)) ** d for r in radii]
    q = mpmath.mpf(order)
    mean = sum(mpmath.gamma(k) / mpmath.gamma(k + 1 - q) * v ** (1 - q) for v in volumes) / n
    return float(mpmath.log(mean) / (1 - q))


def tsallis(x, order, k=3):
    q = mpmath.mpf(order)
    return float((1 - mpmath.exp((1 - q) * mpmath.mpf(renyi(x, order, k)))) / (q - 1))


def _may_tie(radii, *spaces):
    """Whether a value repeats in a column, or three points have one distance to their k-th neighbour."""
    columns = [column for space in spaces for column in _columns(space).T]
    if any(len(np.unique(column)) < len(column) for column in columns):
        return True
    some = radii[:: max(1, len(radii) // 256)]
    return np.unique(some, return_counts=True)[1].max() > 2


def _step(k, inner, outer, share):
    """log of what a ball holds that grows from `inner` points to `outer` at once, the k-th among them."""
    return digamma(k) - math.log(share + (1 - share) * math.exp(digamma(k - inner) - digamma(outer - inner + 1)))


def _terms(ks, radii, joint, tables, weights, alone=False):
    """For every point psi(k) - sum w psi(c + 1), with ties as entropylab/numerics/neighbours/ties.py states them."""
    values, tied = [], []
    for k, r, row, rows in zip(ks, radii, joint, zip(*tables, strict=True), strict=True):
        inner, outer = (row < r).sum(), (row <= r).sum()
        nearer, nearly = [(t < r).sum() for t in rows], [(t <= r).sum() for t in rows]
        ties = outer > k or any(c - s > 1 for s, c in zip(nearer, nearly, strict=True))
        share = 1.0 if r > 0 else 0.0
        for s, c, w in zip(nearer, nearly, weights, strict=True):
            share *= ((s + 1) / (c + 1)) ** w
        held = _step(k, inner, outer, min(share, 1.0)) if ties else digamma(k)
        surplus = math.exp(digamma(outer + 1)) - math.exp(held) if alone else 0.0
        for s, c, w in zip(nearer, nearly, weights, strict=True):
            whole = math.log(math.exp(digamma(c + 1)) - surplus) if c - s > 1 else digamma(s + 1)
            held -= w * whole
        values.append(held)
        tied.append(ties)
    return np.array(values), np.array(tied)


def _untied(k, radii, tables, weights):
    return digamma(k) - sum(w * digamma((t < radii[:, None]).sum(1) + 1) for t, w in zip(tables, weights, strict=True))


def _kth(table, k):
    return np.sort(table, axis=1)[:, k - 1]


def ksg(x, y, k=3, variant=1):
    x, y = _columns(x), _columns(y)
    n = len(x)
    tables = [_apart(x), _apart(y)]
    joint = np.maximum(*tables)
    radii = _kth(joint, k)
    terms, tied = _terms([k] * n, radii, joint, tables, (1, 1))
    if variant == 1:
        plain = _untied(k, radii, tables, (1, 1))
    else:
        nearest = np.argsort(joint, axis=1, kind="stable")[:, :k]
        widths = [np.take_along_axis(t, nearest, 1).max(1, keepdims=True) for t in tables]
        plain = digamma(k) - 1 / k - sum(digamma((t <= w).sum(1)) for t, w in zip(tables, widths, strict=True))
        for table, width in zip(tables, widths, strict=True):
            tied |= (table == 0).any(1) | ((table == width).sum(1) != 1)
    return (np.where(tied & _may_tie(radii, x, y), terms, plain) + digamma(n)).mean()


def conditional_ksg(x, y, given, k=3):
    in_x, in_y, in_z = _apart(x), _apart(y), _apart(given)
    joint = np.maximum(np.maximum(in_x, in_y), in_z)
    radii, tables = _kth(joint, k), (np.maximum(in_x, in_z), np.maximum(in_y, in_z), in_z)
    if not _may_tie(radii, x, y, given):
        return _untied(k, radii, tables, (1, 1, -1)).mean()
    return _terms([k] * len(joint), radii, joint, tables, (1, 1, -1))[0].mean()


def conditional_entropy(y, given, k=3):
    d = _columns(y).shape[1]
    in_x = _apart(given)
    joint = np.maximum(_apart(y), in_x)
    radii = _kth(joint, k)
    if _may_tie(radii, given):
        terms = _terms([k] * len(joint), radii, joint, [in_x], (1,))[0]
    else:
        terms = _untied(k, radii, [in_x], (1,))
    return (d * math.log(2) + d * np.log(radii) - terms).mean()


def total_correlation(xs, k=3):
    tables = [_apart(x) for x in xs]
    n, m = len(tables[0]), len(xs)
    joint = np.maximum.reduce(tables)
    radii = _kth(joint, k)
    if _may_tie(radii, *xs):
        terms = _terms([k] * n, radii, joint, tables, (1,) * m)[0]
    else:
        terms = _untied(k, radii, tables, (1,) * m)
    return terms.mean() + (m - 1) * digamma(n)


def ross(x, labels, k=3):
    labels, table = np.asarray(labels), _apart(x)
    n = len(labels)
    within = np.where(labels[:, None] == labels, table, np.inf)
    members = np.array([(labels == label).sum() for label in labels])
    ranks = np.minimum(k, members - 1)
    radii = np.array([np.sort(row)[rank - 1] for row, rank in zip(within, ranks, strict=True)])
    if _may_tie(radii, x):
        terms = _terms(ranks, radii, within, [table], (1,), alone=True)[0]
    else:
        terms = _untied(ranks, radii, [table], (1,))
    return digamma(n) + (terms - digamma(members)).mean()


def density_of_points(x, reference, k=3):
    x = _columns(x)
    own = np.sort(_apart(x), axis=1)[:, k - 1]
    other = np.sort(_apart(x, reference), axis=1)[:, k - 1]
    return x.shape[1] * np.log(own / other).mean() + digamma(len(x)) - digamma(len(_columns(reference)) + 1)


def kde(x, bandwidth="scott", leave_one_out=False):
    x = _columns(x)
    n, d = x.shape
    if isinstance(bandwidth, str):
        factor = n ** (-1 / (d + 4)) if bandwidth == "scott" else (n * (d + 2) / 4) ** (-1 / (d + 4))
        cover = np.atleast_2d(np.cov(x.T)) * factor**2
    else:
        cover = np.eye(d) * bandwidth**2
    inverse, steps = np.linalg.inv(cover), x[:, None] - x[None]
    logs = -0.5 * np.einsum("ija,ab,ijb->ij", steps, inverse, steps)
    if leave_one_out:
        logs[np.diag_indices(n)] = -np.inf
    top = logs.max(1, keepdims=True)
    sums = top[:, 0] + np.log(np.exp(logs - top).sum(1))
    return -(sums - math.log(n - leave_one_out) - 0.5 * np.linalg.slogdet(2 * math.pi * cover)[1]).mean()


def histogram(x, bins=20):
    x = _columns(x)
    counts, edges = np.histogramdd(x, bins=bins)
    p = counts[counts > 0] / len(x)
    return -(p * np.log(p)).sum() + sum(math.log((e[-1] - e[0]) / bins) for e in edges)


def plugin(counts):
    p = [mpmath.mpf(int(c)) / int(sum(map(int, counts))) for c in counts if c]
    return float(-sum(q * mpmath.log(q) for q in p))


def discrete_mutual_information(x, y):
    table = np.array([[np.sum((x == a) & (y == b)) for b in np.unique(y)] for a in np.unique(x)])
    return plugin(table.sum(0)) + plugin(table.sum(1)) - plugin(table.ravel())


def quantised_entropy(x, width):
    x = _columns(x)
    _, counts = np.unique(np.floor(x / width), axis=0, return_counts=True)
    return plugin(counts) + x.shape[1] * math.log(width)


def gaussian(x):
    x = _columns(x)
    n, d = x.shape
    x = x - x.mean(0)
    return 0.5 * np.linalg.slogdet(x.T @ x / n)[1] + d / 2 * (1 + math.log(2 * math.pi))


def gaussian_corrected(x):
    x = _columns(x)
    n, d = x.shape
    x = x - x.mean(0)
    psi = sum(digamma((n - i) / 2) for i in range(1, d + 1))
    return 0.5 * np.linalg.slogdet(x.T @ x)[1] - 0.5 * psi + d / 2 * math.log(math.pi * math.e)


def gaussian_mutual_information(x, y):
    return gaussian(x) + gaussian(y) - gaussian(np.hstack([_columns(x), _columns(y)]))


def gaussian_copula_mutual_information(x, y):
    scores = [norm.ppf(np.apply_along_axis(rankdata, 0, _columns(z)) / (len(x) + 1)) for z in (x, y)]
    return gaussian_mutual_information(*scores)


def _held(x, m):
    x = np.sort(np.ravel(x))
    i = np.arange(len(x))
    return x, i, x[np.minimum(i + m, len(x) - 1)] - x[np.maximum(i - m, 0)]


def vasicek(x, m):
    x, i, gaps = _held(x, m)
    return np.log(len(x) / (2 * m) * gaps).mean()


def ebrahimi(x, m):
    x, i, gaps = _held(x, m)
    return np.log(len(x) / ((1 + np.minimum(1, np.minimum(i, len(x) - 1 - i) / m)) * m) * gaps).mean()


def van_es(x, m):
    x = np.sort(np.ravel(x))
    n = len(x)
    spread = np.log((n + 1) / m * (x[m:] - x[:-m])).mean()
    return spread + sum(1 / k for k in range(m, n + 1)) + math.log(m / (n + 1))


def correa(x, m):
    x = np.sort(np.ravel(x))
    n, j, terms = len(x), np.arange(-m, m + 1), []
    for i in range(n):
        window = x[np.clip(i + j, 0, n - 1)] - x[i]
        step = window - window.mean()
        terms.append(math.log((j * step).sum() / (n * (step**2).sum())))
    return -np.mean(terms)


def hausdorff(a, b):
    table = _apart(a, b, euclidean=True)
    return max(table.min(0).max(), table.min(1).max())


def chamfer(a, b):
    table = _apart(a, b, euclidean=True) ** 2
    return table.min(0).mean() + table.min(1).mean()


def hull_area(points):
    """Gift wrapping and the shoelace formula in rational arithmetic."""
    at = sorted({tuple(map(Fraction, map(float, p))) for p in points})
    turn = lambda o, a, b: (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])  # noqa: E731
    chains = []
    for order in (at, at[::-1]):
        chain = []
        for p in order:
            while len(chain) > 1 and turn(chain[-2], chain[-1], p) <= 0:
                chain.pop()
            chain.append(p)
        chains += chain[:-1]
    return float(sum(a[0] * b[1] - a[1] * b[0] for a, b in zip(chains, chains[1:] + chains[:1], strict=True)) / 2)


def _entropy(p):
    p = np.asarray(p)
    return -(p[p > 0] * np.log(p[p > 0])).sum()


def _softmax(z):
    z = np.exp(z - z.max(1, keepdims=True))
    return z / z.sum(1, keepdims=True)


def ball_partition(points, anchors, sharpness=10.0):
    return _entropy(_softmax(-sharpness * _apart(points, anchors, euclidean=True) ** 2).mean(0))


def slab_partition(points, normals, offsets, sharpness=10.0):
    return _entropy(_softmax(-sharpness * np.abs(points @ normals.T - offsets)).mean(0))


def halfspace_partition(points, normals, offsets, temperature=0.1):
    z = (points @ normals.T - offsets) / temperature
    on = np.where(z > 0, 1, np.exp(np.minimum(z, 0))) / (1 + np.exp(-np.abs(z)))
    off = np.where(z < 0, 1, np.exp(np.minimum(-z, 0))) / (1 + np.exp(-np.abs(z)))
    bits = (np.arange(2 ** z.shape[1])[:, None] >> np.arange(z.shape[1])) & 1
    return _entropy([np.where(b, on, off).prod(1).mean() for b in bits])


def attention_entropy_from_qk(queries, keys, scale):
    z = _softmax(scale * (np.asarray(queries) @ np.asarray(keys).T))
    return np.array([_entropy(row) for row in z])


def soft_match(states, temperature=10.0, bandwidth=0.5):
    soft = 1 / (1 + np.exp(-temperature * (states - 0.5)))
    return -np.log(np.exp(-(_apart_squared(soft)) / (2 * bandwidth**2)).mean(1)).mean()


def _apart_squared(x):
    return ((x[:, None] - x[None]) ** 2).sum(-1)


def file(content, name):
    """A file of this name with these bytes or this text, in a folder of its own."""
    place = Path(tempfile.mkdtemp(prefix="fuzz-")) / name
    place.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return place
