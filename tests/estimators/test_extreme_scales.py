"""Soft partitions, patterns and triangles at the ends of the float range, far from the origin and inside a jit."""

import math
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

import entropylab as lab
from entropylab.numerics.special.compensated_sums import differences_from_products
from entropylab.numerics.validation.check import EstimateWarning

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(0)
FINE = np.round(RNG.normal(size=(30, 2)) * 2.0**20) / 2.0**20  # of no digit below 2^-20: whole down to 2^-1054


# Nearest anchors: one column, whose squares a compiler may leave unrounded


@pytest.mark.parametrize("kind, size", [("f4", 6e7), ("f4", 1e12), ("f4", 2e17), ("f8", 3e17), ("f8", 1e149)])
def test_balls_of_huge_numbers_are_the_hard_ones(kind, size):
    """No point lies so near to the middle of two anchors that a cell of width 1 / (10 size) would show."""
    points, anchors = (size * RNG.normal(size=40)).astype(kind), (size * np.array([-0.5, 0.1, 1.0])).astype(kind)
    hard = lab.hard_ball_partition(points, anchors)
    local_mean = lambda p, a: lab.ball_partition.local(p, a).mean()  # noqa: E731
    for function in (lab.ball_partition, jax.jit(lab.ball_partition), local_mean):
        assert float(function(points, anchors)) == pytest.approx(hard, abs=1e-6)
    shares = np.asarray(jax.jit(lab.ball_memberships)(points, anchors))
    assert (shares.argmax(1) == lab.ball_cells(points, anchors)).all() and np.isfinite(shares).all()
    slopes = jax.jit(jax.grad(lab.ball_partition, argnums=(0, 1)))(points, anchors)
    assert all(np.isfinite(slope).all() for slope in slopes)


TRIPLE = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
KNOBS = {
    "ball": lambda kind, x: lab.ball_partition(TRIPLE.astype(kind), TRIPLE[:2].astype(kind), sharpness=x),
    "slab": lambda kind, x: lab.slab_partition(
        TRIPLE.astype(kind), TRIPLE[1:].astype(kind), TRIPLE[0, :2].astype(kind), sharpness=x
    ),
    "halfspace": lambda kind, x: lab.halfspace_partition(
        TRIPLE.astype(kind), TRIPLE[1:].astype(kind), TRIPLE[0, :2].astype(kind), temperature=x
    ),
    "box": lambda kind, x: lab.box_partition(
        TRIPLE.astype(kind), TRIPLE[:1].astype(kind), TRIPLE[:1].astype(kind) + np.float32(1), temperature=x
    ),
    "rows": lambda kind, x: lab.attention_ball_entropy(
        np.eye(3, dtype=kind), TRIPLE.astype(kind), TRIPLE[:2].astype(kind), sharpness=x
    ).sum(),
    "triangles": lambda kind, x: lab.triangle_entropy(TRIPLE.astype(kind), temperature=x),
    "match": lambda kind, x: lab.soft_match(TRIPLE.astype(kind), bandwidth=x),
    "step": lambda kind, x: lab.soft_match(TRIPLE.astype(kind), temperature=x),
}


@pytest.mark.parametrize("name", KNOBS)
def test_knobs_that_the_type_of_float_cannot_hold_are_refused(name):
    with pytest.raises(ValueError, match=r"must lie between .* for data in float32: got 1e\+39.*; rescale"):
        KNOBS[name]("f4", 1e39)
    for value in (1e-310, 1e308):
        with pytest.raises(ValueError, match="must lie between .* for data in float64"):
            KNOBS[name]("f8", value)


def test_a_knob_that_overflows_under_a_trace_gives_nan():
    f4 = TRIPLE.astype("f4")
    assert math.isnan(jax.jit(lambda x: lab.ball_partition(f4, f4[:2], sharpness=x))(1e39))
    assert math.isnan(jax.jit(lambda x: lab.soft_match(f4 / 2, temperature=x))(1e39))


# Planes far from the origin, by extended precision


def heights(points, normals, offsets):
    """n . x - b: of the first point by fractions, of the others by their small differences from it."""
    first = [
        sum(Fraction(float(a)) * Fraction(float(x)) for a, x in zip(normal, points[0], strict=True))
        - Fraction(float(b))
        for normal, b in zip(normals, offsets, strict=True)
    ]
    points = np.asarray(points, np.longdouble)
    return np.asarray((points - points[0]) @ np.asarray(normals, np.longdouble).T + np.array(first, float), float)


