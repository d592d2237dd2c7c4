"""Entropies of one-dimensional samples from the gaps between their order statistics."""

from __future__ import annotations

import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from scipy.special import digamma

from entropylab.estimators.card import estimator
from entropylab.knobs import Knob
from entropylab.numerics import check

__all__ = ["correa", "ebrahimi", "van_es", "vasicek"]

WINDOW = Knob(
    r"m", "Gaps span m order statistics to each side: wide windows smooth the density, narrow ones are noisy.",
    7, stops=(1, 2, 3, 5, 7, 10, 15, 20, 30, 50), name="window",
)  # fmt: skip


def _local_vasicek(x: Float[Array, "n ..."], *, window: int | None = None) -> Float[Array, " n"]:
    """log(n / 2m (x_(i+m) - x_(i-m))) in the order of the sorted sample, in nats."""
    return _vasicek_terms(*_ordered("vasicek", x, window))


@estimator(
    quantity="differential entropy",
    takes="samples",
    formula=r"\hat h = \frac{1}{n} \sum_{i=1}^{n} \log \frac{n}{2m} \left(x_{(i+m)} - x_{(i-m)}\right)",
    reference="vasicek1976",
    bias="down, by O(m / n) at the ends and O(1 / m) inside",
    cost="n log n",
    differentiable=True,
    kind="traced",
    law="differential",
    knobs={"window": WINDOW},
    local=_local_vasicek,
)
def vasicek(x: Float[Array, "n ..."], *, window: int | None = None) -> Float[Array, ""]:
    """Vasicek's spacing estimate of the differential entropy of a one-dimensional sample, in nats.

    Order statistics beyond the ends are the ends themselves. `window` is m, with 1 <= m < n / 2;
    None means floor(sqrt(n) + 1/2). Low by O(m / n) from the two ends and O(1 / m) from the noise of a gap.
    Warns of tied values, which pull it down. ValueError for more than one column, for a window out of
    range, and for ties that leave a gap of length 0. Source: Vasicek, J. R. Stat. Soc. B 38 (1976).
    """
    return _vasicek_terms(*_ordered("vasicek", x, window)).mean()


@estimator(
    quantity="differential entropy",
    takes="samples",
    formula=r"\hat h = \frac{1}{n-m} \sum_{i=1}^{n-m} \log \frac{n+1}{m} \left(x_{(i+m)} - x_{(i)}\right)"
    r" + \sum_{k=m}^{n} \frac{1}{k} + \log \frac{m}{n+1}",
    reference="vanes1992",
    bias="O(m / n) from the ends, left uncorrected; the noise of a gap is corrected",
    cost="n log n",
    differentiable=True,
    kind="traced",
    law="differential",
    knobs={"window": WINDOW},
)
def van_es(x: Float[Array, "n ..."], *, window: int | None = None) -> Float[Array, ""]:
    """van Es's spacing estimate of the differential entropy of a one-dimensional sample, in nats.

    One-sided gaps of m order statistics, no padding at the ends, and the bias of log gap removed.
    `window`, warnings and errors as in `vasicek`. Source: van Es, Scand. J. Stat. 19 (1992).
    """
    x, m = _ordered("van_es", x, window)
    n = x.shape[0]
    harmonic = float(digamma(n + 1) - digamma(m))  # sum_{k=m}^{n} 1/k
    return jnp.log((n + 1) / m * (x[m:] - x[:-m])).mean() + (harmonic + math.log(m) - math.log(n + 1))


def _local_ebrahimi(x: Float[Array, "n ..."], *, window: int | None = None) -> Float[Array, " n"]:
    """log(n / (c_i m) (x_(i+m) - x_(i-m))) in the order of the sorted sample, in nats."""
    return _ebrahimi_terms(*_ordered("ebrahimi", x, window))


@estimator(
    quantity="differential entropy",
    takes="samples",
    formula=r"\hat h = \frac{1}{n} \sum_{i=1}^{n} \log \frac{n}{c_i m} \left(x_{(i+m)} - x_{(i-m)}\right),"
    r"\quad c_i = 1 + \min\left(1, \frac{i-1}{m}, \frac{n-i}{m}\right)",
    reference="ebrahimi1994",
    bias="down by O(1 / m); less than Vasicek's at the ends",
    cost="n log n",
    differentiable=True,
    kind="traced",
    law="differential",
    knobs={"window": WINDOW},
    local=_local_ebrahimi,
)
def ebrahimi(x: Float[Array, "n ..."], *, window: int | None = None) -> Float[Array, ""]:
    """Ebrahimi's spacing estimate of the differential entropy of a one-dimensional sample, in nats.

    Vasicek's gaps, each divided by the number c_i m of spacings it really holds near the ends.
    `window`, warnings and errors as in `vasicek`. Source: Ebrahimi, Pflughoeft and Soofi,
    Stat. Probab. Lett. 20 (1994).
    """
    return _ebrahimi_terms(*_ordered("ebrahimi", x, window)).mean()


def _local_correa(x: Float[Array, "n ..."], *, window: int | None = None) -> Float[Array, " n"]:
    """-log(n b_i), b_i the slope of rank on value around i, in the order of the sorted sample, in nats."""
    return _correa_terms(*_ordered("correa", x, window))


