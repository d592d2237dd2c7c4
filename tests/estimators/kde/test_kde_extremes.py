"""Kernel densities at any scale, of clusters any distance apart, in any container; and that nothing runs for ever."""

import math
import subprocess
import sys
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entropylab.estimators.kde.curve import kde_curve
from entropylab.estimators.kde.entropy import kde
from entropylab.estimators.kde.mutual_information import kde_mutual_information
from entropylab.numerics.kernel_sums.points import LONGEST
from entropylab.numerics.validation.check import EstimateWarning

few = settings(max_examples=12, deadline=None, derandomize=True)
exponents = st.lists(st.integers(-1000, 1000), min_size=3, max_size=3)
SCALES = (-1000, -563, 563, 1000)


def slow_rows(x, h, leave_one_out=False):
    """Minus the log density at every sample: differences first, in long doubles, relative to the nearest kernel."""
    n, d = x.shape
    x, h = x.astype(np.longdouble), np.longdouble(h)
    out = np.empty(n, np.longdouble)
    for i in range(n):
        q = (((x - x[i]) / h) ** 2).sum(1) / 2
        q = np.delete(q, i) if leave_one_out else q
        out[i] = q.min() - np.log(np.exp(q.min() - q).sum())
    return out + np.log(np.longdouble(n - leave_one_out)) + d * np.log(h * np.sqrt(2 * np.longdouble(np.pi)))


def clusters(d, apart):
    rng = np.random.default_rng(d)
    near = rng.normal(size=(40, d))
    return np.concatenate([near[:20], apart + near[20:], -apart * rng.random((10, d))])


@few
@given(exponents, st.sampled_from(["scott", "silverman", "loo"]), st.sampled_from([1, 2, 3]))
def test_every_column_has_a_scale_of_its_own(exponents, rule, d):
    """h(X D) = h(X) + sum log D for powers of two, which round nothing but the sum of logarithms of up to 2100."""
    x = np.random.default_rng(1).gamma(2.0, size=(60, d))
    moved = np.ldexp(x, exponents[:d])
    expected = float(kde(x, bandwidth=rule)) + sum(exponents[:d]) * math.log(2)
    assert float(kde(moved, bandwidth=rule)) == pytest.approx(expected, abs=2e-12)


@few
@given(exponents, st.sampled_from(["scott", "loo", "silverman"]))
def test_information_knows_no_scale(exponents, rule):
    """Log volumes of up to 2100 cancel: to their rounding of 5e-13."""
    x = np.random.default_rng(2).gamma(2.0, size=(60, 3))
    moved = np.ldexp(x, exponents)
    expected = float(kde_mutual_information(x[:, :1], x[:, 1:], bandwidth=rule))
    assert float(kde_mutual_information(moved[:, :1], moved[:, 1:], bandwidth=rule)) == pytest.approx(
        expected, abs=2e-12
    )


@pytest.mark.parametrize("d", [1, 2, 4])
@pytest.mark.parametrize("leave_one_out", [False, True])
def test_a_width_scales_with_the_data(d, leave_one_out):
    x = np.random.default_rng(3).normal(size=(50, d))
    base = float(kde(x, bandwidth=0.4, leave_one_out=leave_one_out))
    curve = kde_curve(x, [0.1, 0.4, 2.0], leave_one_out=leave_one_out)
    for e in SCALES:
        a, h = 2.0**e, 0.4 * 2.0**e
        moved = float(kde(a * x, bandwidth=h, leave_one_out=leave_one_out)) - d * e * math.log(2)
        assert moved == pytest.approx(base, abs=1e-11)
        curved = kde_curve(a * x, [a * 0.1, h, a * 2.0], leave_one_out=leave_one_out) - d * e * math.log(2)
        np.testing.assert_allclose(curved, curve, rtol=0, atol=1e-11)


@pytest.mark.parametrize("dtype, scales", [(jnp.float64, SCALES), (jnp.float32, (-110, -70, 70, 110))])
def test_traced_rules_know_no_scale(dtype, scales):
    """Squares of float32 leave its range from 2^63 up and 2^-75 down. Derivatives scale with the inverse."""
    x = jnp.asarray(np.random.default_rng(4).normal(size=(60, 2)), dtype)
    f = jax.jit(jax.value_and_grad(kde))
    value, slope = f(x)
    tolerance = 40 * float(jnp.finfo(dtype).eps)
    for e in scales:
        moved, turned = f(x * dtype(2.0) ** e)
        assert float(moved) - 2 * e * math.log(2) == pytest.approx(float(value), abs=2000 * tolerance)
        np.testing.assert_allclose(turned * dtype(2.0) ** e, slope, rtol=0, atol=tolerance)