def sign_entropy(heights, temperature):
    share = np.ones((len(heights), 1))
    for z in heights.T / temperature:
        inside = expit(z)
        share = np.concatenate([share * inside[:, None], share * (1 - inside)[:, None]], axis=1)
    q = share.mean(0)
    return -(q[q > 0] * np.log(q[q > 0])).sum()


def slab_entropy(heights, sharpness):
    z = -sharpness * np.abs(heights)
    share = np.exp(z - z.max(1, keepdims=True))
    q = (share / share.sum(1, keepdims=True)).mean(0)
    return -(q[q > 0] * np.log(q[q > 0])).sum()


@pytest.mark.parametrize("kind, far", [("f4", 1e6), ("f4", 1e7), ("f8", 1e9), ("f8", 1e14)])
@pytest.mark.parametrize("columns", [1, 3])
def test_planes_far_from_the_origin_keep_their_digits(kind, far, columns):
    points = (far * RNG.normal(size=columns) + RNG.normal(size=(60, columns)) * 10).astype(kind)
    normals = RNG.normal(size=(3, columns)).astype(kind)
    offsets = (points[:3].astype(np.longdouble) * normals).sum(1).astype(kind)  # through the cloud
    tolerance = {"f4": 2e-5, "f8": 1e-7}[kind]  # error of a height over the width of a boundary, up to CENTRED
    half, slab = (
        sign_entropy(heights(points, normals, offsets), 0.1),
        slab_entropy(heights(points, normals, offsets), 10),
    )
    soft = lambda p: jnp.stack(  # noqa: E731
        [lab.halfspace_partition(p, normals, offsets), lab.slab_partition(p, normals, offsets)]
    )
    mapped = jax.vmap(soft)(jnp.stack([points, points]))
    for found in (soft(points), jax.jit(soft)(points), mapped[1]):
        np.testing.assert_allclose(found, [half, slab], atol=tolerance)


@given(st.lists(st.integers(-(2**24) + 1, 2**24 - 1), min_size=7, max_size=7), st.integers(-20, 20))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_differences_from_products_are_rounded_once(whole, exponent):
    """By integers: the four terms of a product are exact, and their compensated sum is right to its last digit."""
    number, row, point = whole[0], whole[1:4], whole[4:]
    unit = np.float32(2.0**exponent)
    exact = sum(a * x for a, x in zip(row, point, strict=True))
    near = np.float32(exact) + np.float32(number)  # leaves what float32 lacks of the products, and a small number
    arguments = np.float32([near * unit]), np.float32([row]), np.float32(point) * unit
    expected = (int(near) - exact) * 2.0**exponent
    found = float(differences_from_products(*map(jnp.asarray, arguments))[0])
    assert found == pytest.approx(expected, rel=2.0**-22, abs=2.0**-40 * abs(exact) * 2.0**exponent)


def test_float32_says_where_it_cannot_tell_points_apart():
    points = (1e7 * RNG.normal(size=(50, 2))).astype("f4")
    normals, offsets = np.eye(2, dtype="f4"), np.zeros(2, "f4")
    with pytest.warns(EstimateWarning, match="float32 rounds the heights .* pass float64"):
        lab.halfspace_partition(points, normals, offsets)
    with pytest.warns(EstimateWarning, match="float32 rounds the heights"):
        lab.slab_partition(points, normals, offsets)


# Triangles: the scale law


@given(st.integers(-1040, 1020))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_triangles_do_not_see_the_scale(exponent):
    assert float(lab.triangle_entropy(np.ldexp(FINE, exponent))) == pytest.approx(
        float(lab.triangle_entropy(FINE)), rel=1e-13
    )


def test_triangles_do_not_see_the_scale_in_programs_and_float32():
    program, expected = jax.jit(lab.triangle_entropy), float(lab.triangle_entropy(FINE))
    for exponent in (-900, -540, 512, 1020):
        assert float(program(np.ldexp(FINE, exponent))) == pytest.approx(expected, rel=1e-13)
    assert math.isnan(program(np.ldexp(FINE, -1040)))  # a program takes numbers below 2^-1022 for 0
    coarse = np.round(FINE * 2.0**8).astype("f4") / 2**8  # whole down to 2^-141
    for exponent in (-140, -70, 66, 120):
        found = float(lab.triangle_entropy(np.ldexp(coarse, exponent)))
        assert found == pytest.approx(float(lab.triangle_entropy(coarse)), rel=1e-6)


