"""Reproducibility entropy of binary patterns: soft (differentiable) and hard (counted)."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpy.typing import ArrayLike

from entropylab.estimators.card import estimator
from entropylab.kernels.simd.to_jax import to_jax
from entropylab.knobs import BANDWIDTH, TEMPERATURE, Knob
from entropylab.numerics.discrete.relaxations import kernel_scale, sigmoid_step
from entropylab.numerics.kernel_sums.pairwise import log_kernel_sums_concrete, log_kernel_sums_padded
from entropylab.numerics.kernel_sums.tiles import padded
from entropylab.numerics.validation import check, ranges
from entropylab.numerics.validation.containers import as_real_array
from entropylab.numerics.validation.tracing import keep_float64

__all__ = ["soft_binarize", "soft_match", "soft_counts", "pattern_entropy", "pattern_counts"]

NARROWEST = 1e-10  # bandwidth for which compiled code of the host is asked: its squares are taken in float32
THRESHOLD = Knob(r"\theta", "States at or above it count as 1.", 0.5, 0.01, 0.99, name="threshold")


@keep_float64
@check.check_knob_types
def soft_binarize(states: ArrayLike, *, temperature: float = 10.0) -> Float[Array, "n d"]:
    """Soft patterns sigma(T (s - 1/2)), from 0 to 1, without unit.

    Parameters
    ----------
    states : array_like, shape (n, d)
        States, from 0 to 1.
    temperature : float, default 10.0
        T, above 0.

    Returns
    -------
    jax.Array, shape (n, d)
        The soft patterns.

    Raises
    ------
    ValueError
        For shapes other than (n, d), states outside [0, 1], NaN, a temperature that is not above 0.

    Notes
    -----
    The hard counterpart is s >= 1/2; at a state of exactly 0 or 1 the soft value differs from it by sigma(-T / 2).

    References
    ----------
    The note on reproducibility entropy, step A.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.soft_binarize([[0.5, 1.0]], temperature=1000.0).tolist()
    [[0.5, 1.0]]
    """
    states = checked_states(states, minimum=1)
    _positive(states.dtype, temperature=temperature)
    return _binarize(states, temperature)


def _local(states, *, temperature=10.0, bandwidth=0.5):
    """-log(C_i / n) of every sample in nats, C_i its soft count."""
    given = checked_states(states)
    _positive(given.dtype, temperature=temperature, bandwidth=bandwidth)
    states, n = pad_to_bucket(given)
    known = _concrete_surprises(states, given.shape, temperature, bandwidth)
    return _surprises(states, n, temperature, bandwidth)[:n] if known is None else jnp.asarray(known, states.dtype)


@estimator(
    quantity="entropy",
    takes="states",
    formula=r"\hat H = -\frac{1}{n} \sum_{i=1}^{n} \log \frac{1}{n} \sum_{j=1}^{n}"
    r" \exp\left(-\frac{\lVert \tilde s_i - \tilde s_j \rVert^2}{2 \sigma^2}\right)",
    reference="leinster2012",
    bias="negative for decided states (patterns leak into their neighbours); positive where states jitter",
    cost="n^2 d",
    differentiable=True,
    kind="traced",
    relaxes="pattern_entropy",
    knobs={"temperature": TEMPERATURE, "bandwidth": BANDWIDTH},
    aliases=("soft reproducibility entropy",),
    local=_local,
)
def soft_match(states: ArrayLike, *, temperature: float = 10.0, bandwidth: float = 0.5) -> float | Float[Array, ""]:
    """Soft reproducibility entropy in nats: the mean of -log(C_i / n) over samples.

    Parameters
    ----------
    states : array_like, shape (n, d)
        States of n samples of d cells, from 0 to 1; at least 2 samples.

    Returns
    -------
    float or jax.Array
        The estimate in nats: 0 when all patterns agree, log n when none do; a JAX scalar for JAX arrays.

    Raises
    ------
    ValueError
        For wrong shapes, fewer than 2 samples, NaN, states outside [0, 1], knobs that are not above 0 or out of the
        range of the type of the states.

    Notes
    -----
    C_i = sum_j exp(-|x_i - x_j|^2 / (2 sigma^2)) counts the samples that show pattern i, with x =
    soft_binarize(states): sections 2 to 4 of the note on reproducibility entropy, the similarity-sensitive diversity of
    order 1 of [1]_. Differentiable in states, temperature and bandwidth; memory O(n d). Low for states of exactly 0 or
    1: patterns that differ in h cells still count kappa^h, kappa = exp(-tanh(T/4)^2 / (2 sigma^2)). High by up to (d/2)
    log(1 + 2 v / sigma^2) where a cell of one pattern varies by v. Undecided cells (s near 1/2) make it far too low at
    small T.

    Examples
    --------
    Two patterns, equally frequent, in a narrow kernel: one bit.

    >>> import math
    >>> import entropylab as lab
    >>> round(lab.soft_match([[0, 0], [1, 1]], temperature=100.0, bandwidth=0.1) - math.log(2), 9) + 0.0
    0.0
    """
    given = checked_states(states)
    _positive(given.dtype, temperature=temperature, bandwidth=bandwidth)
    states, n = pad_to_bucket(given)
    known = _concrete_surprises(states, given.shape, temperature, bandwidth)
    if known is None:
        return mean_surprisal(states, n, temperature, bandwidth)
    return to_jax(np.float32(known.mean()))


@keep_float64
@check.check_knob_types
def soft_counts(states: ArrayLike, *, temperature: float = 10.0, bandwidth: float = 0.5) -> Float[Array, " n"]:
    """Soft number of samples that show the pattern of each sample, from 1 to n, without unit.

    Parameters
    ----------
    states : array_like, shape (n, d)
        States of n samples of d cells, from 0 to 1; at least 2 samples.
    temperature : float, default 10.0
        As `soft_match`.
    bandwidth : float, default 0.5
        As `soft_match`.

    Returns
    -------
    jax.Array, shape (n,)
        C_i of `soft_match`.

    Raises
    ------
    ValueError
        As `soft_match`.

    Notes
    -----
    The hard counterpart is `pattern_counts`.

    References
    ----------
    The note on reproducibility entropy, step C.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.soft_counts([[0, 0], [1, 1], [1, 1]], temperature=100.0, bandwidth=0.1).round(6).tolist()
    [1.0, 2.0, 2.0]
    """
    surprises = _local(states, temperature=temperature, bandwidth=bandwidth)
    return surprises.shape[0] * jnp.exp(-surprises)


@estimator(
    quantity="entropy",
    takes="states",
    formula=r"\hat H = -\sum_{u} \frac{M_u}{n} \log \frac{M_u}{n}",
    reference="brueckner2024",
    bias="negative, about (observed patterns - 1) / (2 n); never above log n",
    cost="n d",
    differentiable=False,
    kind="host",
    knobs={"threshold": THRESHOLD},
    aliases=("hard reproducibility entropy",),
)
def pattern_entropy(states: ArrayLike, *, threshold: float = 0.5) -> float:
    """Hard reproducibility entropy in nats: the plug-in entropy of the distinct rows of `states >= threshold`.

    Parameters
    ----------
    states : array_like, shape (n, d)
        States, from 0 to 1.

    Returns
    -------
    float
        The estimate in nats, at most log n.

    Raises
    ------
    ValueError
        For wrong shapes, no samples, NaN, states outside [0, 1], a threshold outside (0, 1].

    Notes
    -----
    A state at the threshold counts as 1 (section 1 of the note on reproducibility entropy).

    Examples
    --------
    >>> import math
    >>> import entropylab as lab
    >>> lab.pattern_entropy([[0.1, 0.9], [0.2, 0.7], [0.9, 0.9], [0.8, 0.6]]) == math.log(2)
    True
    """
    counts = pattern_counts(states, threshold=threshold)
    return float(np.mean(np.log(len(counts) / counts)))


@check.check_knob_types
def pattern_counts(states: ArrayLike, *, threshold: float = 0.5) -> np.ndarray:
    """Number of samples that show exactly the pattern of each sample, from 1 to n, without unit.

    Parameters
    ----------
    states : array_like, shape (n, d)
        States, from 0 to 1.
    threshold : float, default 0.5
        As `pattern_entropy`.

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        The counts.

    Raises
    ------
    ValueError
        As `pattern_entropy`.

    Notes
    -----
    A state at the threshold counts as 1.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.pattern_counts([[0.1], [0.9], [0.7]]).tolist()
    [1, 2, 2]
    """
    _, inverse, counts = distinct_patterns(states, threshold=threshold)
    return counts[inverse]


@check.check_knob_types
def distinct_patterns(states, *, threshold: float = 0.5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distinct rows of `states >= threshold` (m, d), the row of each sample (n,), and their counts (m,)."""
    states = as_numpy_states(states)
    inside = lambda value: 0 < value <= 1  # noqa: E731
    ranges.real("threshold", threshold, "0.5 splits the range evenly.", "lie in (0, 1]", inside)
    packed = np.packbits(states >= threshold, axis=1)
    rows = packed.view([("", packed.dtype)] * packed.shape[1]).ravel()
    _, first, inverse, counts = np.unique(rows, return_index=True, return_inverse=True, return_counts=True)
    return states[first] >= threshold, inverse, counts


