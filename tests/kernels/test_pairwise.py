"""Streamed kernel sums against a plain float64 twin: values, gradients, tracing, rounding, memory."""

import subprocess
import sys
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from entropylab.estimators.patterns.entropy import mean_surprisal
from entropylab.estimators.patterns.entropy import soft_match as soft_match_of
from entropylab.kernels.pairwise_numba import log_kernel_sums_numba
from entropylab.numerics.kernel_sums import pairwise
from entropylab.numerics.kernel_sums.curves import (
    influence_curve,
    log_kernel_sums_curve,
    log_sums_curve,
    standard_error,
)
from entropylab.numerics.kernel_sums.pairwise import log_kernel_cross_sums, log_kernel_sums
from entropylab.numerics.kernel_sums.tiles import padded

SIZES = (1, 2, 63, 64, 65, 513, 1100)  # one, two, around a bucket, one more than a tile, several tiles
SCALES = (0.05, 2.0, 1250.0)
ROUNDING = dict(rtol=1e-10, atol=1e-11)  # expanded squares may be off by 1e-12 in an exponent of order 1


def points(n, d, seed=0):
    return np.random.default_rng([seed, n, d]).random((n, d))


def twin(x, scale, y=None, exclude=False):
    """log sum_j exp(-scale |x_i - y_j|^2), every distance from its differences, in float64."""
    x = np.asarray(x, np.float64)
    y = x if y is None else np.asarray(y, np.float64)
    squares = sum((x[:, None, k] - y[None, :, k]) ** 2 for k in range(x.shape[1]))
    exponent = -scale * squares
    if exclude:
        np.fill_diagonal(exponent, -np.inf)
    top = exponent.max(1, initial=-1e300)
    with np.errstate(divide="ignore"):
        return top + np.log(np.exp(exponent - top[:, None]).sum(1))


def twin_gradient(x, scale, weights, exclude=False):
    """d/dx of weights . log sums: -2 scale sum_j W_ij (x_i - x_j), W_ij = w_i P_ij + w_j P_ji, P_ij = K_ij / C_i."""
    x = np.asarray(x, np.float64)
    steps = x[:, None] - x[None]
    counted = ~np.eye(len(x), dtype=bool) | (not exclude)
    share = np.exp(np.where(counted, -scale * (steps**2).sum(-1), -np.inf) - twin(x, scale, exclude=exclude)[:, None])
    pairs = np.asarray(weights, np.float64)[:, None] * share
    return -2 * scale * ((pairs + pairs.T)[..., None] * steps).sum(1)


def twin_in_jax(x, scale, y=None, exclude=False):
    squares = ((x[:, None] - (x if y is None else y)[None]) ** 2).sum(-1)
    exponent = jnp.where(np.eye(*squares.shape, dtype=bool) & exclude, -jnp.inf, -scale * squares)
    return jax.scipy.special.logsumexp(exponent, axis=1)


@pytest.mark.parametrize("n, d", [*((n, d) for n in SIZES for d in (1, 5)), (65, 3), (65, 4), (65, 64), (1100, 64)])
def test_sums_meet_the_twin(n, d):
    x = points(n, d)
    for scale in SCALES:
        np.testing.assert_allclose(log_kernel_sums(x, scale), twin(x, scale), **ROUNDING)


@pytest.mark.parametrize("n", [2, 63, 64, 1100])
def test_sums_without_self_meet_the_twin(n):
    x = points(n, 5)
    for scale in SCALES:
        got = log_kernel_sums(x, scale, include_self=False)
        np.testing.assert_allclose(got, twin(x, scale, exclude=True), **ROUNDING)


def test_one_sample_has_no_one_but_itself():
    assert float(log_kernel_sums(np.ones((1, 2)), 1.0)[0]) == 0
    assert float(log_kernel_sums(np.ones((1, 2)), 1.0, include_self=False)[0]) == -np.inf


@pytest.mark.parametrize("n, m, d", [(1, 2, 2), (513, 63, 2), (65, 1100, 64)])
def test_cross_sums_meet_the_twin(n, m, d):
    x, y = points(n, d), points(m, d, seed=1) + 0.3
    for scale in SCALES:
        np.testing.assert_allclose(log_kernel_cross_sums(x, y, scale), twin(x, scale, y), **ROUNDING)


