"""Neural lower bounds on mutual information: Donsker-Varadhan (MINE), InfoNCE, Nguyen-Wainwright-Jordan."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp

from entropylab.estimators.card import estimator
from entropylab.estimators.parametric import critic
from entropylab.knobs import SEED, Knob
from entropylab.numerics.validation import check
from entropylab.numerics.validation.scales import host_extreme_powers

__all__ = ["mine", "infonce", "nwj"]

STEPS = Knob(
    r"t", "Training steps: too few and the critic has not learned, too many and it knows its pairs by heart.",
    500, stops=(50, 100, 200, 500, 1000, 2000, 5000), name="steps",
)  # fmt: skip
BATCH = Knob(
    r"b", "Pairs in a batch: InfoNCE cannot exceed the logarithm of their number.",
    128, stops=(16, 32, 64, 128, 256, 512), name="batch",
)  # fmt: skip
MIN_SAMPLES = 16
NEGATIVES_PER_SAMPLE = 64  # independent pairs per held-out sample


@estimator(
    quantity="mutual information",
    takes="pair",
    formula=r"\hat I = \frac{1}{n} \sum_{i=1}^{n} f(x_i, y_i)"
    r" - \log \frac{1}{n m} \sum_{i=1}^{n} \sum_{s=1}^{m} e^{f(x_i, y_{i+s})}",
    reference="belghazi2018",
    bias="low by what the critic has not learned; high by the variance of the second mean, which grows as exp(I)",
    cost="t b^2",
    differentiable=False,
    kind="host",
    law="invariant",
    knobs={"steps": STEPS, "seed": SEED},
    aliases=("donsker varadhan", "dv"),
)
def mine(x: ArrayLike, y: ArrayLike, *, steps: int = 500, seed: int = 0) -> float:
    """Mutual information in nats: the Donsker-Varadhan bound, with a network as critic, on held-out samples.

    Parameters
    ----------
    x, y : array_like, shape (n,) or (n, d)
        Samples, row by row from the joint density. At least 16 rows.
    seed : int or numpy.random.Generator, default 0
        Seed of the halves and of the training.

    Returns
    -------
    float
        The estimate in nats; it may be negative.

    Raises
    ------
    ValueError
        For unequal lengths, fewer than 16 samples, NaN, steps below 1.

    Warns
    -----
    EstimateWarning
        Above log n, as no bound from n samples can certify more (McAllester and Stratos, 2020), and where the critic
        overfits the training pairs.

    Notes
    -----
    E f(x, y) - log E exp f(x, y') is at most I for every f, y' independent of x, and equals it for the log density
    ratio. f is trained on one half of the samples and evaluated on the other, then the halves change places; the value
    is the mean of both, so overfitting lowers it. Columns are standardised; training is in float32; the same seed gives
    the same number on the same machine. Good to about 0.05 at n = 2000 for I below 1; the error of the second mean
    grows as exp(I / 2) / sqrt(n).

    Examples
    --------
    A correlation of 0.8, where the truth is -log(0.6) = 0.511 nats:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 2000))
    >>> abs(lab.mine(x, 0.8 * x + 0.6 * noise) - 0.511) < 0.15
    True
    """
    return _ratio_estimate("mine", x, y, steps, seed, _donsker_varadhan, _donsker_varadhan_of)


@estimator(
    quantity="mutual information",
    takes="pair",
    formula=r"\hat I = 1 + \frac{1}{n} \sum_{i=1}^{n} f(x_i, y_i)"
    r" - \frac{1}{n m} \sum_{i=1}^{n} \sum_{s=1}^{m} e^{f(x_i, y_{i+s})}",
    reference="nguyen2010",
    bias="low by what the critic has not learned; in the mean never high; its scatter grows as exp(I / 2)",
    cost="t b^2",
    differentiable=False,
    kind="host",
    law="invariant",
    knobs={"steps": STEPS, "seed": SEED},
    aliases=("nguyen wainwright jordan", "f-gan"),
)
def nwj(x: ArrayLike, y: ArrayLike, *, steps: int = 500, seed: int = 0) -> float:
    """Mutual information in nats: the Nguyen-Wainwright-Jordan bound, with a network as critic, on held-out samples.

    Parameters
    ----------
    x, y : array_like, shape (n,) or (n, d)
        Samples, row by row from the joint density. At least 16 rows.
    seed : int or numpy.random.Generator, default 0
        As `mine`.

    Returns
    -------
    float
        The estimate in nats; its expectation never exceeds the information.

    Raises
    ------
    ValueError
        As `mine`.

    Warns
    -----
    EstimateWarning
        As `mine`.

    Notes
    -----
    1 + E f(x, y) - E exp f(x, y') is at most I for every f, also with sample means (with f shifted by 1 against [1]_).
    In return it scatters more than `mine`, and a critic trained on few samples can put it far below 0. Halves and
    training as `mine`.

    Examples
    --------
    A correlation of 0.8, where the truth is -log(0.6) = 0.511 nats:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 2000))
    >>> abs(lab.nwj(x, 0.8 * x + 0.6 * noise) - 0.511) < 0.2
    True
    """
    return _ratio_estimate("nwj", x, y, steps, seed, _nguyen, _nguyen_of)


@estimator(
    quantity="mutual information",
    takes="pair",
    formula=r"\hat I = \frac{1}{n} \sum_{i=1}^{n} \log \frac{e^{f(x_i, y_i)}}"
    r"{\frac{1}{b} \sum_{j \in B(i)} e^{f(x_i, y_j)}}",
    reference="oord2018",
    bias="low, in the mean never high; cannot exceed log b",
    cost="t b^2",
    differentiable=False,
    kind="host",
    law="invariant",
    knobs={"steps": STEPS, "batch": BATCH, "seed": SEED},
    aliases=("info nce", "contrastive"),
)
def infonce(x: ArrayLike, y: ArrayLike, *, steps: int = 500, batch: int = 128, seed: int = 0) -> float:
    """Mutual information in nats: the InfoNCE bound, with a network as critic, on held-out samples.

    Parameters
    ----------
    x, y : array_like, shape (n,) or (n, d)
        Samples, row by row from the joint density. At least 16 rows.
    batch : int, default 128
        b, samples of a batch.
    seed : int or numpy.random.Generator, default 0
        As `mine`.

    Returns
    -------
    float
        The estimate in nats, at most log b whatever the information is (log 128 = 4.85 nats).

    Raises
    ------
    ValueError
        As `mine`.

    Warns
    -----
    EstimateWarning
        From nine tenths of log b, and as `mine`.

    Notes
    -----
    It measures how well the critic finds the partner of x_i among the b samples of its batch. It scatters least of the
    three bounds. A half with fewer samples than `batch` is one batch; samples that do not fill a last batch are not
    used. Halves and training as `mine`.

    Examples
    --------
    A correlation of 0.8, where the truth is -log(0.6) = 0.511 nats:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 2000))
    >>> abs(lab.infonce(x, 0.8 * x + 0.6 * noise) - 0.511) < 0.15
    True
    """
    x, y, steps, seed = _checked("infonce", x, y, steps, seed)
    batch = min(check.whole_number("batch", batch, 2, "try 128."), len(x) // 2)
    parts = []
    for start, learn, test in _halves(x, y, seed):
        trained = critic.train(start, x[learn], y[learn], steps, bound=_train_and_evaluate, batch=batch)
        tables = np.asarray(critic.evaluate_tables(trained, x[test], y[test], batch=batch), np.float64)
        own = np.diagonal(tables, axis1=1, axis2=2)
        parts.append((own - logsumexp(tables, axis=2)).mean() + math.log(batch))
    value = float(np.mean(parts))
    if value > 0.9 * math.log(batch):
        check.warn(
            f"infonce is saturated: {value:.3f} nats of at most log({batch}) = {math.log(batch):.3f}; the mutual "
            "information may be any larger. Raise batch."
        )
    return value


def _ratio_estimate(name, x, y, steps, seed, bound, bound_of):
    x, y, steps, seed = _checked(name, x, y, steps, seed)
    batch = min(BATCH.default, len(x) // 2)
    parts = []
    for start, learn, test in _halves(x, y, seed):
        trained = critic.train(start, x[learn], y[learn], steps, bound=bound, batch=batch)
        shifts = min(NEGATIVES_PER_SAMPLE, len(test) - 1)
        joint, apart = critic.evaluate(trained, x[test], y[test], shifts=shifts)
        parts.append(bound_of(np.asarray(joint, np.float64), np.asarray(apart, np.float64)))
    value = float(np.mean(parts))
    _check_overfitting(name, value, len(x))
    return value


def _check_overfitting(name, value, n):
    if value > math.log(n):
        check.warn(
            f"{name} of {value:.3f} nats is more than log n = {math.log(n):.3f}, which no lower bound from {n} samples "
            "can vouch for; add samples."
        )
    if value < -1:
        check.warn(
            f"{name} of {value:.3g} nats bounds nothing: the critic knows its {n // 2} training pairs by heart and is "
            "wrong on all others; take fewer steps or more samples."
        )


# The bounds: of a table of scores in training, of joint and independent scores when read.


def _off_diagonal(scores):
    return jnp.where(jnp.eye(len(scores), dtype=bool), -jnp.inf, scores)


def _donsker_varadhan(scores):
    n = len(scores)
    return jnp.diagonal(scores).mean() - jax.nn.logsumexp(_off_diagonal(scores)) + math.log(n * (n - 1))


def _donsker_varadhan_of(joint, apart):
    return joint.mean() - logsumexp(apart) + math.log(apart.size)


def _nguyen(scores):
    n = len(scores)
    return 1 + jnp.diagonal(scores).mean() - jnp.exp(_off_diagonal(scores)).sum() / (n * (n - 1))


def _nguyen_of(joint, apart):
    return 1 + joint.mean() - np.exp(apart).mean()


def _train_and_evaluate(scores):
    return (jnp.diagonal(scores) - jax.nn.logsumexp(scores, axis=1)).mean() + math.log(len(scores))


def _checked(name, x, y, steps, seed):
    x, y = check.as_numpy_samples("x", x, minimum=MIN_SAMPLES), check.as_numpy_samples("y", y, minimum=MIN_SAMPLES)
    check.require_same_length(x=x, y=y)
    steps = check.whole_number("steps", steps, 1, "pass for instance 500.")
    if steps >= 2**31:
        raise ValueError(f"steps must be below 2^31: got {steps}; pass for instance 500.")
    seed = check.whole_number("seed", seed, 0, "pass for instance 0.")
    return _standardised(name, x), _standardised(name, y), steps, seed


def _standardised(name, x):
    with np.errstate(under="ignore"):  # of entries far below the largest of their column
        x = np.ldexp(x, -host_extreme_powers(x, 0))
    x = x - x.mean(0)
    x = x - x.mean(0)
    deviation = x.std(0)
    if (deviation == 0).any():
        check.warn(f"{name}: {int((deviation == 0).sum())} columns are constant and add nothing; drop them.")
    return (x / np.where(deviation > 0, deviation, 1.0)).astype(np.float32)


def _halves(x, y, seed):
    """Twice a new critic, the samples to learn from and those to read: halves of one shuffle, changing places."""
    order = np.random.default_rng(seed).permutation(len(x))
    first, second = order[: len(x) // 2], order[len(x) // 2 :]
    starts = [critic.init((seed, half), x.shape[1], y.shape[1]) for half in (0, 1)]
    return (starts[0], first, second), (starts[1], second, first)
