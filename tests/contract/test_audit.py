"""The audit's rows: twins over all pairs, the peers' own numbers, and the signs of the errors that they make."""

import math

import numpy as np
import pytest
from scipy.special import digamma
from sklearn.feature_selection import mutual_info_regression

from entropylab import audit, kozachenko_leonenko, ksg
from entropylab.numerics.validation import check
from entropylab.numerics.validation.check import EstimateWarning


def normals(seed, n=300, r=0.5, scale=1.0):
    random = np.random.default_rng(seed)
    x, noise = random.normal(size=(2, n))
    return scale * x, scale * (r * x + math.sqrt(1 - r * r) * noise)


def waves(scale):
    """400 pairs that any language draws alike."""
    t = np.arange(1, 401)
    x = scale * (np.sin(t * 1.7) + 0.1 * np.cos(t * t * 0.3))
    return x, scale * np.cos(t * 2.9) + 0.5 * x


def row(answer, name, quantity="estimate"):
    return float(answer[quantity].sel(convention=name))


def test_twins_over_all_pairs():
    x, y = normals(0)
    n, k = len(x), 3
    gaps = [np.abs(a[:, None] - a) + np.where(np.eye(n), np.inf, 0) for a in (x, y)]
    eps = np.sort(np.maximum(*gaps), 1)[:, [k - 1]]
    inside = {
        "strictly nearer": [(g < eps).sum(1) + 1 for g in gaps],
        "boundary counted": [(g <= eps).sum(1) + 1 for g in gaps],
        "itself counted twice": [(g < eps).sum(1) + 2 for g in gaps],
        "radius less 1e-15": [(g <= eps - 1e-15).sum(1) + 1 for g in gaps],
        "interval looked up": [
            ((a > a[:, None] - eps) & (a < a[:, None] + eps)).sum(1) for a in (x, y)
        ],  # the point itself lies inside
    }
    round_eps = np.sort(np.hypot(*gaps), 1)[:, [k - 1]]
    inside["round balls in the joint space"] = [(g < round_eps).sum(1) + 1 for g in gaps]
    answer = audit(x, y, k=k)
    for name, (nx, ny) in inside.items():
        expected = digamma(k) + digamma(n) - np.mean(digamma(nx) + digamma(ny))
        assert row(answer, name) == pytest.approx(expected, abs=1e-12)


def test_the_rows_that_are_right_are_ours():
    x, y = normals(1)
    answer = audit(x, y, k=4)
    nats = ksg(x, y, k=4)
    assert row(answer, "strictly nearer") == pytest.approx(nats, abs=1e-13)
    assert row(answer, "tightest rectangles") == ksg(x, y, k=4, variant=2)
    assert row(answer, "in bits") * math.log(2) == pytest.approx(nats)
    assert row(answer, "in decimal digits") * math.log(10) == pytest.approx(nats)
    assert row(answer, "neighbours in a cube") == kozachenko_leonenko(x, k=4)
    assert row(answer, "standardised first") == pytest.approx(ksg(x / x.std(), y / y.std(), k=4), abs=1e-13)
    assert row(answer, "entropy in bits") * math.log(2) == pytest.approx(kozachenko_leonenko(x, k=4))
    assert answer.attrs == {"samples": 300, "k": 4, "seed": 0}
    for key in ("quantity", "unit", "verdict", "met_in", "reason"):
        assert all(answer[key].values)
    assert row(answer, "in bits", "difference") == row(answer, "in bits") - row(answer, "strictly nearer")


def test_scikit_learn_is_its_row():
    """Other draws of a noise of 1e-10 leave every neighbour where it is at 300 samples."""
    x, y = normals(2)
    peer = mutual_info_regression(x[:, None], y, n_neighbors=3, random_state=1)[0]
    assert row(audit(x, y), "standardised, noise, clamped") == pytest.approx(peer, abs=1e-9)


def test_npeet_counts_the_boundary_at_large_scale():
    """npeet.entropy_estimators.mi(x, y, k=3, base=e) of gregversteeg/NPEET d562b77: right at scale 1, not at 1e4."""
    assert row(audit(*waves(1.0)), "radius less 1e-15") == pytest.approx(1.2014342928440254, abs=1e-12)
    large = audit(*waves(1e4))
    assert row(large, "radius less 1e-15") == pytest.approx(1.144822283785821, abs=1e-12)
    assert row(large, "radius less 1e-15") == row(large, "boundary counted")
    assert row(large, "strictly nearer") == pytest.approx(1.2014342928440254, abs=1e-12)