def test_narrow_triangles_in_float32():
    points = FINE.astype("f4")
    limit = float(lab.triangle_entropy(FINE, temperature=1e-6))
    assert float(lab.triangle_entropy(points, temperature=3e-6)) == pytest.approx(limit, abs=1e-3)
    with pytest.warns(EstimateWarning, match="below the rounding of float32"):
        assert math.isfinite(lab.triangle_entropy(points, temperature=1e-20))


# Patterns: kernels of any width


STATES = RNG.random((20, 3))
BITS = np.round(STATES)


@pytest.mark.parametrize("kind, narrow", [("f8", (1e-100, 1e-154, 1e-200, 1e-290)), ("f4", (1e-19, 1e-20, 1e-28))])
def test_narrow_kernels_count_exact_repeats(kind, narrow):
    """All states differ by far more than such a bandwidth, so that H is log n; of bits it is that of the patterns."""
    states, bits = STATES.astype(kind), BITS.astype(kind)
    for bandwidth in narrow:
        for x, expected in ((states, math.log(20)), (bits, lab.pattern_entropy(bits))):
            found = [
                lab.soft_match(x, bandwidth=bandwidth),
                jax.jit(lambda x, bandwidth=bandwidth: lab.soft_match(x, bandwidth=bandwidth))(x),
                lab.soft_match_curve(x, bandwidths=[bandwidth, 0.5, 30.0])[0][0],
                lab.soft_match_errors(x, bandwidth=bandwidth)["soft"],
                lab.soft_match_map(x, temperatures=[10.0], bandwidths=[bandwidth])[0, 0],
                lab.soft_match_across(x, bandwidth=bandwidth),
            ]
            np.testing.assert_allclose(found, expected, rtol=1e-6 if kind == "f4" else 1e-13)
        if bandwidth > (1e-220 if kind == "f8" else 1e-21):  # whose fourth power, scaled, is a number
            assert float(jax.grad(lambda b: lab.soft_match(states, bandwidth=b))(bandwidth)) == 0
    assert lab.leakage_entropy(BITS, bandwidth=1e-290) == pytest.approx(lab.pattern_entropy(BITS), rel=1e-13)


def test_a_curve_of_all_bandwidths_is_its_values():
    bandwidths = [1e-290, 1e-20, 0.1, 0.5, 40.0, 1e20, 1e160, 1e300]
    curve, errors = lab.soft_match_curve(STATES, bandwidths=bandwidths)
    values = [float(lab.soft_match(STATES, bandwidth=b)) for b in bandwidths]
    np.testing.assert_allclose(curve, values, rtol=1e-10, atol=1e-14)
    assert np.isfinite(errors).all() and abs(values[-1]) < 1e-14


def test_narrow_kernels_still_see_near_patterns():
    """Two states 2^-60 apart under a bandwidth of 2^-60, by the formula: 1 - exp(-1/2) of a pair is lost."""
    states = np.array([[0.5], [0.5 + 2.0**-52], [1.0]])
    gap = (1 / (1 + math.exp(-10 * 2.0**-52))) - 0.5
    patterns = np.array([0.5, 0.5 + gap, 1 / (1 + math.exp(-5))])
    bandwidth = gap
    kernel = np.exp(-((patterns[:, None] - patterns) ** 2) / (2 * bandwidth**2))
    expected = -np.log(kernel.mean(1)).mean()
    assert float(lab.soft_match(states, bandwidth=bandwidth)) == pytest.approx(expected, rel=1e-6)


# JAX arrays that lie outside of a jit


