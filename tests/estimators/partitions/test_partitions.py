"""Soft partitions against closed forms, a plain NumPy twin, autodiff and their hard twins."""

import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import expit, softmax
from scipy.stats import entropy as scipy_entropy
from sklearn.metrics import pairwise_distances_argmin

import entropylab as lab
from entropylab.kernels.partitions_numba import ball_masses_numba
from entropylab.numerics.partitions.assignments import block_size, mean_memberships, to_padded_columns
from entropylab.numerics.partitions.links import SIGN_PATTERNS, SOFTMAX
from entropylab.numerics.partitions.scores import linear_scores
from entropylab.numerics.validation.check import EstimateWarning

EXACT = dict(rel=1e-10, abs=1e-12)


def coin(chance):
    return scipy_entropy([chance, 1 - chance])


def anchored(n, d=2, k=5, seed=0):
    rng = np.random.default_rng([seed, n, d, k])
    return rng.random((n, d)), rng.random((k, d))


def planes(n, d=2, m=3, seed=0):
    rng = np.random.default_rng([seed, n, d, m])
    return rng.normal(size=(n, d)), rng.normal(size=(m, d)), 0.3 * rng.normal(size=m)


# The same things written plainly -------------------------------------------------------------------------------


def ball_twin(points, anchors, sharpness):
    squares = ((points[:, None] - anchors[None]) ** 2).sum(-1)
    return softmax(-sharpness * squares, axis=1)


def slab_twin(points, normals, offsets, sharpness):
    return softmax(-sharpness * np.abs(points @ normals.T - offsets), axis=1)


def patterns_twin(z):
    """The product of appendix F.1 for every pattern, normalised as printed."""
    cells = np.array(list(itertools.product((0, 1), repeat=z.shape[1])))
    shares = np.where(cells[None], expit(z)[:, None], expit(-z)[:, None]).prod(-1)
    return shares / shares.sum(1, keepdims=True)


def halfspace_twin(points, normals, offsets, temperature):
    return patterns_twin((points @ normals.T - offsets) / temperature)


def box_twin(points, lows, highs, temperature):
    depth = np.minimum(points[:, None] - lows, highs - points[:, None]).min(-1)
    return patterns_twin(depth / temperature)


def entropy_of(shares):
    return scipy_entropy(shares.mean(0))


# Values -------------------------------------------------------------------------------------------------------


def test_ball_closed_forms():
    """Two anchors at -1 and 1: p = sigma(4 alpha x). One anchor: nothing to tell apart. Far anchors: log k."""
    x = np.array([0.3, -0.1, 0.7])
    chance = expit(4 * 2.5 * x).mean()
    assert float(lab.ball_partition(x, [-1.0, 1.0], sharpness=2.5)) == pytest.approx(coin(chance), **EXACT)
    assert float(lab.ball_partition(x, [0.2])) == 0
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
    assert float(lab.ball_partition(corners, corners, sharpness=100.0)) == pytest.approx(math.log(4), **EXACT)


def test_halfspace_closed_form():
    """One point: its sides are independent coins, so the entropies add; also for 20 halfspaces, a million cells."""
    for m in (1, 7, 20):
        x, normals, offsets = planes(1, m=m)
        expected = sum(coin(h) for h in expit((x @ normals.T - offsets)[0] / 0.1))
        assert float(lab.halfspace_partition(x, normals, offsets)) == pytest.approx(expected, **EXACT)


def test_slab_closed_form_and_sign():
    """Planes x = 0 and x = 2 are offsets 0 and 2; half-way between them lies 1, and 1.25 is 0.5 nearer to x = 2."""
    normals, offsets = np.ones((2, 1)), np.array([0.0, 2.0])
    assert float(lab.slab_partition([1.0], normals, offsets)) == pytest.approx(math.log(2), **EXACT)
    expected = coin(expit(3.0 * 0.5))
    assert float(lab.slab_partition([1.25], normals, offsets, sharpness=3.0)) == pytest.approx(expected, **EXACT)