def checked_states(states, minimum: int = 2) -> jax.Array:
    """`states` as a float JAX array (n, d) whose entries lie in [0, 1]; half precision becomes float32.

    The sum over a batch of float16 counts could not tell 2048 samples from 2049.
    """
    states = _table(states)
    if not check.is_traced(states):  # before JAX has them: in somebody's jit it would trace them
        _in_range(states)
    return check.as_samples("states", states, minimum)


def as_numpy_states(states, minimum: int = 1) -> np.ndarray:
    """`checked_states` in float64 NumPy, where no rounding to float32 can carry a state over the threshold."""
    states = _table(states)
    states = check.as_numpy_samples("states", states, minimum)
    _in_range(states)
    return states


def _table(states):
    """`states` as a two-dimensional array of real numbers."""
    states = as_real_array("states", states)
    if states.ndim != 2:
        raise ValueError(
            f"states must have shape (n, d), samples first: got shape {states.shape}; reshape them to one row a sample."
        )
    return states


def _in_range(states):
    states = np.asarray(states)
    check.require_finite("states", states)
    if states.size and (states.min() < 0 or states.max() > 1):
        raise ValueError(
            f"states must lie in [0, 1]: got values from {states.min():g} to {states.max():g}; rescale them."
        )


def _positive(kind, **knobs):
    for name, value in knobs.items():
        ranges.positive(name, value, kind, "choose a positive value.")


