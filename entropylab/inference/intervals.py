"""Uncertainty: how far an estimate would move with another sample of the same size."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from entropylab.estimators.card import Card
from entropylab.inference.resampling import draws_of, estimates_of, generator, number_of, number_of_draws
from entropylab.inference.sample_arrays import arrays_of, without_partial
from entropylab.lookup import check_knobs, get_card
from entropylab.numerics.discrete.counts import checked_counts
from entropylab.numerics.discrete.unseen_symbols import largest_support
from entropylab.numerics.validation import check
from entropylab.numerics.validation.tracing import refuse_tracers

METHODS = ("auto", "posterior", "subsampling", "bootstrap")
ROUNDING = 1e-12


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval and standard error, in the estimator's unit, and where they come from."""

    estimate: float
    low: float
    high: float
    standard_error: float
    method: str
    level: float


@refuse_tracers
def uncertainty(
    estimator: Callable | str,
    *data,
    level: float = 0.95,
    resamples: int = 100,
    seed: int = 0,
    how: str = "auto",
    size: int | None = None,
    **knobs,
) -> Interval:
    """Estimate with a normal interval and its standard error, in the unit of the estimator (nats).

    Parameters
    ----------
    estimator : callable or str
        A function or the name of an estimator.
    *data
        The data that it takes. Containers are read by position, labels once.
    level : float, default 0.95
        Probability of the interval.
    resamples : int, default 100
        Number of resamples.
    seed : int or numpy.random.Generator, default 0
        Seed of the resampling; an estimator's own seed stays at its default.
    how : {'auto', 'subsampling', 'bootstrap', 'posterior'}, default 'auto'
        "auto" takes the method of the estimator's card, and "subsampling" for a function without a card.
    size : int, optional
        Size of a subsample. By default a quarter of n; for k neighbours counted in several variables 10 k up to three
        quarters; at least what a window or kernel needs.
    **knobs
        Parameters of the estimator.

    Returns
    -------
    Interval
        `estimate`, `low`, `high`, `standard_error`, `method` and `level`.

    Raises
    ------
    ValueError
        For a level outside (0, 1), fewer than 2 resamples, a size outside 2 .. n - 1 or too small for the estimator, a
        seed below 0, data without samples (mixtures, rows, scalars), more than a fifth of resamples that the estimator
        refuses; else the estimator's own errors.

    Warns
    -----
    EstimateWarning
        Of refused resamples, which are drawn again, of an interval without width although the data vary, and of
        estimates that are not finite.

    Notes
    -----
    "subsampling" takes subsamples of `size` of the n samples, without repeats; the standard error is sqrt(size / (n -
    size)) times their deviation (Politis and Romano, 1994; Shao and Wu, 1989). It is the method for neighbours,
    spacings and kernels: a bootstrap repeats samples, and repeats lie at distance 0 from each other, which such an
    estimator takes for infinite density. Against fresh samples of n = 16 to 400 (k up to n / 4) the standard error of
    `ksg` is right on average, and in a single problem 0.7 to 1.5 times the truth. A subsample of labelled samples
    (`ross`) keeps two members of every label; the standard error was 0.9 to 1.4 times the truth.

    "bootstrap" takes samples of n with repeats (Efron, 1979), for counts, labels and everything without distances.

    "posterior" is the posterior standard deviation of NSB and Dirichlet. Without a `support` it is the root mean square
    distance from the estimate with as many unseen symbols as Chao's 95 % interval (1987) allows, with a warning.

    The interval gives the spread of the estimate and not its bias, for which see the card.

    References
    ----------
    Politis and Romano (1994). Large sample confidence regions based on subsamples under minimal assumptions. Annals of
    Statistics 22.

    Examples
    --------
    >>> import numpy as np
    >>> import entropylab as lab
    >>> x, y = np.random.default_rng(0).normal(size=(2, 300))
    >>> interval = lab.uncertainty("gaussian_mutual_information", x, y)
    >>> interval.low < interval.estimate < interval.high
    True
    """
    arrays = "1 array" if len(data) == 1 else f"{len(data)} arrays"
    estimator, knobs = without_partial(estimator, knobs)
    function, card = get_card(estimator, arrays, lambda card: len(card.arguments) == len(data))
    check_knobs(card, knobs)
    level, how = _checked_level(level), _checked_way(how, card, size)
    resamples = number_of_draws("resamples", resamples, 2, "100 is a start.")
    rng = generator(seed)
    data = arrays_of(card, data)
    estimate = number_of(function(*data, **knobs), "the estimator")
    if how == "posterior":
        error, message = _posterior(card, data, knobs, estimate)
    else:
        draws = draws_of(card, data, knobs, how, size)
        found = estimates_of(function, knobs, draws, rng, resamples)
        error, message = _spread(card, draws, estimate, how, data, *found)
    if message:
        check.warn(message)
    reach = float(ndtri(0.5 + level / 2)) * error
    return Interval(estimate, estimate - reach, estimate + reach, error, how, level)


