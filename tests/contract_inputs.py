"""Data for the contract tests: one sampler for each kind that a card may take, and what may be done to it.

An estimator that takes a known kind needs nothing here. A new kind needs a sampler in SAMPLERS, and an entry
below wherever it is not handled like an array of samples.
"""

from __future__ import annotations

import numpy as np

import entropylab as lab

N = 24  # enough for every default (k = 3, 3 classes), few enough to be fast


def _sign(rng, *shape):
    return rng.choice([-1.0, 1.0], shape)


def _mixture(rng):
    factors = rng.normal(size=(3, 2, 2)) * 0.3 + np.eye(2)
    weights = rng.uniform(0.5, 1.5, 3)
    return lab.Mixture(weights / weights.sum(), rng.normal(size=(3, 2)) * 2, factors @ factors.transpose(0, 2, 1))


def _pair(rng):
    x = rng.normal(size=N)
    return x, 0.7 * x + rng.normal(size=N)


def _triple(rng):
    given = rng.normal(size=N)
    return given + rng.normal(size=N), given + rng.normal(size=N), given


def _list(rng):
    x = rng.normal(size=(N, 3)) @ (np.eye(3) + 0.4)
    return ([x[:, 0], x[:, 1:]],)


def _boxes(rng):
    lows = rng.normal(size=(3, 2)) - 1
    return rng.normal(size=(N, 2)), lows, lows + rng.uniform(1, 2, (3, 2))


def _row(rng):
    weights = rng.uniform(0.2, 1.0, N)
    return (weights / weights.sum(),)


SAMPLERS = {
    "counts": lambda rng: (rng.poisson(4, 6) + 2,),
    "labels": lambda rng: (rng.integers(0, 3, 2 * N), rng.integers(0, 3, 2 * N)),
    "labels given": lambda rng: tuple(rng.integers(0, 3, (3, 2 * N))),
    # At least 0.05 from the threshold, so that soft and hard can meet; away from 0 and 1, so that steps stay inside.
    "states": lambda rng: (0.5 + _sign(rng, N, 3) * rng.uniform(0.05, 0.45, (N, 3)),),
    "samples": lambda rng: (rng.normal(size=N),),
    "samples reference": lambda rng: (rng.normal(size=(N, 2)), 1.5 * rng.normal(size=(N + 6, 2))),
    "pair": _pair,
    "pair given": _triple,
    "sample labels": lambda rng: (rng.normal(size=N) + np.arange(N) % 3, np.arange(N) % 3),
    "list": _list,
    "mixture": lambda rng: (_mixture(rng),),
    "points": lambda rng: (rng.normal(size=(N, 2)),),
    "points anchors": lambda rng: (rng.normal(size=(N, 2)), rng.normal(size=(4, 2))),
    "points halfspaces": lambda rng: (rng.normal(size=(N, 2)), rng.normal(size=(3, 2)), 0.3 * rng.normal(size=3)),
    "points boxes": _boxes,
    "rows": _row,
}

# How many leading arguments go through their rows together; the other ones, in order, each on its own.
PAIRED = {"labels": 2, "labels given": 3, "pair": 2, "pair given": 3, "sample labels": 2}


def sample(takes: str, seed: int = 0) -> tuple:
    """Arguments for an estimator that takes this kind."""
    if takes not in SAMPLERS:
        raise LookupError(f"the contract tests have no sampler for {takes!r}; add one to SAMPLERS.")
    return SAMPLERS[takes](np.random.default_rng(seed))


def is_real(x) -> bool:
    """An array (not labels, not a mixture) of floats."""
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def permuted(takes: str, args: tuple, seed: int = 1) -> tuple:
    """The same data in another order: of samples, symbols, components, anchors or keys."""
    rng = np.random.default_rng(seed)
    if takes == "mixture":
        m, order = args[0], rng.permutation(3)
        return (lab.Mixture(m.weights[order], m.centers[order], m.spreads[order], family=m.family),)
    if takes == "list":
        order = rng.permutation(N)
        return ([x[order] for x in args[0]],)
    if takes in ("points halfspaces", "points boxes"):
        order = rng.permutation(3)
        return args[0][rng.permutation(N)], args[1][order], args[2][order]
    together = PAIRED.get(takes, 1)
    order = rng.permutation(len(args[0]))
    alone = tuple(x[rng.permutation(len(x))] for x in args[together:])
    return tuple(x[order] for x in args[:together]) + alone