@pytest.mark.parametrize("n", [1, 64, 1100])
def test_curve_meets_the_twin(n):
    x, scales = points(n, 5), np.geomspace(0.01, 5000, 7)
    expected = [twin(x, scale) for scale in scales]
    np.testing.assert_allclose(log_kernel_sums_curve(x, scales), expected, **ROUNDING)


@pytest.mark.parametrize("n", [64, 513])
def test_influence_is_the_derivative_by_weight(n):
    """U_k = dH/dw_k of H(w) = -sum_i w_i log sum_j w_j K_ij at w = 1/n, up to a constant."""
    x, scales = points(n, 5), np.array([0.5, 20.0])
    got = influence_curve(padded(x), n, scales, log_sums_curve(padded(x), n, scales))[:, :n]
    kernels = np.exp([-scale * ((x[:, None] - x[None]) ** 2).sum(-1) for scale in scales])
    derivative = jax.jit(jax.vmap(jax.grad(lambda w, kernel: -(w * jnp.log(kernel @ w)).sum()), (None, 0)))
    expected = np.asarray(derivative(np.full(n, 1 / n), kernels))
    centre = partial(np.mean, axis=1, keepdims=True)
    np.testing.assert_allclose(got - centre(got), expected - centre(expected), rtol=1e-9, atol=1e-11)
    spread = expected.std(1, ddof=1) / np.sqrt(n)
    np.testing.assert_allclose(standard_error(got, n), spread, rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("n, d, include_self", [(2, 1, True), (65, 5, False), (520, 64, True), (520, 2, False)])
def test_gradient_is_that_of_the_plain_form(n, d, include_self):
    x, weights = points(n, d), points(n, 1, seed=2)[:, 0] - 0.3
    ours = jax.jit(jax.grad(lambda x, s: weights @ log_kernel_sums(x, s, include_self), (0, 1)))
    plain = jax.jit(jax.grad(lambda x, s: weights @ twin_in_jax(x, s, exclude=not include_self), (0, 1)))
    for scale in (2.0, 1250.0):
        for got, expected in zip(ours(x, scale), plain(x, scale), strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-10 * np.abs(expected).max())


@pytest.mark.parametrize("n, m, d", [(2, 1, 1), (65, 530, 5)])
def test_cross_gradient_is_that_of_the_plain_form(n, m, d):
    x, y, weights = points(n, d), points(m, d, seed=1), points(n, 1, seed=2)[:, 0]
    ours = jax.jit(jax.grad(lambda x, y, s: weights @ log_kernel_cross_sums(x, y, s), (0, 1, 2)))(x, y, 3.0)
    plain = jax.jit(jax.grad(lambda x, y, s: weights @ twin_in_jax(x, s, y), (0, 1, 2)))(x, y, 3.0)
    for got, expected in zip(ours, plain, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-10 * np.abs(expected).max())


@pytest.mark.parametrize("include_self", [True, False])
def test_gradient_meets_central_differences(include_self):
    x, direction = points(40, 3), points(40, 3, seed=3) - 0.5
    of = jax.jit(lambda x, s: log_kernel_sums(x, s, include_self).mean())
    gx, gs = jax.jit(jax.grad(of, (0, 1)))(x, 5.0)
    step = 1e-5  # error step^2 f''' / 6 + 1e-16 / step: about 1e-10 of terms of order 10
    along = float(of(x + step * direction, 5.0) - of(x - step * direction, 5.0)) / (2 * step)
    assert float((gx * direction).sum()) == pytest.approx(along, abs=1e-8)
    assert float(gs) == pytest.approx(float(of(x, 5.0 + step) - of(x, 5.0 - step)) / (2 * step), abs=1e-8)


@pytest.mark.parametrize("include_self", [True, False])
def test_vmap_equals_loop(include_self):
    batch = np.stack([points(70, 5), 30 * points(70, 5, seed=1), points(70, 5, seed=2) + 1e3])
    scales = np.array([2.0, 5000.0, 0.1])  # one of them takes the path of differences, the others do not
    sums = partial(log_kernel_sums, include_self=include_self)
    looped = [sums(x, s) for x, s in zip(batch, scales, strict=True)]
    np.testing.assert_allclose(jax.vmap(sums)(batch, scales), looped, **ROUNDING)
    gradient = jax.jit(jax.grad(lambda x, s: sums(x, s).mean(), (0, 1)))
    together = jax.jit(jax.vmap(gradient))(batch, scales)
    for k in (0, 1):
        alone = np.stack([gradient(x, s)[k] for x, s in zip(batch, scales, strict=True)])
        np.testing.assert_allclose(together[k], alone, rtol=1e-9, atol=1e-11 * np.abs(alone).max())


def test_jit_equals_eager():
    x = points(65, 5)
    for include_self in (True, False):
        eager = log_kernel_sums(x, 2.0, include_self)
        np.testing.assert_allclose(jax.jit(log_kernel_sums, static_argnums=2)(x, 2.0, include_self), eager, rtol=1e-14)
    np.testing.assert_allclose(
        jax.jit(log_kernel_sums_curve)(x, np.array([2.0]))[0], log_kernel_sums(x, 2.0), **ROUNDING
    )


def test_size_and_softness_slide_without_compiling():
    """One program serves every n of a bucket, every temperature and every bandwidth."""
    gradient = jax.jit(jax.grad(mean_surprisal))
    programs = (mean_surprisal, pairwise._symmetric_forward, log_sums_curve, gradient)

    def slide(n, knob):
        x = points(n, 7)  # in dimensions that no other test here has
        soft_match_of(x, temperature=10 * knob, bandwidth=knob)
        log_kernel_sums(x, knob)
        log_sums_curve(padded(x), n, np.array([knob, 2 * knob]))
        gradient(padded(x), n, 10 * knob, knob)
        return [program._cache_size() for program in programs]

    first = slide(130, 0.5)
    assert [slide(n, knob) for n, knob in ((131, 0.1), (200, 0.25), (256, 3.0))] == [first] * 3
    log_kernel_sums(points(257, 7), 0.5)
    assert pairwise._symmetric_forward._cache_size() > first[1]  # the next bucket: the counters do count


# Rounding -------------------------------------------------------------------------------------------------------


def repeats(d, width, shift, seed=0):
    """200 points in near-duplicate groups of ten, `width` across; a shift moves half of them, a negative one all."""
    rng = np.random.default_rng(seed)
    x = rng.random((20, d)).repeat(10, 0) + width / np.sqrt(d) * rng.normal(size=(200, d))
    x[: 100 if shift > 0 else 200] += abs(shift)
    return x.astype(np.float32)


@pytest.mark.parametrize("n", [1, 2, 31, 33, 511, 513, 1100])
@pytest.mark.parametrize("d", [1, 2, 7, 64])
def test_float32_on_the_host(n, d):
    """Around a panel of columns, a band of rows, and several: every pair once, none twice, and no padding."""
    x = points(n, d).astype(np.float32)
    for scale in (1e-6, 0.05, 2.0):
        got = log_kernel_sums_numba(x, scale)
        np.testing.assert_allclose(got, twin(x, scale), rtol=0, atol=3e-6)  # exponents up to 100 of 6e-8 each
        assert log_kernel_sums(x, scale).dtype == np.float32
        np.testing.assert_array_equal(log_kernel_sums(x, scale), got.astype(np.float32))


def test_float32_on_the_host_shared_by_threads(monkeypatch):
    monkeypatch.setattr("entropylab.kernels.simd.parallel.config.NUMBA_NUM_THREADS", 3)
    x = points(4000, 5).astype(np.float32)
    np.testing.assert_allclose(log_kernel_sums_numba(x, 2.0), twin(x, 2.0), rtol=0, atol=3e-6)


def test_float32_on_the_host_leaves_what_would_cancel_to_differences():
    x = points(100, 3).astype(np.float32)
    assert log_kernel_sums_numba(x, 1e4) is None
    x[7, 1] = np.nan
    assert log_kernel_sums_numba(x, 1.0) is None


@pytest.mark.parametrize("include_self", [True, False])
@pytest.mark.parametrize("shift", [0, 1e3, -1e3], ids=["near", "far clusters", "offset"])
@pytest.mark.parametrize("d, width", [(3, 0.2), (3, 0.02), (64, 0.5), (64, 0.05), (64, 0.02)])
@pytest.mark.slow
def test_float32_stays_within_1e_4(d, width, shift, include_self):
    """The twin sees the same float32 numbers; the error allowed is DESIGN's absolute 1e-4."""
    x, scale, weights = repeats(d, width, shift), 1 / (2 * width**2), points(200, 1)[:, 0].astype(np.float32)
    sums = partial(log_kernel_sums, include_self=include_self)
    got = sums(x, np.float32(scale))
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, twin(x, np.float32(scale), exclude=not include_self), rtol=1e-6, atol=1e-4)
    expected = twin_gradient(x, scale, weights, exclude=not include_self)
    got = jax.grad(lambda x: weights @ sums(x, scale))(x)
    np.testing.assert_allclose(got, expected, atol=1e-4 * np.abs(expected).max())


