"""The contract of every problem: names, shapes, repeatable draws, and a large sample that agrees with the truth."""

import re

import numpy as np
import pytest

from entropylab import problems as room
from entropylab.problems import PROBLEMS, Problem, problem, problems, product
from entropylab.resources import REFERENCES

LARGE = 2**14
KNOWN = [name for name in PROBLEMS if name not in room.DATA_SETS]


def arrays_of(drawn) -> tuple[np.ndarray, ...]:
    return drawn if isinstance(drawn, tuple) else (drawn,)


@pytest.mark.parametrize("name", KNOWN)
def test_large_sample_agrees_with_the_truth(name):
    """The mean of the local values over draws is unbiased for the truth; its standard error is their spread.

    4.5 standard errors: one false alarm in 10^5 draws of 150 problems would be 1e-3, and the seed is fixed.
    1e-6 is the floor: parts of the truth that rest on events rarer than one draw in a million do not show.
    """
    one = problem(name)
    values = one.local(*arrays_of(one.sample(2024, LARGE)))
    assert values.shape == (LARGE,)
    error = np.hypot(values.std() / np.sqrt(LARGE), one.truth_error)
    assert abs(values.mean() - one.truth) < 4.5 * error + 1e-6


@pytest.mark.parametrize("name", PROBLEMS)
def test_draws_are_repeatable_and_shaped_as_told(name):
    one = problem(name)
    drawn = arrays_of(one.sample(7, 20))
    np.random.seed(0)  # the global generator must not matter
    again, other = arrays_of(one.sample(7, 20)), arrays_of(one.sample(8, 20))
    assert one.name == name
    assert len(drawn) == len(one.dimensions)
    for array, columns, same in zip(drawn, one.dimensions, again, strict=True):
        np.testing.assert_array_equal(array, same)
        assert array.dtype == (np.float64 if columns else np.int64)
        assert array.shape == ((20, columns) if columns else (20,))
    # rarer symbols than one in 20 may make two short draws of labels equal by chance; numbers never are
    if any(one.dimensions):
        assert not any(np.array_equal(a, b) for a, b in zip(drawn, other, strict=True) if a.dtype == np.float64)


def test_the_contract_can_fail():
    """The published truth of the zero-inflated Poisson is 0.026 nats high: the contract must see it."""
    one = problem("zero-inflated-poisson-0.15")
    values = one.local(*one.sample(2024, LARGE))
    assert abs(values.mean() - 0.85 * 0.3012) > 4.5 * values.std() / np.sqrt(LARGE)


def test_every_problem_says_how_its_truth_is_known():
    keys = set(re.findall(r"@\w+\{([^,]+),", REFERENCES.read_text()))
    takes = {
        "differential entropy": {"samples"},
        "entropy": {"counts"},
        "mutual information": {"pair", "sample labels", "labels"},
        "conditional mutual information": {"pair given"},
    }
    for one in problems():
        assert one.known_by
        assert one.takes in takes[one.quantity], one.name
        assert one.name in PROBLEMS.names(one.quantity)
        assert not one.reference or one.reference in keys, one.reference
        assert (one.truth is None) == (one.name in room.DATA_SETS)
        # an error of a truth is far below what an estimator at n = 10000 can resolve
        assert 0 <= one.truth_error < 3e-4
        if one.quantity != "differential entropy" and one.truth is not None:
            assert one.truth > -1e-15, one.name


def test_symbols_carry_the_probabilities_their_truth_comes_from():
    for one in problems(quantity="entropy"):
        if one.probabilities is None:
            assert "endless alphabet" in one.tags
            continue
        p = np.array(one.probabilities)
        assert p.sum() == pytest.approx(1, abs=1e-12)
        drawn = np.bincount(one.sample(5, LARGE), minlength=len(p))
        assert len(drawn) == len(p)
        # chi-square: mean K - 1, variance 2 (K - 1) + sum 1 / (n p); cells that expect less than one draw are pooled
        rare = p * LARGE < 1
        cells = np.append(p[~rare], p[rare].sum()), np.append(drawn[~rare], drawn[rare].sum())
        held = cells[0] > 0
        expected, counts = cells[0][held] * LARGE, cells[1][held]
        statistic = ((counts - expected) ** 2 / expected).sum()
        spread = np.sqrt(2 * (held.sum() - 1) + (1 / expected).sum())
        assert abs(statistic - (held.sum() - 1)) < 4.5 * spread


def test_names_are_looked_up_or_suggested():
    assert problem("cauchy") is PROBLEMS["cauchy"]
    with pytest.raises(ValueError, match=r"no problem 'studnet-3'.*student-3"):
        problem("studnet-3")
    with pytest.raises(ValueError, match="see the .* names in PROBLEMS"):
        problem("%%%%")
    with pytest.raises(KeyError):
        PROBLEMS["studnet-3"]


