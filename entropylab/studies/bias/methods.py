"""The estimators that the bias experiment compares: how each is called, and which knob is its own."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from entropylab.estimators.card import CATALOGUE
from entropylab.estimators.discrete.plugin import count_labels
from entropylab.estimators.kde.curve import kde_curve
from entropylab.estimators.kde.entropy import kde
from entropylab.estimators.kde.expected_histogram import expected_kde_histogram
from entropylab.estimators.knn.kozachenko_leonenko import kozachenko_leonenko_curve
from entropylab.estimators.order.histogram import histogram_curve
from entropylab.numerics.kernel_sums import bandwidth as kernel_sums_bandwidth
from entropylab.numerics.validation import check
from entropylab.studies.bias.sources import alphabet, draw, replicate_seed

PROBES = 256  # draws that tell the mean of KDE + histogram where its boxes cannot all be summed
PARAMETER_GRIDS = {
    "bins": (2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 70, 100, 150, 200, 300, 500),
    "width": tuple(np.geomspace(0.1, 5.0, 18).round(4)),
    "k": (1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 70, 100),
    "window": (1, 2, 3, 5, 7, 10, 15, 20, 30, 50),
    "beta": tuple(np.geomspace(1e-3, 1e6, 19)),
    "support": tuple(2**j for j in range(1, 14)),
    "concentration": tuple(np.geomspace(1e-3, 10.0, 17)),
}
OWN_LABELS = {
    "bins": "bins per axis B",
    "width": "kernel width over Scott's w",
    "k": "neighbours k",
    "window": "window m",
    "beta": "signal over noise β",
    "support": "symbols assumed K",
    "concentration": "pseudo-counts α",
    "": "it has no knob",
}


@dataclass(frozen=True)
class Method:
    """One estimator: `run(data, **settings)`, the `own` knob that a picture sweeps, all the knobs it `reads`.

    `card` is its name in the catalogue. `curve(x, values)` gives the estimates at many values of the own knob
    in one pass.
    """

    name: str
    card: str
    run: Callable[..., float]
    own: str = ""
    reads: tuple[str, ...] = ()
    curve: Callable | None = None
    discrete: bool = False


def scott(n: int, d: int) -> float:
    """Scott's factor n^(-1 / (d + 4))."""
    return n ** (-1 / (d + 4))


def scaled_kde(x, *, width: float, leave_one_out: bool = False) -> float:
    """`kde` with its kernel `width` times as wide as Scott's rule makes it; 1 is bandwidth="scott"."""
    z, log_volume = _whitened(x)
    return float(kde(z, bandwidth=width * scott(*z.shape), leave_one_out=leave_one_out)) + log_volume


def _kde_curve(x, widths, leave_one_out=False):
    z, log_volume = _whitened(x)
    return kde_curve(z, np.asarray(widths) * scott(*z.shape), leave_one_out=leave_one_out) + log_volume


def _kde_histogram(x, *, width, bins, draws):
    """The mean of `kde_histogram` over its draws; isotropic kernels in units of the columns' deviations."""
    x = check.as_numpy_samples("x", x)
    spread = x.std(axis=0, ddof=1)
    bandwidth = width * scott(*x.shape)
    value, _ = expected_kde_histogram(x / spread, bandwidth=bandwidth, bins=bins, draws=draws, probes=PROBES)
    return value + float(np.log(spread).sum())


def _whitened(x):
    x = check.as_numpy_samples("x", x)
    if caution := kernel_sums_bandwidth.conditioning_warning(x):
        check.warn(f"kde: {caution}")
    z, half_log_determinant = kernel_sums_bandwidth.whiten(x)
    return np.ascontiguousarray(z), float(half_log_determinant)


def _plain(name: str) -> Callable[..., float]:
    return lambda x, **settings: float(CATALOGUE[name].function(x, **settings))


def _counts(name: str) -> Callable[..., float]:
    """An estimator of counts given labels; `support` is passed on where it is told."""
    return lambda labels, **settings: float(CATALOGUE[name].function(count_labels(labels), **settings))


_METHODS = (
    Method("histogram", "histogram", _plain("histogram"), "bins", ("bins",), histogram_curve),
    Method("KDE", "kde", scaled_kde, "width", ("width",), _kde_curve),
    Method("KDE leave-one-out", "kde", lambda x, width: scaled_kde(x, width=width, leave_one_out=True), "width",
           ("width",), lambda x, widths: _kde_curve(x, widths, leave_one_out=True)),
    Method("KDE + histogram", "kde_histogram", _kde_histogram, "width", ("width", "bins", "draws")),
    Method("Kozachenko-Leonenko", "kozachenko_leonenko", _plain("kozachenko_leonenko"), "k", ("k",),
           kozachenko_leonenko_curve),
    Method("Gaussian", "gaussian", _plain("gaussian")),
    Method("Gaussian corrected", "gaussian_corrected", _plain("gaussian_corrected")),
    Method("Vasicek", "vasicek", _plain("vasicek"), "window", ("window",)),
    Method("van Es", "van_es", _plain("van_es"), "window", ("window",)),
    Method("Ebrahimi", "ebrahimi", _plain("ebrahimi"), "window", ("window",)),
    Method("Correa", "correa", _plain("correa"), "window", ("window",)),
    Method("LogDet", "logdet", _plain("logdet"), "beta", ("beta",)),
    Method("plug-in", "plugin", _counts("plugin"), discrete=True),
    Method("Miller-Madow", "miller_madow", _counts("miller_madow"), discrete=True),
    Method("Grassberger 1988", "grassberger_1988", _counts("grassberger_1988"), discrete=True),
    Method("Grassberger 2003", "grassberger_2003", _counts("grassberger_2003"), discrete=True),
    Method("Chao-Shen", "chao_shen", _counts("chao_shen"), discrete=True),
    Method("James-Stein", "james_stein", _counts("james_stein"), "support", ("support",), discrete=True),
    Method("NSB", "nsb", _counts("nsb"), "support", ("support",), discrete=True),
    Method("Dirichlet", "dirichlet", _counts("dirichlet"), "concentration", ("concentration", "support"),
           discrete=True),
)  # fmt: skip
METHODS: dict[str, Method] = {method.name: method for method in _METHODS}
CONTINUOUS = tuple(name for name, method in METHODS.items() if not method.discrete)
COUNTED = tuple(name for name, method in METHODS.items() if method.discrete)
ALL = tuple(METHODS)


def settings(method: str, knobs, family: str, size: int) -> tuple[tuple[str, object], ...]:
    """What a method reads of the knobs; the size of the alphabet only where it is finite and known."""
    values = {name: getattr(knobs, name) for name in METHODS[method].reads if name != "support"}
    if "support" in METHODS[method].reads:
        values["support"] = alphabet(family, size) if knobs.alphabet_known else None
    return tuple(values.items())


@lru_cache(maxsize=100_000)
def estimate(
    method: str, told: tuple, family: str, size: int, n: int, seed: int, replicate: int, scale: float, rounding: float
) -> tuple[float, str]:
    """One estimate in nats and what it warned of; NaN and the reason where the estimator refuses the data."""
    data = draw(family, size, n, replicate_seed(seed, replicate), scale, rounding)
    return value_or_refusal(lambda: METHODS[method].run(data, **dict(told)))


def value_or_refusal(compute: Callable[[], float]) -> tuple[float, str]:
    """A value and the first warning on the way to it; NaN and the reason for a refusal."""
    with check.record_warnings() as heard:
        try:
            value = compute()
        except (ValueError, np.linalg.LinAlgError) as error:
            return math.nan, f"refused: {error}"
    return value, heard[0] if heard else ""