def closed_over(kind):
    states, rows = jnp.asarray(STATES, kind), jax.nn.softmax(jnp.asarray(RNG.normal(size=(3, 20)), kind))
    square, spots = jnp.asarray(np.full((1, 3, 3), 1 / 3), kind), jnp.asarray(FINE[:20], kind)
    points, planes = jnp.asarray(FINE, kind), jnp.asarray(FINE[:3], kind)
    return {
        "soft_binarize": lambda t: lab.soft_binarize(states, temperature=9 + t),
        "soft_match": lambda t: lab.soft_match(states, temperature=9 + t),
        "soft_match without knobs": lambda t: lab.soft_match(states) * t,
        "soft_counts": lambda t: lab.soft_counts(states) * t,
        "soft_match_across": lambda t: lab.soft_match_across(states, temperature=9 + t),
        "attention_entropy": lambda t: lab.attention_entropy(rows) * t,
        "attention_ball_entropy": lambda t: lab.attention_ball_entropy(rows, spots, spots[:2], sharpness=t),
        "attention_entropy_of": lambda t: lab.attention_entropy_from_qk(points, points, scale=t),
        "row_entropy_penalty": lambda t: lab.row_entropy_penalty([rows, rows], gamma=t),
        "prune": lambda t: lab.threshold_rows(rows) * t,
        "keep_top": lambda t: lab.top_k(rows, 2) * t,
        "sparsity": lambda t: lab.sparsity(rows, threshold=0.05) * t,
        "rollout": lambda t: lab.attention_rollout(square) * t,
        "rollout of a list": lambda t: lab.attention_rollout([square[0], square[0]]) * t,
        "sparsemax": lambda t: lab.sparsemax(rows) * t,
        "entmax15": lambda t: lab.entmax15(rows) * t,
        "ball_partition": lambda t: lab.ball_partition(points, planes) * t,
        "slab_partition": lambda t: lab.slab_partition(points, planes, planes[:, 0], sharpness=9 + t),
        "halfspace_partition": lambda t: lab.halfspace_partition(points, planes, planes[:, 0]) * t,
        "box_partition": lambda t: lab.box_partition(points, planes - 1, planes + 1) * t,
        "triangle_entropy": lambda t: lab.triangle_entropy(points, temperature=t / 10),
    }


@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_arrays_that_a_jit_closes_over(kind):
    cases = closed_over(kind)
    found = jax.jit(lambda t: {name: case(t) for name, case in cases.items()})(1.0)
    for name, case in cases.items():
        np.testing.assert_allclose(found[name], case(1.0), rtol=2e-5 if kind == "f4" else 1e-12, err_msg=name)


@pytest.mark.parametrize("convert", [np.asarray, jnp.asarray], ids=["numpy", "jax"])
def test_wrong_arrays_that_a_jit_closes_over_are_refused(convert):
    states, rows, logits = convert(2 * STATES), convert(np.array([[0.5, 0.6]])), convert(np.array([[math.nan, 0.0]]))
    half = convert(np.array([[0.5]]))
    points = convert(np.array([[math.inf, 0.0], [1.0, 1.0], [0.0, 2.0]]))
    for call, says in [
        (lambda t: lab.soft_match(states, temperature=t), r"\[0, 1\]"),
        (lambda t: lab.attention_entropy(rows) * t, "sum to 1"),
        (lambda t: lab.row_entropy_penalty(rows) * t, "sum to 1"),
        (lambda t: lab.threshold_rows(rows) * t, "sum to 1"),
        (lambda t: lab.attention_rollout([half]) * t, "sum to 1"),
        (lambda t: lab.sparsemax(logits) * t, "finite largest"),
        (lambda t: lab.triangle_entropy(points) * t, "finite numbers"),
        (lambda t: lab.ball_partition(points, points[1:]) * t, "finite numbers"),
    ]:
        with pytest.raises(ValueError, match=says):
            jax.jit(call)(1.0)


# Knobs that are no numbers, flags that are no flags


@pytest.mark.parametrize("scale", [1j, "1", True, [1.0], math.nan])
def test_a_scale_is_a_finite_real_number(scale):
    with pytest.raises(ValueError, match="scale"):
        lab.attention_entropy_from_qk(FINE, FINE, scale=scale)


@pytest.mark.parametrize("causal", ["False", math.nan, "no", 2, None])
def test_causal_is_a_flag(causal):
    with pytest.raises(ValueError, match="causal"):
        lab.attention_entropy_from_qk(FINE, FINE, causal=causal)


@pytest.mark.parametrize("directions", [[[1.0, 0], [0, 1], [0, 0]]])
def test_directions_have_a_length(directions):
    with pytest.raises(ValueError, match="length above 0"):
        lab.triangle_entropy(FINE, directions)