def test_problems_are_chosen_by_quantity_kind_and_tag():
    heavy = problems(quantity="differential entropy", tag="heavy tails")
    assert {"cauchy", "student-3-d5", "pareto-1-x5"} <= {one.name for one in heavy}
    assert all(one.quantity == "differential entropy" and "heavy tails" in one.tags for one in heavy)
    assert {one.takes for one in problems(quantity="mutual information", takes="labels")} == {"labels"}
    assert len(problems()) == len(PROBLEMS) == len(PROBLEMS.names())
    for asked in ({"quantity": "mass"}, {"quantity": "entropy", "tag": "heavy tails"}, {"takes": "soup"}):
        with pytest.raises(ValueError, match="choose one of"):
            problems(**asked)


@pytest.mark.parametrize("n", [0, -3, 2.0, True, "5"])
def test_a_sample_needs_a_whole_number_of_draws(n):
    for name in ("normal-1", "1v1-additive-0.1", "iris"):
        with pytest.raises(ValueError, match="whole number of draws"):
            problem(name).sample(0, n)


def test_product_adds_truths_and_draws_parts_apart():
    parts = [room.laplace(scale=2.0), room.cauchy(), room.normal(np.eye(2))]
    joint = product(parts, name="three")
    assert joint.dimensions == (4,)
    assert joint.truth == pytest.approx(sum(part.truth for part in parts), rel=1e-14)
    x = joint.sample(0, 50)
    by_hand = sum(part.local(x[:, a:b]) for part, (a, b) in zip(parts, [(0, 1), (1, 2), (2, 4)], strict=True))
    np.testing.assert_array_equal(joint.local(x), by_hand)
    twins = product([room.laplace()] * 2, name="twins").sample(3, 4000)
    # Laplace columns drawn apart: the correlation of 4000 pairs has standard error 1 / sqrt(4000)
    assert abs(np.corrcoef(twins.T)[0, 1]) < 4.5 / np.sqrt(4000)

    pairs = product([room.bivariate_normal(correlation=0.5), room.additive_uniform(epsilon=0.2)], name="pairs")
    assert pairs.dimensions == (2, 2)
    assert pairs.truth == pytest.approx(-0.5 * np.log(0.75) + 0.2 - np.log(0.4), rel=1e-14)
    values = pairs.local(*pairs.sample(1, LARGE))
    assert abs(values.mean() - pairs.truth) < 4.5 * values.std() / np.sqrt(LARGE)


def test_product_refuses_what_does_not_add():
    for parts in ([], [room.cauchy(), room.bivariate_normal(correlation=0.5)], [room.exclusive_or()], [room.zipf(9)]):
        with pytest.raises(ValueError, match="a product needs problems of one quantity"):
            product(parts, name="none")
    with pytest.raises(ValueError, match="real data have none"):
        product([problem("diabetes")], name="none")


@pytest.mark.parametrize(
    "build",
    [
        lambda: room.normal([[1.0, 1.0], [1.0, 1.0]]),
        lambda: room.normal([[1.0, 0.5], [0.4, 1.0]]),
        lambda: room.normal([1.0, 2.0]),
        lambda: room.uniform(low=1.0, high=1.0),
        lambda: room.gamma(shape=-1.0),
        lambda: room.student(df=0.0),
        lambda: room.student(df=2.0, dimensions=3, dispersion=np.eye(2)),
        lambda: room.triangular(low=0.0, mode=2.0, high=1.0),
        lambda: room.dirichlet([1.0]),
        lambda: room.gaussian_mixture([0.5, 0.6], [0.0, 1.0], [1.0, 1.0]),
        lambda: room.gaussian_mixture([0.5, 0.5], [0.0, 1.0], [1.0]),
        lambda: room.gaussian_mixture_pair([1.0], [[0.0, 0.0]], [np.eye(2)], dx=2),
        lambda: room.uniform_mixture([1.0], [0.0], [0.0]),
        lambda: room.uniform_mixture([0.01] * 100, np.arange(300.0).reshape(100, 3), np.ones((100, 3))),
        lambda: room.categorical([0.5, 0.6], name="x"),
        lambda: room.uniform_symbols(0),
        lambda: room.geometric(success=1.0),
        lambda: room.bivariate_normal(correlation=1.0),
        lambda: room.normal_pair(np.eye(2), dx=2),
        lambda: room.additive_uniform(epsilon=0.0),
        lambda: room.noisy_function(np.square, noise=0.0, name="x"),
        lambda: room.conditional_normal(np.eye(2), dx=1, dy=1, name="x"),
        lambda: room.zero_inflated_poisson(inflation=1.0),
        lambda: room.exclusive_or(flip=1.5),
        lambda: room.table([0.5, 0.5], name="x"),
        lambda: room.categorical_uniform(0),
        lambda: room.atoms_and_normal(agreement=1.0),
    ],
)
def test_impossible_parameters_are_told(build):
    with pytest.raises(ValueError, match=r": got|lowest eigenvalue|above 1000000|got shape"):
        build()


def test_the_function_problem_is_not_hidden_by_its_module():
    assert callable(room.problem)
    assert isinstance(room.problem("uniform"), Problem)