@pytest.mark.parametrize("scale", [1.0, -2.5])
def test_slabs_and_halfspaces_share_their_planes(scale):
    """A point on the plane n . x = b is a boundary of its halfspace and the middle of its slab, whatever the sign."""
    normals, offsets = scale * np.array([[1.0, 2.0], [-1.0, 1.0]]), scale * np.array([3.0, 50.0])
    on_first = np.array([[1.0, 1.0], [3.0, 0.0]])
    inside = lab.halfspace_memberships(on_first, normals, offsets, temperature=1.0)
    np.testing.assert_allclose(inside[:, 2:].sum(1), 0.5, rtol=1e-12)
    assert list(lab.slab_cells(on_first, normals, offsets)) == [0, 0]


def test_slabs_are_no_halfspaces():
    """Mirror points share their slab and differ in their halfspace: the absolute value of appendix B.2."""
    x, normal = np.array([[-1.0, 0.3], [1.0, 0.3]]), np.array([[1.0, 0.0], [0.0, 1.0]])
    shares = lab.slab_memberships(x, normal, np.zeros(2))
    np.testing.assert_array_equal(shares[0], shares[1])
    assert list(lab.halfspace_cells(x, normal, np.zeros(2))) == [0b01, 0b11]


def test_box_closed_form():
    """The centre of a box of width 2 has depth 1, a point 0.5 off the longest way out depth -0.5."""
    x = np.array([[0.0, 0.0]])
    corners = np.array([[-1.0, -1.0]]), np.array([[1.0, 2.0]])
    assert float(lab.box_partition(x, *corners, temperature=0.4)) == pytest.approx(coin(expit(1 / 0.4)), **EXACT)
    outside = np.array([[1.5, 2.1]])
    assert float(lab.box_partition(outside, *corners, temperature=0.4)) == pytest.approx(
        coin(expit(-0.5 / 0.4)), **EXACT
    )


