"""Information between labels: closed forms, a dictionary twin, scikit-learn, and what bad labels are told."""

import math
from collections import Counter

import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

import entropylab as lab
from entropylab.numerics.validation.check import EstimateWarning

RNG = np.random.default_rng(7)


def slow_entropy(*labels):
    """Plug-in entropy of tuples counted in a dictionary."""
    n = len(labels[0])
    return -sum(c / n * math.log(c / n) for c in Counter(zip(*labels, strict=True)).values())


def dependent(n=400):
    z = RNG.integers(0, 3, n)
    x = (z + RNG.integers(0, 2, n)) % 4
    y = (x + z + RNG.integers(0, 3, n)) % 5
    return x, y, z


def test_exclusive_or_is_seen_only_jointly():
    x, y = np.array([0, 0, 1, 1] * 5), np.array([0, 1, 0, 1] * 5)
    z = x ^ y
    assert lab.discrete_mutual_information(x, z) == 0.0
    assert lab.discrete_conditional_mutual_information(x, z, y) == pytest.approx(math.log(2), rel=1e-15)
    assert lab.proficiency(z, np.stack([x, y], axis=1)) == pytest.approx(1.0, rel=1e-15)
    assert lab.proficiency(z, x) == 0.0


def test_self_information_is_the_entropy():
    x, _, _ = dependent()
    entropy = lab.plugin(lab.count_labels(x))
    assert lab.discrete_mutual_information(x, x) == pytest.approx(entropy, rel=1e-14)
    assert lab.discrete_conditional_entropy(x, x) == 0.0


def test_agrees_with_entropies_counted_in_a_dictionary():
    x, y, z = dependent()
    assert lab.plugin(lab.count_labels(x)) == pytest.approx(slow_entropy(x), rel=1e-13)
    assert lab.discrete_mutual_information(x, y) == pytest.approx(
        slow_entropy(x) + slow_entropy(y) - slow_entropy(x, y), rel=1e-12
    )
    assert lab.discrete_conditional_entropy(y, z) == pytest.approx(slow_entropy(y, z) - slow_entropy(z), rel=1e-13)
    assert lab.discrete_conditional_mutual_information(x, y, z) == pytest.approx(
        slow_entropy(x, z) + slow_entropy(y, z) - slow_entropy(x, y, z) - slow_entropy(z), rel=1e-11
    )
    assert lab.proficiency(x, np.stack([y, z], axis=1)) == pytest.approx(
        (slow_entropy(x) + slow_entropy(y, z) - slow_entropy(x, y, z)) / slow_entropy(x), rel=1e-12
    )


@pytest.mark.parametrize("n", [50, 5000, 200_000])
def test_agrees_with_scikit_learn(n):
    """The peer subtracts entropies of about 2 nats, so its own rounding is near 1e-15 * 2 * sqrt(cells)."""
    x, y, _ = dependent(n)
    assert lab.discrete_mutual_information(x, y) == pytest.approx(mutual_info_score(x, y), abs=1e-14)


def test_tables_that_factorise_give_exactly_zero_and_rounding_never_goes_below():
    x, y = np.repeat(np.arange(7), 33), np.tile(np.arange(11), 21)
    assert lab.discrete_mutual_information(x, y) == 0.0
    n = 10**6
    x, y = np.arange(n) % 2, np.arange(n) // 2 % 2
    y[:1] = 1 - y[:1]  # one sample of a million moved: I = (1e-6)^2 * 2 by second order
    assert lab.discrete_mutual_information(x, y) == pytest.approx(2e-12, rel=1e-5)


def test_chain_rule():
    x, y, z = dependent()
    both = np.stack([y, z], axis=1)
    whole = lab.discrete_mutual_information(x, both)
    parts = lab.discrete_mutual_information(x, z) + lab.discrete_conditional_mutual_information(x, y, z)
    assert whole == pytest.approx(parts, rel=1e-12)


def test_names_do_not_matter():
    x, y, z = dependent()
    names = np.array(["a", "bb", "c", "d", "e"])
    objects = np.array([frozenset(), (1, 2), "x", 3.5, b"y"], dtype=object)
    assert lab.discrete_mutual_information(names[x], objects[y]) == pytest.approx(
        lab.discrete_mutual_information(x, y), rel=1e-14
    )
    one_hot = z[:, None] == np.arange(3)
    assert lab.proficiency(list(names[x]), one_hot) == pytest.approx(lab.proficiency(-2.5 * x, z), rel=1e-14)


def test_many_columns_are_one_joint_symbol():
    """Forty binary columns have 2^40 possible rows; numbering them must not overflow."""
    columns = RNG.integers(0, 2, (300, 3))
    wide = np.concatenate([columns] * 14, axis=1)
    expected = Counter(map(tuple, columns.tolist()))
    assert sorted(lab.count_labels(wide)) == sorted(expected.values())
    wide = np.concatenate([np.arange(300)[:, None] * 2**53, wide], axis=1)
    assert len(lab.count_labels(wide)) == 300


