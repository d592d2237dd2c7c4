"""Neural bounds: a bivariate normal, the limits they state, and the arithmetic of each bound on known scores."""

import math
import warnings

import numpy as np
import pytest
from scipy.special import logsumexp

from entropylab.estimators.parametric import neural
from entropylab.estimators.parametric.neural import infonce, mine, nwj
from entropylab.numerics.validation.check import EstimateWarning


def normal_pair(n, r, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return x, r * x + math.sqrt(1 - r * r) * rng.normal(size=n)


# The bounds themselves, with the best critic: f = log p(x, y) / (p(x) p(y)) of a normal pair


@pytest.mark.parametrize("bound", [neural._donsker_varadhan_of, neural._nguyen_of])
def test_bounds_are_tight_for_the_density_ratio(bound):
    n, r = 40_000, 0.6
    x, y = normal_pair(n, r)

    def ratio(x, y):
        return -0.5 * math.log(1 - r * r) - 0.5 * (r * r * (x * x + y * y) - 2 * r * x * y) / (1 - r * r)

    joint = ratio(x, y)
    apart = np.stack([ratio(x, np.roll(y, s)) for s in (1, 7, 19)])
    truth = -0.5 * math.log(1 - r * r)
    error = joint.std() / math.sqrt(n) + np.exp(apart).std() / math.sqrt(apart.size)
    assert bound(joint, apart) == pytest.approx(truth, abs=4 * error)


def test_training_and_reading_use_one_bound():
    """On one table: diagonal joint, off-diagonal independent."""
    scores = np.random.default_rng(0).normal(size=(5, 5))
    own, apart = np.diagonal(scores), scores[~np.eye(5, dtype=bool)]
    for trained, read in [
        (neural._donsker_varadhan, neural._donsker_varadhan_of),
        (neural._nguyen, neural._nguyen_of),
    ]:
        assert float(trained(scores)) == pytest.approx(read(own, apart), rel=1e-12)
    assert neural._donsker_varadhan_of(own, apart) == pytest.approx(own.mean() - math.log(np.exp(apart).mean()))
    expected = np.mean(own - logsumexp(scores, axis=1) + math.log(5))
    assert float(neural._train_and_evaluate(scores)) == pytest.approx(expected, rel=1e-12)


# Trained


@pytest.mark.parametrize("estimate", [mine, nwj, infonce])
@pytest.mark.slow
def test_bivariate_normal(estimate):
    """I = 0.223 at r = 0.6. Held-out scores scatter by 0.6 / sqrt(2000) = 0.013; a few hundredths are not learned.

    The seed decides: over 50 steps, whose program is that of 200.
    """
    x, y = normal_pair(2000, 0.6)
    assert -0.05 < estimate(x, y, steps=200) - -0.5 * math.log(1 - 0.36) < 0.04
    found = estimate(x, y, steps=50)
    assert estimate(x, y, steps=50) == found
    assert estimate(x, y, steps=50, seed=1) != found


@pytest.mark.slow
def test_independent_columns_give_about_nothing():
    """Held out: what the critic learned by heart of 1000 pairs does not count in its favour."""
    x, y = normal_pair(2000, 0.0)
    for estimate in (mine, nwj, infonce):
        assert abs(estimate(x, y, steps=200)) < 0.03


def test_nonlinear_dependence_is_found():
    """y = x^2 + noise: correlation 0, and more than a nat of information, half of it learned in 200 steps."""
    x, noise = normal_pair(2000, 0.0)
    assert mine(x, x**2 + 0.3 * noise, steps=200) > 0.5


def test_infonce_stays_below_log_batch_and_says_so():
    x, _ = normal_pair(2000, 0.0)
    with pytest.warns(EstimateWarning, match="saturated"):
        found = infonce(x, x, steps=1000, batch=16)
    assert 0.9 * math.log(16) < found <= math.log(16)


def test_more_than_samples_can_vouch_for():
    with pytest.warns(EstimateWarning, match="log n"):
        neural._check_overfitting("mine", 3.0, 16)


def test_learning_by_heart_is_told():
    x, y = normal_pair(24, 0.5)
    with pytest.warns(EstimateWarning, match="by heart"):
        assert nwj(x, y, steps=1000) < -1


def test_scale_and_offset_do_not_matter():
    """Columns are standardised; scaling by a power of two is exact, and so is the equality."""
    x, y = normal_pair(2000, 0.8)
    assert mine(2.0**-40 * x, 2.0**30 * y, steps=50) == mine(x, y, steps=50)


def test_constant_columns_are_told():
    x, y = normal_pair(64, 0.5)
    with pytest.warns(EstimateWarning, match="constant"):
        mine(np.c_[x, np.ones(64)], y, steps=10)


@pytest.mark.parametrize("knobs", [{"steps": 0}, {"steps": 2.5}, {"seed": -1}])
def test_improper_knobs_are_refused(knobs):
    x, y = normal_pair(64, 0.5)
    with pytest.raises(ValueError, match="whole number"):
        nwj(x, y, **knobs)
    with pytest.raises(ValueError, match="at least 16"):
        nwj(x[:15], y[:15])
    with pytest.raises(ValueError, match="batch"):
        infonce(x, y, batch=1)


@pytest.mark.parametrize("powers", [(600, 0), (-566, 1020), (-1040, -600)])
@pytest.mark.parametrize("f", [mine, nwj, infonce], ids=lambda f: f.__name__)
@pytest.mark.slow
def test_bounds_do_not_depend_on_the_unit(f, powers):
    """Powers of two leave the standardised columns, and so every step of the training, as they are."""
    rng = np.random.default_rng(3)
    x = np.round(rng.normal(size=(64, 2)) * 2.0**20) / 2.0**20  # no digit is lost down to 2^-1054
    y = x[:, :1] + np.round(rng.normal(size=(64, 1)) * 2.0**20) / 2.0**20
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        expected = f(x, y, steps=20)
        assert f(np.ldexp(x, powers[0]), np.ldexp(y, powers[1]), steps=20) == expected
        assert f(np.ldexp(x, [powers[0], 5]), y, steps=20) == expected
    assert expected != 0


@pytest.mark.parametrize("value", ["7", None, [3], np.inf, np.nan, True, 2.5, -1, 2**31])
def test_steps_batch_and_seed_are_whole_numbers(value):
    x = np.random.default_rng(0).normal(size=32)
    for f in (mine, nwj, infonce):
        with pytest.raises(ValueError, match="^steps"):
            f(x, x, steps=value)
        if value != 2**31:
            with pytest.raises(ValueError, match="^seed"):
                f(x, x, seed=value)
    if value != 2**31:
        with pytest.raises(ValueError, match="^batch"):
            infonce(x, x, batch=value)