@pytest.mark.parametrize("n, d, k", [(1, 1, 2), (64, 2, 5), (65, 2, 5), (9001, 1, 2), (9001, 7, 33)])
def test_ball_meets_the_twin(n, d, k):
    x, c = anchored(n, d, k)
    for sharpness in (0.1, 10.0, 1e4):
        shares = ball_twin(x, c, sharpness)
        assert float(lab.ball_partition(x, c, sharpness=sharpness)) == pytest.approx(entropy_of(shares), **EXACT)
        np.testing.assert_allclose(lab.ball_memberships(x, c, sharpness=sharpness), shares, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("n, d, m", [(1, 1, 1), (65, 2, 3), (9001, 2, 3), (9001, 3, 8)])
@pytest.mark.slow
def test_planes_and_boxes_meet_the_twin(n, d, m):
    args = planes(n, d, m)
    lows = args[1]
    boxes = args[0], lows, lows + 0.2 + np.abs(args[2])[:, None]
    for knob in (0.02, 0.3, 8.0):
        shares = halfspace_twin(*args, knob)
        assert float(lab.halfspace_partition(*args, temperature=knob)) == pytest.approx(entropy_of(shares), **EXACT)
        np.testing.assert_allclose(lab.halfspace_memberships(*args, temperature=knob), shares, rtol=1e-10, atol=1e-13)
        shares = slab_twin(*args, knob)
        assert float(lab.slab_partition(*args, sharpness=knob)) == pytest.approx(entropy_of(shares), **EXACT)
        np.testing.assert_allclose(lab.slab_memberships(*args, sharpness=knob), shares, rtol=1e-10, atol=1e-13)
        expected = entropy_of(box_twin(*boxes, knob))
        assert float(lab.box_partition(*boxes, temperature=knob)) == pytest.approx(expected, **EXACT)


def test_rows_of_memberships_sum_to_one():
    for shares in (lab.ball_memberships(*anchored(50)), lab.halfspace_memberships(*planes(50, m=6))):
        np.testing.assert_allclose(shares.sum(1), 1, atol=1e-14)


# Gradients ------------------------------------------------------------------------------------------------------


def ball_gradients(x, c, sharpness):
    """Of H in anchors as printed in appendix B.1, and as it is; and the sharpness'."""
    p = ball_twin(x, c, sharpness)
    q = p.mean(0)
    steps = x[:, None] - c[None]
    printed = sharpness * ((p * (p - q))[..., None] * steps).sum(0)
    push = p * ((p @ np.log(q))[:, None] - np.log(q))
    right = 2 * sharpness / len(x) * (push[..., None] * steps).sum(0)
    return printed, right, -(push * (steps**2).sum(-1)).sum() / len(x)


@pytest.mark.parametrize("sharpness", [1.0, 10.0, 100.0])
def test_gradient_in_anchors_is_the_corrected_one(sharpness):
    """dH/dc_j = (2 alpha / n) sum_i p_ij (sum_l p_il ln q_l - ln q_j)(x_i - c_j), to rounding."""
    x, c = anchored(1000, k=16)
    found = jax.grad(lambda c: lab.ball_partition(x, c, sharpness=sharpness))(c)
    _, right, slope = ball_gradients(x, c, sharpness)
    np.testing.assert_allclose(found, right, rtol=0, atol=1e-12 * np.abs(right).max())
    found = jax.grad(lambda a: lab.ball_partition(x, c, sharpness=a))(sharpness)
    assert float(found) == pytest.approx(slope, rel=1e-11)


def test_the_gradient_that_the_seed_prints_points_elsewhere():
    """Cosines with the true gradient: the printed one is no descent direction, and of another length."""
    cosines = []
    for sharpness, seed in itertools.product((1.0, 10.0, 100.0), range(6)):
        x, c = anchored(1000, k=16, seed=seed)
        printed, right, _ = ball_gradients(x, c, sharpness)
        cosines.append((printed * right).sum() / np.linalg.norm(printed) / np.linalg.norm(right))
    assert abs(np.mean(cosines)) < 0.4
    assert min(cosines) < 0 < max(cosines) < 0.9


SOFT = {
    "ball": (lambda knob, *args: lab.ball_partition(*args, sharpness=knob), anchored(9001, 3, 6), 3.0),
    "ball, narrow": (lambda knob, *args: lab.ball_partition(*args, sharpness=knob), anchored(9001, 3, 6), 1e4),
    "halfspace": (lambda knob, *args: lab.halfspace_partition(*args, temperature=knob), planes(9001, 2, 5), 0.4),
    "slab": (lambda knob, *args: lab.slab_partition(*args, sharpness=knob), planes(9001, 2, 5), 2.0),
}


def plain(name, knob, *args):
    """The twins once more, in JAX without blocks, for its own derivatives."""
    if name.startswith("ball"):
        x, c = args
        z = -knob * ((x[:, None] - c[None]) ** 2).sum(-1)
    elif name == "slab":
        x, w, b = args
        z = -knob * jnp.abs(x @ w.T - b)
    else:
        x, w, b = args
        z = (x @ w.T - b) / knob
        cells = jnp.array(list(itertools.product((0, 1), repeat=len(b))))
        z = jnp.where(cells[None], jax.nn.log_sigmoid(z)[:, None], jax.nn.log_sigmoid(-z)[:, None]).sum(-1)
    q = jax.nn.softmax(z, axis=1).mean(0)
    return -jax.scipy.special.xlogy(q, q).sum()


@pytest.mark.parametrize("name", SOFT)
def test_gradients_meet_autodiff(name):
    function, args, knob = SOFT[name]
    at = (knob, *(jnp.asarray(x) for x in args))
    everything = tuple(range(len(at)))
    found = jax.grad(function, everything)(*at)
    expected = jax.jit(jax.grad(lambda *at: plain(name, *at), everything))(*at)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11 * np.abs(other).max())


def test_gradients_of_empty_and_saturated_cells_are_finite():
    """A mass of exactly 0, where log q is infinite, pulls nothing; nor does anything where all is decided."""
    x, c = anchored(60)
    c[-1] = 1e3
    for gradient in jax.grad(lambda x, c: lab.ball_partition(x, c, sharpness=1e4), (0, 1))(x, c):
        assert np.isfinite(gradient).all()
        assert np.abs(gradient).max() > 0
    args = planes(60)
    for gradient in jax.grad(lambda *a: lab.halfspace_partition(*a, temperature=1e-9), (0, 1, 2))(*args):
        assert np.isfinite(gradient).all()