def test_errors_of_independent_data_have_the_signs_seen_in_peers():
    """Mean over 30 samples: strict about 0, the boundary and the point itself pull down, clamping pulls up.

    The boundary neighbour adds 1 / (n + 1) to one psi of each pair, so the shift is exact, not only its sign.
    """
    names = ["strictly nearer", "boundary counted", "itself counted twice", "clamped at 0"]
    found = []
    for seed in range(30):
        x, y = normals(seed, n=500, r=0.0)
        answer = audit(x, y)
        found.append([row(answer, name) for name in names])
    strict, boundary, twice, clamped = np.mean(found, 0)
    error = np.std(found, 0)[0] / math.sqrt(30)
    assert strict == pytest.approx(0, abs=4 * error)
    assert boundary < -0.01 and twice < boundary
    assert clamped > 4 * error / 2 and np.min(found) < 0
    x, y = normals(0, n=500, r=0.0)
    gaps = [np.abs(a[:, None] - a) + np.where(np.eye(500), np.inf, 0) for a in (x, y)]
    eps = np.sort(np.maximum(*gaps), 1)[:, [2]]
    shift = sum(((g == eps).any(1) / ((g < eps).sum(1) + 1)).mean() for g in gaps)
    assert row(audit(x, y), "boundary counted", "difference") == pytest.approx(-shift, abs=1e-12)


def test_negative_entropy_survives_and_the_clamp_does_not():
    """U(0, 0.1): log 0.1 = -2.303, for which a clamped estimate says 0."""
    x = np.random.default_rng(3).uniform(0, 0.1, size=(2, 2000))
    answer = audit(*x)
    error = kozachenko_leonenko.local(x[0]).std() / math.sqrt(2000)
    assert row(answer, "neighbours in a cube") == pytest.approx(math.log(0.1), abs=4 * error)
    assert row(answer, "entropy clamped at 0") == 0


def test_small_units_drown_in_absolute_noise():
    """At 1e-12 noise of 1e-10 is all there is: the dependence is gone, and only that row loses it."""
    small, unit = audit(*normals(4, r=0.9, scale=1e-12)), audit(*normals(4, r=0.9))
    assert row(unit, "noise of 1e-10 added") == pytest.approx(row(unit, "strictly nearer"), abs=1e-9)
    assert row(small, "noise of 1e-10 added") < 0.15
    for name in ("strictly nearer", "tightest rectangles", "standardised first", "boundary counted"):
        assert row(small, name) == pytest.approx(row(unit, name), abs=1e-9)


def test_several_columns_and_volumes():
    random = np.random.default_rng(5)
    x, y = random.normal(size=(200, 2)), random.normal(size=(200, 3))
    answer = audit(x, y)
    assert np.isnan(row(answer, "interval looked up"))
    assert np.isfinite(answer.estimate.values).sum() == answer.sizes["convention"] - 1
    assert row(answer, "distance taken for a diameter", "difference") == pytest.approx(-2 * math.log(2))
    euclid = row(answer, "neighbours in a round ball")
    assert euclid == kozachenko_leonenko(x, norm="euclidean")
    assert row(answer, "round ball with 2^d") == pytest.approx(euclid + 2 * math.log(2))


def test_warnings_are_told_once_and_bad_input_refused():
    random = np.random.default_rng(6)
    x = random.normal(size=200)
    with pytest.warns(EstimateWarning) as told:
        audit(x, 1e4 * random.normal(size=200))
    assert len(told) == 1 and "spreads" in str(told[0].message)
    with pytest.raises(ValueError, match="paired"):
        audit(x, x[:-1])
    with pytest.raises(ValueError, match="lower k"):
        audit(x, x, k=200)


def test_formulas_for_densities_are_wrong_for_values_that_repeat():
    """A coin that says nothing of a normal variable: rows called right are about 0, of a spread of 0.02 at n = 1000."""
    random = np.random.default_rng(7)
    x, coin = random.normal(size=1000), random.integers(0, 2, 1000)
    with check.suppress_warnings():
        answer, smooth = audit(x, coin), audit(x, x + random.normal(size=1000))
    verdicts = dict(zip(answer.convention.values, answer.verdict.values, strict=True))
    for name in ("radius less 1e-15", "interval looked up"):
        assert verdicts[name] == "wrong"
        assert "repeat" in str(answer.reason.sel(convention=name).item())
        assert smooth.verdict.sel(convention=name).item() == "at some scales"
    assert row(answer, "strictly nearer") == ksg(x, coin)
    for name in ("strictly nearer", "standardised first"):
        assert verdicts[name] == "right" and abs(row(answer, name)) < 0.08