def test_ends_of_float64():
    """Two points at +-a, whose distance overflows; and on the last subnormal numbers, whose mean is rounded."""
    for a, h in ((1.7e308, 1.7e308), (1.5e308, 1e304), (20 * 5e-324, 10 * 5e-324)):
        both = (
            math.log(2)
            + math.log(h)
            + math.log(math.sqrt(2 * math.pi))
            - math.log1p(math.exp(-2 * min(a / h, 40) ** 2))
        )
        x = np.array([-a, a])
        assert float(kde(x, bandwidth=h)) == pytest.approx(both, rel=1e-15)
        assert kde_curve(x, [h])[0] == pytest.approx(both, rel=1e-15)
        alone = math.log(h) + math.log(math.sqrt(2 * math.pi)) + 2 * (a / h) ** 2
        assert float(kde(x, bandwidth=h, leave_one_out=True)) == pytest.approx(alone, rel=1e-15)


@pytest.mark.parametrize("d", [1, 2, 3, 4])
@pytest.mark.parametrize("apart, h", [(1e12, 0.05), (2.0**33, 1e-3), (2.0**46, 0.3), (1e5, 0.01), (1e150, 1.0)])
def test_rows_of_far_clusters(d, apart, h):
    """A coordinate at `apart` is rounded to apart eps / h of a width, 1e2 here; differences of neighbours are exact."""
    x = clusters(d, apart)
    for leave_one_out in (False, True):
        expected = slow_rows(x, h, leave_one_out).astype(float)
        knobs = {"bandwidth": h, "leave_one_out": leave_one_out}
        allowed = 1e-12 if d == 1 else 1e-10
        np.testing.assert_allclose(kde.local(x, **knobs), expected, rtol=allowed, atol=allowed)
        assert float(kde(x, **knobs)) == pytest.approx(expected.mean(), rel=allowed)
        assert kde_curve(x, [h], leave_one_out=leave_one_out)[0] == pytest.approx(expected.mean(), rel=1e-10)


def test_traced_rows_of_far_clusters_and_their_derivatives():
    """The derivative in x is that of two near points (the far ones pull nothing); in the width, by the slow twin."""
    f = jax.jit(lambda x, h: kde.local(x, bandwidth=h))
    for d, apart, h in ((1, 1e12, 0.05), (2, 2.0**46, 0.3), (5, 2.0**33, 1e-3)):
        x = clusters(d, apart)
        np.testing.assert_allclose(f(x, h), slow_rows(x, h).astype(float), rtol=1e-12, atol=1e-12)
    x, h = np.array([0.0, 0.5, 1e12, 1e12 + 0.5]), 0.25
    slope, in_width = jax.grad(lambda x, h: kde(x, bandwidth=h), argnums=(0, 1))(x, h)
    # Each pair: -1/4 sum of log(1 + exp(-g^2 / 2h^2)) over its two rows, g the gap of 2 widths.
    k = math.exp(-2) / (1 + math.exp(-2))
    np.testing.assert_allclose(slope, 0.5 * k * 2 / h * np.array([-1, 1, -1, 1]), rtol=1e-12)
    assert float(in_width) == pytest.approx(1 / h - 4 * k / h, rel=1e-12)


def test_float32_in_five_columns_of_far_clusters():
    """float32 holds the data exactly, so that their rows are those of float64, to its own seven digits."""
    x = clusters(5, 2.0**20).astype(np.float32)
    expected = slow_rows(x.astype(np.float64), 0.5)
    np.testing.assert_allclose(kde.local(x, bandwidth=0.5), expected.astype(float), rtol=2e-6)
    traced = jax.jit(lambda x: kde.local(x, bandwidth=0.5))(jnp.asarray(x))
    np.testing.assert_allclose(traced, expected.astype(float), rtol=2e-6)


@pytest.mark.parametrize("d", [1, 2, 4])
def test_a_leave_one_out_estimate_beyond_float64_is_told(d):
    """Half the square of 1e200 is 5e399."""
    x = np.array([[0.0] * d, [1e200] * d])
    for estimate in (kde, lambda x, **knobs: kde_curve(x, [knobs["bandwidth"]], leave_one_out=True)[0]):
        with pytest.warns(EstimateWarning, match="exceeds the largest float64"):
            assert float(estimate(x, bandwidth=1.0, leave_one_out=True)) == math.inf
    assert float(kde(x, bandwidth=1.0)) == pytest.approx(math.log(2) + d / 2 * math.log(2 * math.pi), rel=1e-14)