def test_float32_curve_stays_within_1e_4():
    for d, shift in ((3, 1e3), (64, 0)):
        x, widths = repeats(d, 0.02, shift), np.float32([0.02, 0.1, 0.5, 3.0])
        scales = 1 / (2 * widths**2)
        got = log_kernel_sums_curve(x, scales)
        np.testing.assert_allclose(got, [twin(x, np.float64(scale)) for scale in scales], atol=1e-4)


def test_outlier_without_self_is_finite_and_right():
    """Every kernel of the outlier underflows: exp(-2e6) is 0, its logarithm is not."""
    x = np.concatenate([points(100, 2), [[1e3, 0.0]]])
    got = log_kernel_sums(x, 2.0, include_self=False)
    expected = twin(x, 2.0, exclude=True)
    assert expected[-1] < -1e6
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    gradient = jax.grad(lambda x: log_kernel_sums(x, 2.0, include_self=False)[-1])(x)
    np.testing.assert_allclose(
        gradient, twin_gradient(x, 2.0, np.arange(101) == 100, exclude=True), rtol=1e-9, atol=1e-9
    )


def test_nan_is_not_swallowed():
    """Tracing hides values from the checks; a NaN must then come out as NaN, not as log n."""
    x = points(70, 5)
    x[3, 2] = np.nan
    assert np.isnan(jax.jit(log_kernel_sums)(x, 2.0)).all()
    assert np.isnan(log_kernel_sums_curve(x, np.array([2.0, 3.0]))).all()
    assert np.isnan(log_kernel_sums(x, 2.0, include_self=False)).all()