@estimator(
    quantity="differential entropy",
    takes="samples",
    formula=r"\hat h = -\frac{1}{n} \sum_{i=1}^{n} \log \frac{\sum_{j=-m}^{m} j\, (x_{(i+j)} - \bar x_i)}"
    r"{n \sum_{j=-m}^{m} (x_{(i+j)} - \bar x_i)^2}",
    reference="correa1995",
    bias="down, by less than Vasicek's",
    cost="n m",
    differentiable=True,
    kind="traced",
    law="differential",
    knobs={"window": WINDOW},
    local=_local_correa,
)
def correa(x: Float[Array, "n ..."], *, window: int | None = None) -> Float[Array, ""]:
    """Correa's spacing estimate of the differential entropy of a one-dimensional sample, in nats.

    The density at each order statistic is the regression slope of rank / n on value over its 2m + 1
    neighbours; beyond the ends the ends repeat. `window`, warnings and errors as in `vasicek`.
    Source: Correa, Commun. Stat. Theory Methods 24 (1995).
    """
    return _correa_terms(*_ordered("correa", x, window)).mean()


@partial(jax.jit, static_argnums=1)
def _vasicek_terms(x, m):
    n = x.shape[0]
    return jnp.log(n / (2 * m) * _gaps(x, m))


@partial(jax.jit, static_argnums=1)
def _ebrahimi_terms(x, m):
    n = x.shape[0]
    i = np.arange(n)
    ends = 1 + np.minimum(1, np.minimum(i, n - 1 - i) / m)
    return jnp.log(n * _gaps(x, m) / jnp.asarray(ends * m, x.dtype))


@partial(jax.jit, static_argnums=1)
def _correa_terms(x, m):
    # Divided by a power of two near the range, which is exact, no square leaves the range of the numbers.
    _, exponent = jnp.frexp(x[-1] - x[0])
    cross, squares = _window_sums(jnp.ldexp(x, -exponent), m)
    return jnp.log(x.shape[0] * squares) - jnp.log(cross) + math.log(2) * exponent.astype(x.dtype)


def _gaps(x, m):
    """x_(i+m) - x_(i-m), indices held at the ends."""
    padded = jnp.pad(x, m, mode="edge")
    return padded[2 * m :] - padded[: -2 * m]


# Correa's window sums are O(n m) work in O(n) memory: a loop over the distance in rank, forward and backward.


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def _window_sums(x, m):
    """sum_j j x_(i+j) and sum_j (x_(i+j) - mean)^2 over j = -m..m, indices held at the ends."""
    return _window_sums_forward(x, m)[0]


@partial(jax.jit, static_argnums=1)
def _window_sums_forward(x, m):
    n = x.shape[0]
    padded = jnp.pad(x, m, mode="edge")

    def add(j, sums):
        cross, first, second = sums
        # Differences from x_(i) itself: nothing cancels, wherever the data lie.
        up = jax.lax.dynamic_slice(padded, (m + j,), (n,)) - x
        down = jax.lax.dynamic_slice(padded, (m - j,), (n,)) - x
        return cross + j * (up - down), first + (up + down), second + (up**2 + down**2)

    cross, first, second = jax.lax.fori_loop(1, m + 1, add, (jnp.zeros_like(x),) * 3)
    return (cross, second - first**2 / (2 * m + 1)), (x, first / (2 * m + 1))


@partial(jax.jit, static_argnums=0)
def _window_sums_backward(m, kept, cotangents):
    """Every window gives j a_i + 2 b_i (x_(i+j) - mean_i) to the value at i + j, a and b the cotangents."""
    x, offset = kept
    a, b = cotangents
    n = x.shape[0]
    padded = jnp.pad(x, m, mode="edge")
    centre = x + offset

    def add(j, total):
        pull = j.astype(x.dtype) * a + 2 * b * (jax.lax.dynamic_slice(padded, (m + j,), (n,)) - centre)
        here = jax.lax.dynamic_slice(total, (m + j,), (n,))
        return jax.lax.dynamic_update_slice(total, here + pull, (m + j,))

    total = jax.lax.fori_loop(-m, m + 1, add, jnp.zeros_like(padded))
    inside = total[m : n + m]
    return (inside.at[0].add(total[:m].sum()).at[-1].add(total[n + m :].sum()),)


_window_sums.defvjp(_window_sums_forward, _window_sums_backward)


def _ordered(name: str, x, window: int | None) -> tuple[Float[Array, " n"], int]:
    """The sorted sample and the window, checked."""
    x = check.samples("x", x, minimum=3)
    n, d = x.shape
    if d != 1:
        raise ValueError(
            f"{name} takes one-dimensional samples: got {d} columns; use kozachenko_leonenko or kde, or one column."
        )
    m = math.floor(math.sqrt(n) + 0.5) if window is None else window
    if isinstance(m, bool) or m != m // 1 or not 1 <= m < n / 2:
        raise ValueError(
            f"{name} needs a whole window m with 1 <= m < n / 2: got m={m} for n={n} samples; "
            "pass a smaller window, or add samples."
        )
    m = int(m)
    if check.is_traced(x):
        return jnp.sort(x[:, 0]), m
    x = np.sort(np.asarray(x[:, 0]))  # NumPy's sort is tens of times faster than XLA's on a CPU
    _check_ties(name, x, m)
    return jnp.asarray(x), m


def _check_ties(name, x, m):
    tied = x[1:] == x[:-1]
    if not tied.any():
        return
    # The shortest gaps used: m apart for van_es and at the ends of the others, 2m apart inside.
    zero = (x[m:] == x[:-m]).any() if name == "van_es" else x[m] == x[0] or x[-1] == x[-1 - m]
    if zero or (x[2 * m :] == x[: -2 * m]).any():
        raise ValueError(
            f"{name} met a gap of length 0: some values repeat so often that a window m={m} spans only copies of one; "
            "the estimate would be -inf. Widen the window, or treat the data as discrete (plugin of count_labels)."
        )
    check.warn(
        f"{name}: {int(tied.sum())} of {len(x)} values repeat another; samples of a density never tie, and every tie "
        "pulls the estimate down (for rounded data without bound as n grows)."
    )
