"""The certificate holds for every case tried, and is of use; Shihab et al.'s bound does neither."""

import math

import jax
import numpy as np
import pytest
from scipy.special import expit

import entropylab as lab

SLACK = 1e-12  # rounding of two entropies


def cases(rng, count, n, d, m):
    """Points and planes at random; some points on a boundary, far away, or all in one place; some long normals."""
    x = rng.normal(size=(count, n, d)) * rng.choice([0.0, 0.1, 1.0, 30.0], (count, 1, 1))
    w = rng.normal(size=(count, m, d)) * rng.choice([0.01, 1.0, 10.0], (count, m, 1))
    b = rng.normal(size=(count, m)) * rng.choice([0.0, 1.0], (count, m))
    return x, w, b, 10 ** rng.uniform(-3, 1, count)


@pytest.mark.parametrize("n, d, m", [(1, 1, 1), (3, 2, 2), (60, 1, 4), (40, 2, 3), (64, 3, 7)])
@pytest.mark.filterwarnings("ignore::entropylab.numerics.validation.check.EstimateWarning")
def test_certificate_bounds_the_distance(n, d, m):
    """Soft and hard entropies of 3000 random cases in all."""
    x, w, b, temperature = cases(np.random.default_rng([n, d, m]), 600, n, d, m)
    soft = jax.jit(jax.vmap(lambda x, w, b, t: lab.halfspace_partition(x, w, b, temperature=t)))(x, w, b, temperature)
    tight = 0
    for case in range(len(x)):
        distance = abs(lab.hard_halfspace_partition(x[case], w[case], b[case]) - float(soft[case]))
        bound = lab.partition_certificate(x[case], w[case], b[case], temperature=temperature[case])
        assert distance <= bound + SLACK
        assert bound <= m * math.log(2) + SLACK
        tight += bound < 0.9 * m * math.log(2)
    assert tight > 50, "a bound that is always log K would hold too"


def test_certificate_is_attained():
    """n points at height s inside one halfspace: hard 0, soft h(sigma(s / tau)), and T = sigma(-s / tau) exactly."""
    for s in (0.0, 0.3, 2.0):
        x = np.full((7, 1), s)
        soft = float(lab.halfspace_partition(x, [[1.0]], [0.0], temperature=0.5))
        found = lab.partition_certificate(x, [[1.0]], [0.0], temperature=0.5)
        assert found == pytest.approx(soft, rel=1e-12)
        lost = expit(-s / 0.5)
        assert found == pytest.approx(-lost * math.log(lost) - (1 - lost) * math.log(1 - lost), rel=1e-12)


def test_certificate_in_units_of_the_temperature():
    """Normals twice as long with half the margin left out of account would certify too little."""
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=(50, 2)), rng.normal(size=(3, 2)), rng.normal(size=3)
    found = lab.partition_certificate(x, w, b, temperature=0.2)
    assert lab.partition_certificate(x, 5 * w, 5 * b, temperature=1.0) == pytest.approx(found, rel=1e-12)
    assert lab.partition_certificate(x, 5 * w, 5 * b, temperature=0.2) < found


def test_certificate_vanishes_with_the_temperature():
    """Away from boundaries it falls like exp(-margin / tau); tiny values keep their digits."""
    x = np.array([[1.0], [-2.0]])
    lost = (expit(-1 / 0.02) + expit(-2 / 0.02)) / 2
    found = lab.partition_certificate(x, [[1.0]], [0.0], temperature=0.02)
    assert found == pytest.approx(lost * (1 - math.log(lost)), rel=1e-10)  # h(T) = T - T log T + O(T^2)
    assert lab.partition_certificate(x, [[1.0]], [0.0], temperature=1e-5) == 0


def test_many_halfspaces():
    """The certificate needs no table of cells."""
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=(30, 5)), rng.normal(size=(200, 5)), rng.normal(size=200)
    assert 0 < lab.partition_certificate(x, w, b, temperature=1e-4) < 10
    assert lab.partition_certificate(x, w, b, temperature=10.0) == pytest.approx(200 * math.log(2), rel=1e-12)


def square(n):
    """Points in the unit square and four lines through its centre, of which two dimensions make 11 cells at most."""
    rng = np.random.default_rng(0)
    w = rng.normal(size=(4, 2))
    w /= np.linalg.norm(w, axis=1, keepdims=True)
    return rng.random((n, 2)), w, w @ [0.5, 0.5]


def test_theorem_3_says_nothing_at_realistic_n():
    """E log(K / E) with margin -> 0: above log K = 2.398 at n = 1e3 and still at 1e6, negative at small tau."""
    small, large = square(1000), square(1_000_000)
    assert lab.shihab_bound(*small, temperature=0.05) == pytest.approx(3.06, abs=0.01)
    assert lab.shihab_bound(*large, temperature=0.05) == pytest.approx(2.42, abs=0.01)
    assert lab.shihab_bound(*small, temperature=0.001) < 0
    assert lab.partition_certificate(*small, temperature=0.05) < math.log(11)
    assert 0.05 < lab.partition_certificate(*small, temperature=0.001) < 0.08


def test_theorem_3_by_hand():
    """One plane at distance 2 (|w| = 5), n = 2, d = 1: E = exp(-2 / 4 tau) + 0 + sqrt(log(2 / delta) / 4), K = 2."""
    x = np.array([[2.0], [-3.0]])
    error = math.exp(-2 / (4 * 0.7)) + math.sqrt(math.log(2 / 0.1) / 4)
    found = lab.shihab_bound(x, [[5.0]], [0.0], temperature=0.7, failure=0.1)
    assert found == pytest.approx(error * math.log(2 / error), rel=1e-12)


def test_the_continuity_behind_theorem_3_fails_beyond_one_half():
    """|H(p) - H(q)| <= l1 log(K / l1) with p = (1, 0), q = (0.4, 0.6): 0.673 against 0.613; Audenaert's holds."""
    difference = -(0.4 * math.log(0.4) + 0.6 * math.log(0.6))
    l1 = 1.2
    assert difference > l1 * math.log(2 / l1)
    assert difference <= math.log(2)  # T = 0.6 > 1 - 1/2


@pytest.mark.parametrize(
    "knobs, says", [({"temperature": 0.0}, "temperature must be"), ({"temperature": math.nan}, "temperature must be")]
)
def test_wrong_input_is_refused(knobs, says):
    for bound in (lab.partition_certificate, lab.shihab_bound):
        with pytest.raises(ValueError, match=says):
            bound(np.ones((3, 2)), np.ones((2, 2)), np.ones(2), **knobs)
        with pytest.raises(ValueError, match="length 0"):
            bound(np.ones((3, 2)), np.zeros((2, 2)), np.ones(2))
    with pytest.raises(ValueError, match="failure must be"):
        lab.shihab_bound(np.ones((3, 2)), np.ones((2, 2)), np.ones(2), failure=1.0)