def test_vanishing_gradients_keep_their_digits():
    """Two anchors, one point deep in a cell: dH/dz is p (1 - p) log(q / (1 - q)) near e^-40, not rounding of 1."""
    for x in (0.5, 1.0):
        z = 4 * 10.0 * x  # the log odds of anchors at 1 and -1
        found = jax.grad(lambda x: lab.ball_partition(x, jnp.array([1.0, -1.0])))(jnp.array([x]))
        assert float(found[0]) == pytest.approx(-40 * expit(z) * expit(-z) * z, rel=1e-12)
    found = jax.grad(lambda b: lab.halfspace_partition([2.0], [[1.0]], b))(jnp.array([0.0]))
    assert float(found[0]) == pytest.approx(10 * expit(20.0) * expit(-20.0) * 20, rel=1e-10)


# Hard twins -----------------------------------------------------------------------------------------------------


def test_hard_partitions_closed_forms():
    x = np.array([[0.1, 0.0], [0.2, 0.0], [0.9, 0.0], [0.8, 5.0]])
    assert lab.hard_ball_partition(x, [[0.0, 0.0], [1.0, 0.0]]) == pytest.approx(math.log(2), rel=1e-15)
    assert lab.hard_ball_partition(x, [[0.0, 0.0]]) == 0
    normals, offsets = [[1.0, 0.0], [0.0, 1.0]], [0.5, 1.0]
    assert lab.hard_halfspace_partition(x, normals, offsets) == pytest.approx(1.5 * math.log(2), rel=1e-15)
    assert list(lab.halfspace_cells(x, normals, offsets)) == [0b00, 0b00, 0b10, 0b11]
    assert lab.hard_box_partition(x, [[0.15, -1.0]], [[0.95, 1.0]]) == pytest.approx(math.log(2), rel=1e-15)
    assert lab.hard_slab_partition(x, normals, [0.15, 0.0]) == pytest.approx(coin(0.25), rel=1e-15)


def test_nearest_anchors_meet_scikit_learn():
    x, c = anchored(3000, 5, 40)
    theirs = pairwise_distances_argmin(x, c)
    np.testing.assert_array_equal(lab.ball_cells(x, c), theirs)
    assert lab.hard_ball_partition(x, c) == pytest.approx(scipy_entropy(np.bincount(theirs)), rel=1e-12)


def test_soft_reaches_hard_and_its_cells():
    x, c = anchored(50)
    assert float(lab.ball_partition(x, c, sharpness=1e9)) == pytest.approx(lab.hard_ball_partition(x, c), abs=1e-9)
    assert (lab.ball_memberships(x, c, sharpness=1e9).argmax(1) == lab.ball_cells(x, c)).all()
    args = planes(60)
    hard = lab.hard_halfspace_partition(*args)
    assert float(lab.halfspace_partition(*args, temperature=1e-9)) == pytest.approx(hard, abs=1e-9)
    assert (lab.halfspace_memberships(*args, temperature=1e-9).argmax(1) == lab.halfspace_cells(*args)).all()
    assert float(lab.slab_partition(*args, sharpness=1e9)) == pytest.approx(lab.hard_slab_partition(*args), abs=1e-9)
    assert (lab.slab_memberships(*args, sharpness=1e9).argmax(1) == lab.slab_cells(*args)).all()


def test_ties_go_to_the_lowest_index_and_are_told():
    x, c = np.array([0.0, 0.9, -0.9, 0.8]), np.array([-1.0, 1.0])
    with pytest.warns(EstimateWarning, match="1 of 4 points are equally near"):
        assert lab.hard_ball_partition(x, c) == pytest.approx(math.log(2), rel=1e-15)
    with pytest.warns(EstimateWarning, match="order of the cells"):
        assert lab.hard_ball_partition(x, c[::-1]) == pytest.approx(coin(0.25), rel=1e-15)
    assert list(lab.ball_cells(x, c)) == [0, 1, 0, 1]
    with pytest.warns(EstimateWarning, match="1 of 4 points are equally near"):
        lab.hard_slab_partition([0.0, 1.0, 2.0, -1.0], [[1.0], [-1.0], [1.0]], [0.0, -2.0, -3.5])