@jax.jit
def _binarize(states, temperature):
    return sigmoid_step(states, jnp.asarray(temperature, states.dtype))


def pad_to_bucket(states):
    """`states` padded to powers of two in rows and columns, and n: few shapes, so sizes slide without compiling.

    Extra columns are the same in every row, so no distance moves.
    """
    n, d = states.shape
    if check.is_traced(states):
        return padded(states), n
    return padded(np.pad(np.asarray(states), ((0, 0), (0, (1 << (d - 1).bit_length()) - d)))), n


def _concrete_surprises(states, shape, temperature, bandwidth):
    """`_surprises` of padded states of this shape by compiled code of the host, where it is there, else None."""
    if check.is_traced(states, temperature, bandwidth) or states.dtype != jnp.float32:
        return None
    if float(bandwidth) < NARROWEST:
        return None
    n, d = shape
    with jax.ensure_compile_time_eval():  # concrete also inside somebody's jit
        patterns = np.asarray(_binarize(states, temperature))[:n, :d]
    known = log_kernel_sums_concrete(patterns, 0.5 / float(bandwidth) ** 2)
    return None if known is None else math.log(n) - known


@jax.jit
def _surprises(states, n, temperature, bandwidth):
    patterns, scale = kernel_scale(_binarize(states, temperature), jnp.asarray(bandwidth, states.dtype))
    return jnp.log(jnp.asarray(n, states.dtype)) - log_kernel_sums_padded(patterns, n, scale)


@jax.jit
def mean_surprisal(states, n, temperature, bandwidth):
    inside = jnp.arange(states.shape[0]) < n
    return jnp.where(inside, _surprises(states, n, temperature, bandwidth), 0.0).sum() / n