def moved(takes: str, args: tuple, scale: float, shift: float) -> tuple:
    """scale x + shift for every real-valued sample (and the anchors or references beside them)."""
    if takes == "mixture":
        m = args[0]
        width = scale**2 if m.family == "gaussian" else scale
        return (lab.Mixture(m.weights, m.centers * scale + shift, m.spreads * width, family=m.family),)
    if takes == "list":
        return ([x * scale + shift for x in args[0]],)
    if takes == "points halfspaces":
        points, normals, offsets = args
        return points * scale + shift, normals, offsets * scale + normals.sum(1) * shift
    return tuple(x * scale + shift if is_real(x) else x for x in args)


def dimension(takes: str, args: tuple) -> int:
    """By how many axes the entropy grows with log scale: the columns of the first argument, or of all in a list."""
    if takes == "mixture":
        return args[0].centers.shape[-1]
    first = args[0] if takes == "list" else args[:1]
    return sum(1 if x.ndim == 1 else x.shape[1] for x in first)


def in_the_plane(takes: str, seed: int = 0) -> tuple | None:
    """The same kind of data with (n, 2) arrays in place of (n,); None where the kind has no such form."""
    if takes not in ("samples", "pair", "pair given", "sample labels"):
        return None
    first, second = sample(takes, seed), sample(takes, seed + 1)
    return tuple(np.stack([a, b], axis=1) if is_real(a) else a for a, b in zip(first, second, strict=True))


def direction(takes: str, args: tuple, seed: int = 2):
    """A step for the derivative, in the shape of the arguments: None where they are not real-valued."""
    rng = np.random.default_rng(seed)
    if takes == "rows":  # stays on the simplex
        step = rng.normal(size=args[0].shape)
        return (step - step.mean(),)
    if takes == "mixture":  # weights keep their sum, covariances stay symmetric
        weights = rng.normal(size=3)
        spreads = rng.normal(size=(3, 2, 2))
        steps = weights - weights.mean(), rng.normal(size=(3, 2)), spreads + spreads.transpose(0, 2, 1)
        return (steps,)
    if takes == "list":
        return ([rng.normal(size=x.shape) for x in args[0]],)
    return tuple(rng.normal(size=x.shape) if is_real(x) else None for x in args)


def stepped(takes: str, args: tuple, step: tuple, size: float) -> tuple:
    """The arguments moved by size times the step."""
    if takes == "mixture":
        m, (weights, centers, spreads) = args[0], step[0]
        return (
            lab.Mixture(
                m.weights + size * weights, m.centers + size * centers, m.spreads + size * spreads, family=m.family
            ),
        )
    if takes == "list":
        return ([x + size * v for x, v in zip(args[0], step[0], strict=True)],)
    return tuple(x if v is None else x + size * v for x, v in zip(args, step, strict=True))


def wrong(takes: str, args: tuple) -> dict[str, tuple]:
    """Arguments that must be refused, by what is wrong with them."""
    if takes == "mixture":
        return {}
    if takes == "counts":
        return {
            "negative": (args[0] - 10,), "fractions": (args[0] + 0.5,), "two axes": (args[0][None],),
            "nothing": (args[0][:0],), "no observation": (args[0] * 0,),
        }  # fmt: skip
    cases = {}
    if takes == "list":
        x, y = args[0]
        return {"no arrays": ([],), "unpaired": ([x[:-1], y],), "NaN": ([_with_nan(x), y],)}
    if takes == "rows":
        return {"not normalised": (args[0] * 2,), "negative": (args[0] - 0.1,), "NaN": (_with_nan(args[0]),)}
    if takes == "states":
        cases |= {"outside [0, 1]": (args[0] + 1,), "one axis": (args[0][:, 0],)}
    for i, x in enumerate(args):
        replaced = lambda value, i=i: args[:i] + (value,) + args[i + 1 :]  # noqa: E731
        cases[f"three axes in argument {i}"] = replaced(x.reshape(*x.shape[:1], *(1,) * (3 - x.ndim), *x.shape[1:]))
        cases[f"nothing in argument {i}"] = replaced(x[:0])
        if is_real(x):
            cases[f"NaN in argument {i}"] = replaced(_with_nan(x))
        if 0 < i < PAIRED.get(takes, 1):
            cases[f"argument {i} shorter"] = replaced(x[:-1])
    return cases


def _with_nan(x):
    x = x.copy()
    x[(0,) * x.ndim] = np.nan
    return x