def test_boundaries_count_as_inside_and_are_told():
    x = np.array([[0.0, 1.0], [1.0, 1.0], [-1.0, 1.0]])
    with pytest.warns(EstimateWarning, match="1 of 3 points lie on a boundary"):
        assert lab.hard_halfspace_partition(x, [[2.0, 0.0]], [0.0]) == pytest.approx(coin(1 / 3), rel=1e-15)
    with pytest.warns(EstimateWarning, match="2 of 3 points lie on a boundary"):
        assert lab.hard_box_partition(x, [[0.0, 0.0]], [[1.0, 2.0]]) == pytest.approx(coin(1 / 3), rel=1e-15)


def test_coinciding_anchors_are_told():
    """Two anchors in one place split the mass: soft log 2, hard 0."""
    x = np.array([[0.1, 0.2], [0.3, 0.1]])
    with pytest.warns(EstimateWarning, match="anchors coincide"):
        assert float(lab.ball_partition(x, np.zeros((2, 2)))) == pytest.approx(math.log(2), rel=1e-15)


# Laws, ranges, memory -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1e-12, 0.3, 1e9])
def test_scaling_the_points_is_scaling_the_sharpness(scale):
    """H(s x, s c; alpha) = H(x, c; alpha s^2): no invariance at fixed alpha, as Shihab et al. have it."""
    x, c = anchored(200)
    for sharpness in (0.7, 30.0):
        scaled = lab.ball_partition(scale * x, scale * c, sharpness=sharpness / scale**2)
        assert float(scaled) == pytest.approx(float(lab.ball_partition(x, c, sharpness=sharpness)), rel=1e-12)
    assert abs(float(lab.ball_partition(3 * x, 3 * c)) - float(lab.ball_partition(x, c))) > 0.01
    assert lab.hard_ball_partition(scale * x, scale * c) == lab.hard_ball_partition(x, c)


def test_scaling_the_points_is_scaling_the_temperature():
    x, w, b = planes(200)
    expected = float(lab.halfspace_partition(x, w, b, temperature=0.2))
    for scale in (1e-12, 1e9):
        found = lab.halfspace_partition(scale * x, w, scale * b, temperature=0.2 * scale)
        assert float(found) == pytest.approx(expected, rel=1e-12)


def test_hard_cells_of_tiny_and_huge_numbers():
    """Squares of 1e-200 and 1e200 are 0 and infinite; nearest anchors are not."""
    x, c = anchored(100)
    for scale in (2.0**-700, 2.0**700):
        np.testing.assert_array_equal(lab.ball_cells(x * scale, c * scale), lab.ball_cells(x, c))


@pytest.mark.parametrize("sharpness", [1.0, 10.0, 300.0])
@pytest.mark.slow
def test_single_precision_far_from_the_origin(sharpness):
    """Two groups 1e3 apart, cells of size 1: expanded squares would lose 0.1 of an exponent."""
    rng = np.random.default_rng(0)
    x = (rng.random((400, 2)) + 1e3 * rng.integers(0, 2, (400, 1))).astype(np.float32)
    c = (rng.random((12, 2)) + 1e3 * (np.arange(12) % 2)[:, None]).astype(np.float32)
    expected = entropy_of(ball_twin(x.astype(float), c.astype(float), sharpness))
    found = lab.ball_partition(jnp.asarray(x), c, sharpness=sharpness)
    assert found.dtype == jnp.float32
    assert float(found) == pytest.approx(expected, abs=2e-6)
    gradient = jax.grad(lambda c: lab.ball_partition(x, c, sharpness=sharpness))(jnp.asarray(c))
    expected = ball_gradients(x.astype(float), c.astype(float), sharpness)[1]
    assert np.abs(gradient - expected).max() < 2e-5 * np.abs(expected).max()


def test_half_precision_is_computed_in_single():
    x, c = anchored(3000)
    found = lab.ball_partition(jnp.asarray(x, jnp.float16), jnp.asarray(c, jnp.float16))
    assert found.dtype == jnp.float32
    assert float(found) == pytest.approx(float(lab.ball_partition(x, c)), abs=1e-3)  # the data's own rounding