@pytest.mark.parametrize(
    "labels, counts",
    [
        ([3, 1, 3], [1, 2]),
        (["b", "a", "b"], [1, 2]),
        ([1, "1", (), 1], [2, 1, 1]),
        ([True, 1, "1"], [2, 1]),
        ([(1, 2), (1, 2), (0, 1)], [1, 2]),
        ([(1, "a"), (1, "a"), (0, "b")], [2, 1]),
        ([(1,), (1, 2), (1,)], [2, 1]),
        (np.array([[0, 1], [0, 1], [1, 0]]), [2, 1]),
        (np.array(["x", 1, "x"], dtype=object), [2, 1]),
        ([0.0, -0.0, math.inf], [2, 1]),
    ],
)
def test_count_labels(labels, counts):
    assert lab.count_labels(labels).tolist() == counts


@pytest.mark.parametrize(
    "labels, told",
    [
        ([], "at least one label"),
        (np.zeros((2, 2, 2)), "shape"),
        ("abc", "a list of labels: got str"),
        ([1.0, math.nan], "NaN"),
        ([1, None, 1], "got None"),
        ([math.nan, "a"], "NaN"),
        ([{1}, {2}], "hashable"),
    ],
)
def test_count_labels_explains_what_it_cannot_count(labels, told):
    with pytest.raises(ValueError, match=told):
        lab.count_labels(labels)


def test_pairs_must_match():
    for call in (lab.discrete_mutual_information, lab.discrete_conditional_entropy, lab.proficiency):
        with pytest.raises(ValueError, match="paired"):
            call([1, 2, 1], [1, 2])
    with pytest.raises(ValueError, match="paired"):
        lab.discrete_conditional_mutual_information([1, 2], [1, 2], [1, 2, 1])


def test_a_constant_feature_has_no_proficiency():
    with pytest.raises(ValueError, match="feature that varies"):
        lab.proficiency([1, 1, 1], [1, 2, 1])
    assert lab.discrete_mutual_information([1, 1, 1], [1, 2, 1]) == 0.0


def test_symbols_seen_once_are_told():
    feature = RNG.integers(0, 2, 100)
    with pytest.warns(EstimateWarning, match="100 of 100 samples hold a .* symbol that occurs only once"):
        assert lab.proficiency(feature, np.arange(100)) == pytest.approx(1.0)


def test_bias_of_independent_labels_is_as_the_card_says():
    """(m_x - 1)(m_y - 1) / (2 n) = 12 / 2000; 2 n I is then chi-square with 12 degrees, error sqrt(24 / 100) / 2 n."""
    n, repeats = 1000, 100
    values = [lab.discrete_mutual_information(RNG.integers(0, 4, n), RNG.integers(0, 5, n)) for _ in range(repeats)]
    assert np.mean(values) == pytest.approx(12 / (2 * n), abs=4 * math.sqrt(24 / repeats) / (2 * n))


# Quantised entropy


def test_an_even_grid_has_the_entropy_of_the_uniform():
    """1000 samples, ten in each cell of [0, 3): h = log 3 exactly."""
    x = (np.arange(1000) + 0.5) * 0.003
    assert lab.quantised_entropy(x, width=0.03) == pytest.approx(math.log(3), rel=1e-13)


def test_quantised_entropy_counts_cells_anchored_at_zero():
    x = RNG.normal(size=(500, 2)) * 3
    cells = Counter(tuple(math.floor(v / 0.7) for v in row) for row in x.tolist())
    expected = -sum(c / 500 * math.log(c / 500) for c in cells.values()) + 2 * math.log(0.7)
    assert lab.quantised_entropy(x, width=0.7) == pytest.approx(expected, rel=1e-13)


def test_quantised_entropy_of_a_normal():
    """Bias -(cells - 1) / (2 n) = -5e-4 and + width^2 / 24 = 4e-4; standard error sqrt(1 / 2 n) = 2.2e-3."""
    x = RNG.normal(size=100_000)
    assert lab.quantised_entropy(x, width=0.1) == pytest.approx(0.5 * math.log(2 * math.pi * math.e), abs=0.01)


def test_quantised_entropy_scales_with_the_width():
    x = RNG.normal(size=(300, 2))
    once = lab.quantised_entropy(x, width=0.5)
    for scale in (2.0**-40, 2.0**30):  # powers of two leave the cells as they are
        assert lab.quantised_entropy(scale * x, width=scale * 0.5) - 2 * math.log(scale) == pytest.approx(
            once, abs=1e-12
        )


def test_quantised_entropy_tells_when_it_saturates():
    x = RNG.normal(size=100)
    with pytest.warns(EstimateWarning, match="saturates at log n"):
        assert lab.quantised_entropy(x, width=1e-6) == pytest.approx(math.log(100) + math.log(1e-6))


def test_quantised_entropy_refuses_cells_it_cannot_tell_apart():
    with pytest.raises(ValueError, match="widen the cells or centre"):
        lab.quantised_entropy(np.array([1e9, 1e9 + 1]), width=1e-8)
    for width in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="width"):
            lab.quantised_entropy(np.array([1.0, 2.0]), width=width)