def _checked_level(level) -> float:
    number = level.item() if getattr(level, "ndim", None) == 0 else level
    if isinstance(number, bool) or not isinstance(number, (int, float)) or not 0 < number < 1:
        raise ValueError(f"level must be a probability above 0 and below 1: got {level!r}; 0.95 is usual.")
    return float(number)


def _checked_way(how, card: Card | None, size) -> str:
    if not isinstance(how, str) or how not in METHODS:
        raise ValueError(f"how must be one of {', '.join(METHODS)}: got {how!r}; choose one of them.")
    if how == "auto":
        how = "subsampling" if card is None else card.resampling
    if how == "posterior" and (card is None or card.posterior is None):
        raise ValueError(
            "a posterior interval needs a Bayesian estimator: got one without a posterior; "
            'use how="subsampling" or "bootstrap".'
        )
    if size is not None and how != "subsampling":
        raise ValueError(f'size is that of a subsample: got size={size!r} for how="{how}"; use how="subsampling".')
    return how


def _posterior(card: Card, data, knobs, estimate: float) -> tuple[float, str]:
    """The posterior deviation, or that about the estimate where the alphabet may hold more symbols than listed."""
    with check.suppress_warnings():
        error = float(card.posterior(*data, **knobs))
    if "support" not in card.parameters or knobs.get("support") is not None:
        return error, ""
    counts = checked_counts(card.name, *data)
    if counts.support == 1:
        return error, (
            f"uncertainty: without a support {card.name} takes the one symbol listed for the whole alphabet, in which "
            "the entropy is 0 without doubt; pass support, the number of symbols there are."
        )
    support = largest_support(counts)
    if support == counts.support:
        return error, ""
    wide = {**knobs, "support": support}
    with check.suppress_warnings():
        mean, deviation = float(card.function(*data, **wide)), float(card.posterior(*data, **wide))
    wider = max(error, math.hypot(deviation, mean - estimate))
    if wider <= 1.1 * error:
        return wider, ""
    return wider, (
        f"uncertainty: {int((counts.seen == 1).sum())} symbols were seen once, so there may be {support} (Chao's upper "
        f"limit) and not the {counts.support} listed. {card.name} estimates for the listed ones; its posterior alone "
        f"would make the interval {wider / error:.2g} times narrower, the wider one is that of {support} symbols about "
        "the estimate. Pass support, the size of the alphabet, where it is known."
    )


def _spread(card, draws, estimate, how, data, values, refused, reason) -> tuple[float, str]:
    """The standard error from the estimates of the draws, and what makes it doubtful."""
    if not np.isfinite(values).all() or not math.isfinite(estimate):
        several = int((~np.isfinite(values)).sum())
        return math.nan, (
            f"uncertainty: the estimate is {estimate:g}, and {several} of {len(values)} draws, each {draws.what}, give "
            f"no finite number, so there is no standard error: {draws.remedy}."
        )
    error = draws.factor * float(np.std(values, ddof=1))
    messages = [draws.shortage] if draws.shortage else []
    if refused:
        messages.append(
            f"{refused} of {refused + len(values)} draws, each {draws.what}, could not be estimated ({reason}) and "
            "were drawn again: the interval is that of samples in which it can"
        )
    if np.ptp(values) <= ROUNDING * max(1.0, abs(estimate)) and _varies(card, data):
        messages.append(
            f"all {len(values)} draws, each {draws.what}, give {values[0]:.6g}, so the interval has no width although "
            f"the data vary. That is right for an estimate that no sample can change; otherwise {draws.remedy}"
        )
    if how == "bootstrap" and card is not None and card.resampling == "subsampling":
        messages.append(
            f"a bootstrap repeats samples, and {card.name} takes samples at distance 0 for infinite density: use "
            'how="subsampling"'
        )
    return error, "uncertainty: " + "; ".join(messages) + "." if messages else ""


def _varies(card, data) -> bool:
    """True where two samples differ."""
    if card is not None and card.takes == "counts":
        return int((data[0] > 0).sum()) > 1
    for array in data:
        for one in array if isinstance(array, (list, tuple)) else [array]:
            entries = np.asarray(one)
            if len(entries) and (entries != entries[0]).any():
                return True
    return False