def test_vmap_over_everything():
    x, c = (jnp.stack(parts) for parts in zip(anchored(60), anchored(60, seed=1), strict=True))
    knobs = jnp.array([3.0, 1e4])  # one by products, one by differences
    both = jax.value_and_grad(lambda c, x, a: lab.ball_partition(x, c, sharpness=a))
    found = jax.vmap(both)(c, x, knobs)
    for i in range(2):
        value, gradient = both(c[i], x[i], knobs[i])
        assert float(found[0][i]) == pytest.approx(float(value), rel=1e-12)
        np.testing.assert_allclose(found[1][i], gradient, rtol=1e-9, atol=1e-13)


def test_moving_the_number_of_points_compiles_nothing():
    x, c = anchored(2000)
    lab.ball_partition(x, c)
    traced = []
    listen = lambda event, seconds, **kw: traced.append(event) if event.endswith("trace_duration") else None  # noqa: E731
    jax.monitoring.register_event_duration_secs_listener(listen)
    for n in (1025, 1500, 1999):
        assert float(lab.ball_partition(x[:n], c)) == pytest.approx(entropy_of(ball_twin(x[:n], c, 10.0)), **EXACT)
    assert not traced


@pytest.mark.parametrize("gate, cells", [(SOFTMAX, 64), (SIGN_PATTERNS, 2**12)])
def test_memory_holds_points_and_one_block(gate, cells):
    """For 2^17 points and both passes, less than twice the points (their gradient and its copy) and 16 MB of tables.

    All shares would be 2^17 x 64 x 8 = 67 MB, and 4.3 GB for twelve halfspaces.
    """
    n, d = 2**17, 2
    m = cells if gate is SOFTMAX else 12
    weights = jnp.ones((m, d)), jnp.zeros(m)

    def norm(weights, x):
        return (mean_memberships(gate, linear_scores, weights, x, n) ** 2).sum()

    compiled = jax.jit(jax.grad(norm, (0, 1))).lower(weights, jnp.ones((d, n))).compile()
    assert compiled.memory_analysis().temp_size_in_bytes < 2 * n * d * 8 + 16e6
    assert block_size(gate, linear_scores, weights, jnp.ones((d, n))) <= 4096


def test_columns_pad_to_powers_of_two_in_and_out_of_jit():
    x = jnp.arange(6.0).reshape(3, 2)
    outside = to_padded_columns(x)
    assert outside.shape == (2, 64)
    np.testing.assert_array_equal(outside, jax.jit(to_padded_columns)(x))
    np.testing.assert_array_equal(outside[:, :3], x.T)
    assert not outside[:, 3:].any()


# Refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: lab.ball_partition(np.ones((5, 2)), np.ones((3, 3))), "anchors must have as many columns"),
        (lambda: lab.ball_partition(np.full((5, 2), 1e200), np.ones((3, 2))), "points must be smaller than 1e\\+150"),
        (lambda: lab.ball_partition(np.ones(5), np.ones(3), sharpness=math.inf), "sharpness must be a number above 0"),
        (lambda: lab.halfspace_partition(np.ones((5, 2)), np.ones((21, 2)), np.ones(21)), "at most 20 halfspaces"),
        (lambda: lab.halfspace_partition(np.ones((5, 2)), np.ones((3, 2)), np.ones(2)), "one number for each normal"),
        (lambda: lab.halfspace_partition(np.ones((5, 2)), [[1.0, 0], [0, 0]], np.ones(2)), "length 0 at index 1"),
        (lambda: lab.halfspace_memberships(*planes(200, m=20)), "must fit in memory"),
        (lambda: lab.hard_slab_partition(np.ones((5, 2)), [[0.0, 0]], np.ones(1)), "length 0 at index 0"),
        (lambda: lab.halfspace_cells(np.ones((5, 1)), np.ones((63, 1)), np.ones(63)), "at most 62"),
        (lambda: lab.box_partition(np.ones((5, 1)), np.ones((2, 1)), [[2.0], [0.5]]), "highs must be above lows"),
        (lambda: lab.box_partition(np.ones((5, 1)), np.ones((2, 1)), [[2.0]]), "lows and highs must be paired"),
    ],
)
def test_wrong_input_is_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()