# Attention whose scores overflow


def saturated(queries, keys, causal):
    """Entropies of the keys of largest score, all others being infinitely far below: by fractions."""
    exact = [
        [sum(Fraction(float(a)) * Fraction(float(b)) for a, b in zip(q, k, strict=True)) for k in keys] for q in queries
    ]
    seen = [row[: i + 1] if causal else row for i, row in enumerate(exact)]
    return np.array([math.log(row.count(max(row))) for row in seen])


@pytest.mark.parametrize("kind, columns, sizes", [("f8", 1, (1e17, 1e160, 1e300)), ("f8", 3, (1e160, 1e300)),
                                                  ("f4", 3, (1e19, 1e34)), ("f4", 8, (1e9, 1e19, 1e34))])  # fmt: skip
@pytest.mark.parametrize("causal", [False, True])
def test_scores_that_overflow_count_by_their_differences(kind, columns, sizes, causal):
    """Rows with equal keys keep their entropy; the slopes of p (s - t) are 0 where all that counts is equal."""
    queries, keys = np.random.default_rng(1).normal(size=(2, 10, columns))
    keys[[0, 1]], keys[[4, 5]] = 9 * np.eye(columns)[0], -9 * np.eye(columns)[0]
    for size in sizes:
        q, k = (size * queries).astype(kind), (size * keys).astype(kind)
        entropies = jax.jit(lab.attention_entropy_from_qk, static_argnames="causal")
        expected = saturated(q, k, causal)
        assert expected.max() > 0.5
        for function in (lab.attention_entropy_from_qk, entropies):
            np.testing.assert_allclose(function(q, k, causal=causal), expected, atol=1e-6 if kind == "f4" else 1e-13)
        slopes = jax.grad(lambda q, k: lab.attention_entropy_from_qk(q, k, causal=causal).sum(), (0, 1))(q, k)
        # lanes take 2^-126 for every smaller number: with n of them, each |log p| of 126
        assert all(np.abs(slope).max() <= (2.0**-110 * size if kind == "f4" else 0) for slope in slopes)


def test_scores_of_one_row_from_ordinary_to_overflowing():
    """-1e320, -1 and -2: the first does not count, the others as if alone."""
    queries, keys = np.array([[-1e160]]), np.array([[1e160], [1e-160], [2e-160]])
    p = 1 / (1 + math.exp(-1))
    expected = -p * math.log(p) - (1 - p) * math.log(1 - p)
    assert float(lab.attention_entropy_from_qk(queries, keys)[0]) == pytest.approx(expected, rel=1e-12)
    slope = jax.grad(lambda k: lab.attention_entropy_from_qk(queries, k)[0])(keys)
    # dH/ds_j = -p_j (s_j - t), t = -p - 2 (1 - p), and ds_j / dk_j = -1e160
    np.testing.assert_allclose(slope[:, 0], [0, 1e160 * p * (1 - p), -1e160 * p * (1 - p)], rtol=1e-12)


@pytest.mark.parametrize("kind, size", [("f4", 1e38), ("f8", 1e308)])
def test_scores_beyond_reach_are_refused(kind, size):
    q = np.full((2, 8), size, kind)
    with pytest.raises(ValueError, match="scale times queries times keys must be below"):
        lab.attention_entropy_from_qk(q, q)
    with pytest.raises(ValueError, match="must be below"):
        lab.attention_entropy_from_qk(q, q / np.array(size, kind), scale=size)


def test_junk_where_numbers_belong_is_one_error():
    junk = [None, "3", 1j, math.nan, 10**400, {}]
    calls = [
        lambda x: lab.soft_match_curve(STATES, bandwidths=x),
        lambda x: lab.soft_match_map(STATES, temperatures=[1.0], bandwidths=[x]),
        lambda x: lab.partition_certificate(FINE, FINE[:2], np.ones(2), temperature=x),
        lambda x: lab.row_entropy_penalty(np.eye(2), gamma=x),
        lambda x: lab.pattern_entropy(STATES, threshold=x),
        lab.attention_rollout,
        lambda x: lab.attention_rollout([x]),
        lab.row_entropy_penalty,
    ]
    for call in calls:
        for x in junk:
            with pytest.raises(ValueError):
                call(x)