def test_extremes_of_scale_and_distance():
    x = points(65, 5)
    np.testing.assert_array_equal(log_kernel_sums(x, 1e300), np.zeros(65))
    np.testing.assert_allclose(log_kernel_sums(x, 1e-300), np.full(65, np.log(65)), rtol=1e-14)
    far = np.array([[0.0], [1e160], [1e160]])  # squares overflow; they are beyond every kernel
    np.testing.assert_allclose(log_kernel_sums(far, 1.0), np.log([1, 2, 2]), rtol=1e-15)


# Memory -----------------------------------------------------------------------------------------------------------

MEMORY = """
import resource, jax, numpy as np
jax.config.update("jax_enable_x64", True)
from entropylab import soft_match
run = jax.jit(jax.value_and_grad(soft_match))
jax.block_until_ready(run(np.random.default_rng(0).random((64, 64))))
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = peak()
value, gradient = jax.block_until_ready(run(np.random.default_rng(0).random((10_000, 64))))
assert np.isfinite(value) and np.isfinite(gradient).all()
print(peak() - before)
"""


@pytest.mark.slow
def test_ten_thousand_patterns_need_no_matrix():
    """Value and gradient of 10,000 x 64 in float64 within 300 MB, compiling included; n x n alone is 800 MB."""
    done = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    assert int(done.stdout.split()[-1]) * unit < 300e6
