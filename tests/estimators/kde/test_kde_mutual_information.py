"""Kernel mutual information: the difference of three entropies, invariance, gradients, the normal value."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import gaussian_kde

from entropylab.estimators.kde.entropy import kde
from entropylab.estimators.kde.mutual_information import kde_mutual_information
from entropylab.numerics.validation.check import EstimateWarning


def pair(n=250, dx=1, dy=2, seed=0):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(n, dx)), rng.standard_t(5, size=(n, dy))
    return x, y + x[:, :1]


@pytest.mark.parametrize("leave_one_out", [False, True])
def test_a_width_gives_the_three_entropies(leave_one_out):
    x, y = pair()
    h = {"bandwidth": 0.5, "leave_one_out": leave_one_out}
    expected = float(kde(x, **h)) + float(kde(y, **h)) - float(kde(np.hstack([x, y]), **h))
    assert float(kde_mutual_information(x, y, **h)) == pytest.approx(expected, rel=1e-11)
    assert float(jax.jit(lambda a, b: kde_mutual_information(a, b, **h))(x, y)) == pytest.approx(expected, rel=1e-11)


def test_margins_are_those_of_the_joint_density():
    """scipy's joint Scott estimate, and its marginals by scipy, at the samples."""
    x, y = pair()
    joint = gaussian_kde(np.hstack([x, y]).T)
    logs = joint.logpdf(np.hstack([x, y]).T) - joint.marginal([0]).logpdf(x.T) - joint.marginal([1, 2]).logpdf(y.T)
    np.testing.assert_allclose(kde_mutual_information.local(x, y), logs, rtol=1e-10, atol=1e-10)
    assert float(kde_mutual_information(x, y)) == pytest.approx(logs.mean(), rel=1e-11)
    assert float(kde_mutual_information(y, x)) == pytest.approx(logs.mean(), rel=1e-11)


@pytest.mark.parametrize("bandwidth", ["scott", "loo"])
def test_linear_maps_change_nothing(bandwidth):
    x, y = pair()
    base = float(kde_mutual_information(x, y, bandwidth=bandwidth))
    turned = y @ np.array([[1e-12, 2e-12], [3e-12, -1e-12]])
    assert float(kde_mutual_information(1e9 * x + 5, turned, bandwidth=bandwidth)) == pytest.approx(base, abs=1e-9)


def test_gradient_equals_central_differences():
    x, y = pair(n=40)
    direction = np.random.default_rng(1).normal(size=x.shape)
    step = 1e-4
    f = lambda a: kde_mutual_information(a, y)  # noqa: E731
    expected = (float(f(x + step * direction)) - float(f(x - step * direction))) / (2 * step)
    assert float((jax.grad(f)(jnp.asarray(x)) * direction).sum()) == pytest.approx(expected, abs=1e-7)


def test_normal_pair():
    """Normal, correlation r, kernel covariance t^2 times theirs: joint and margins of the smoothed density are
    normal, and minus its mean log is known. I = -1/2 log(1 - r^2) exactly: smoothing by a multiple of the
    covariance shrinks no correlation. Error bar: sd of the local values, r for correlation r, over sqrt(n)."""
    n, r = 4000, 0.8
    x, z = np.random.default_rng(2).normal(size=(2, n))
    y = r * x + math.sqrt(1 - r * r) * z
    value = float(kde_mutual_information(x, y, leave_one_out=True))
    # Leaving out costs the joint density its variance, about 1 / (n h^2 4 pi sd^2) summed over the plane: O(0.02).
    assert value == pytest.approx(-0.5 * math.log(1 - r * r), abs=4 * r / math.sqrt(n) + 0.02)


def test_bad_input_is_refused():
    x, y = pair(n=30)
    with pytest.raises(ValueError, match="paired"):
        kde_mutual_information(x, y[:10])
    with pytest.raises(ValueError, match="linearly dependent"):
        kde_mutual_information(x, np.hstack([x, y]))
    with pytest.raises(ValueError, match="bandwidth"):
        kde_mutual_information(x, y, bandwidth=0)
    with pytest.warns(EstimateWarning, match="nearly linearly dependent") as told:
        kde_mutual_information(x, x + 1e-6 * y[:, :1])
    assert told[0].filename == __file__