# Compiled for the host --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 31, 32, 33, 5000])
@pytest.mark.parametrize("k, d", [(1, 1), (16, 2), (5, 3), (128, 7)])
def test_masses_on_the_host_are_means_of_softmax(n, k, d):
    """In lanes of 32 points, the last of them partly filled; shares are sums of n rounded float32 numbers."""
    rng = np.random.default_rng([n, k, d])
    x, c = (rng.normal(size=(m, d)).astype(np.float32) for m in (n, k))
    for sharpness in (1e-3, 0.7, 30.0):
        logits = -sharpness * ((x[:, None].astype(float) - c[None]) ** 2).sum(-1)
        expected = softmax(logits, axis=1).mean(0)
        found = ball_masses_numba(x, c, sharpness)
        nearest = -logits.max(1).min()
        assert (found is None) == (nearest * np.finfo(np.float32).eps > 1e-5)
        if found is not None:
            np.testing.assert_allclose(found, expected, rtol=3e-5, atol=1e-9)
        entropy = lab.ball_partition(jnp.asarray(x), jnp.asarray(c), sharpness=sharpness)
        assert float(entropy) == pytest.approx(scipy_entropy(expected), abs=1e-5)


def test_masses_on_the_host_are_not_given_where_digits_are_lost():
    x = np.array([[1e4], [1.0]], np.float32)
    assert ball_masses_numba(x, np.zeros((2, 1), np.float32), 1.0) is None
    assert ball_masses_numba(x, np.zeros((129, 1), np.float32), 1e-9) is None


@pytest.mark.parametrize("n", [1, 31, 33, 5000])
@pytest.mark.parametrize("k, d", [(1, 1), (16, 2), (5, 3), (128, 7)])
def test_slopes_in_lanes_are_the_closed_form(n, k, d):
    """In float32 inside JAX: the weights of a point sum to 0 to 128 roundings of a logarithm, of at most 88 there."""
    rng = np.random.default_rng([n, k, d])
    x, c = (rng.normal(size=(m, d)).astype(np.float32) for m in (n, k))
    gradient = jax.jit(jax.value_and_grad(lambda x, c, a: lab.ball_partition(x, c, sharpness=a), (0, 1, 2)))
    assert "entropylab_ball_slopes" in gradient.lower(x, c, 1.0).as_text()
    for sharpness in (0.1, 0.7, 5.0):
        value, (of_points, of_anchors, of_sharpness) = gradient(x, c, sharpness)
        wide, anchors = x.astype(float), c.astype(float)
        p = ball_twin(wide, anchors, sharpness)
        assert float(value) == pytest.approx(entropy_of(p), abs=1e-5)
        logs = np.log(p.mean(0))
        push, steps = p * ((p @ logs)[:, None] - logs), wide[:, None] - anchors
        least = (steps**2).sum(-1).min(1)
        allowed = 1e-5 * min(np.abs(logs).max(), 88) * sharpness * np.abs(steps).max() / n
        expected = -2 * sharpness / n * (push[..., None] * steps).sum(1)
        np.testing.assert_allclose(of_points, expected, rtol=1e-4, atol=allowed)
        _, expected, slope = ball_gradients(wide, anchors, sharpness)
        np.testing.assert_allclose(of_anchors, expected, rtol=1e-4, atol=allowed * math.sqrt(n))
        size = (np.abs(push) * ((steps**2).sum(-1) - least[:, None])).mean(0).sum()
        assert float(of_sharpness) == pytest.approx(slope, rel=1e-4, abs=1e-5 * size)


def test_slopes_in_lanes_have_slopes_and_map():
    """Forward over reverse takes the table; over a mapped axis the calls follow each other."""
    x, c = (a.astype(np.float32) for a in anchored(70, k=4))
    slope = jax.grad(lambda c: lab.ball_partition(x, c, sharpness=3.0))
    along = np.random.default_rng(0).normal(size=c.shape)
    change = jax.jvp(slope, (jnp.asarray(c),), (jnp.asarray(along, jnp.float32),))[1]
    ahead, behind = (ball_gradients(x.astype(float), c + s * along, 3.0)[1] for s in (1e-5, -1e-5))
    np.testing.assert_allclose(change, (ahead - behind) / 2e-5, atol=2e-6)
    many = jnp.stack([c, 2 * c, c + 1])
    np.testing.assert_allclose(jax.vmap(slope)(many), jnp.stack([slope(c) for c in many]), rtol=1e-6)