def test_long_spans_are_told():
    """Places 12 widths apart: every kernel but a point's own is exp(-72)."""
    n = int(LONGEST / 12) + 100
    x = 12.0 * np.arange(n)
    expected = math.log(n) + math.log(math.sqrt(2 * math.pi))
    with pytest.warns(EstimateWarning, match="span 6.7e[+]04 kernel widths"):
        assert float(kde(x, bandwidth=1.0)) == pytest.approx(expected, rel=1e-14)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kde(x[: n // 2], bandwidth=1.0)
        kde(np.append(x[: n // 2], 1e9 + x[:9]), bandwidth=1.0)


NEVER_ENDING = """
import numpy as np
import entropylab as lab
from entropylab import device
device.configure()
rng = np.random.default_rng(0)
x = rng.normal(size=(300, 2))
for scale in (1e-170, 1e-305, 1e160, 1e300):
    moved = x * [1, scale]
    for rule in ("scott", "loo"):
        values = [lab.kde(moved, bandwidth=rule), lab.kde(x[:, 0] * scale, bandwidth=rule)]
        values.append(lab.kde_mutual_information(moved[:, 0], moved[:, 1], bandwidth=rule))
        values.append(lab.kde(np.column_stack([moved, x[::-1, 0] * scale]), bandwidth=rule))
        assert np.isfinite([float(v) for v in values]).all(), (scale, rule, values)
    assert np.isfinite(lab.kde_histogram(moved, draws=1000)) and np.isfinite(lab.kde_sample(moved, 10)).all()
    assert np.isfinite(lab.kde_curve(moved, [1e-3, 1.0, scale])).all()
print("ended")
"""


@pytest.mark.slow
def test_nothing_runs_for_ever():
    """Columns whose squares under- or overflow became NaN, which compiled loops could not order; so in a process."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", NEVER_ENDING], capture_output=True, text=True, timeout=300
    )
    assert done.stdout == "ended\n", done.stderr


def test_containers():
    """float64 however it is held; float32 tensors give float32."""
    x = np.random.default_rng(5).normal(size=(50, 2))
    base, information = kde(x), kde_mutual_information(x[:, 0], x[:, 1])
    frame = pd.DataFrame(x, columns=["a", "b"], dtype="Float64")
    for held in (x.tolist(), pd.DataFrame(x, index=np.arange(50)[::-1]), frame, np.ma.array(x), x.astype(">f8")):
        value = kde(held)
        assert type(value) is float and value == base
    assert float(kde_mutual_information(frame["a"], frame["b"])) == float(information)


@pytest.mark.parametrize("flag", [-1, 0, 1, "False", math.nan, None, np.array([True])])
def test_flags_are_true_or_false(flag):
    x = np.random.default_rng(6).normal(size=(20, 2))
    for call in (
        lambda: kde(x, leave_one_out=flag),
        lambda: kde.local(x, leave_one_out=flag),
        lambda: kde_curve(x, [0.3], leave_one_out=flag),
        lambda: kde_mutual_information(x, x**2, leave_one_out=flag),
        lambda: kde_mutual_information.local(x, x**2, leave_one_out=flag),
        lambda: jax.jit(lambda x: kde(x, leave_one_out=flag))(x),
    ):
        with pytest.raises(ValueError, match="leave_one_out.* must be True or False"):
            call()
    assert float(kde(x, leave_one_out=np.bool_(True))) == float(kde(x, leave_one_out=True))


@pytest.mark.parametrize("widths", [["a"], [None], 1j, [[0.1]], [0.1, -1], [math.inf], "scott"])
def test_widths_of_a_curve_are_numbers(widths):
    with pytest.raises(ValueError, match="bandwidths"):
        kde_curve(np.arange(9.0), widths)


def test_columns_at_the_root_of_the_greatest_number():
    """Squares of each column just fit, their sum over four columns does not: no warning but of this library's."""
    x = np.random.default_rng(8).normal(size=(24, 4))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert float(kde(x * 2.0**510)) == pytest.approx(float(kde(x)) + 2040 * math.log(2), abs=2e-12)
