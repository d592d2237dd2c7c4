"""Bijections undo themselves, keep mutual information, and are those of the published benchmark."""

import numpy as np
import pytest

from entropylab import problems as room
from entropylab.problems import BMI_TASKS, TRANSFORMS, problem, transform, transformed
from entropylab.problems.bijections import normal_to_mixture, rotation, spiral, waves

# benchmark-mi 0.1.3 in float64: `{name: task.mutual_information}` of its BENCHMARK_TASKS, with (dim_x, dim_y)
PUBLISHED = {
    "1v1-normal-0.75": (0.41333928659223396, 1, 1),
    "normal_cdf-1v1-normal-0.75": (0.41333928659223396, 1, 1),
    "1v1-additive-0.1": (1.7094379124341004, 1, 1),
    "1v1-additive-0.75": (0.3333333333333333, 1, 1),
    "1v1-bimodal-0.75": (0.41333928659223396, 1, 1),
    "wiggly-1v1-normal-0.75": (0.41333928659223396, 1, 1),
    "half_cube-1v1-normal-0.75": (0.41333928659223396, 1, 1),
    "student-identity-1-1-1": (0.22417142752923613, 1, 1),
    "asinh-student-identity-1-1-1": (0.22417142752923613, 1, 1),
    "swissroll_x-normal_cdf-1v1-normal-0.75": (0.41333928659223396, 2, 1),
    "multinormal-dense-2-2-0.5": (0.2938933324510593, 2, 2),
    "multinormal-dense-3-3-0.5": (0.41333928659223407, 3, 3),
    "multinormal-dense-5-5-0.5": (0.5928118328288701, 5, 5),
    "multinormal-dense-25-25-0.5": (1.2921837216593275, 25, 25),
    "multinormal-dense-50-50-0.5": (1.6242653743036897, 50, 50),
    "multinormal-sparse-2-2-2-2.0": (1.0216512475319819, 2, 2),
    "multinormal-sparse-3-3-2-2.0": (1.0216512475319819, 3, 3),
    "multinormal-sparse-5-5-2-2.0": (1.021651247531981, 5, 5),
    "multinormal-sparse-25-25-2-2.0": (1.0216512475319774, 25, 25),
    "student-identity-2-2-1": (0.43194562200144127, 2, 2),
    "student-identity-2-2-2": (0.1931471805599454, 2, 2),
    "student-identity-3-3-2": (0.29092192268276484, 3, 3),
    "student-identity-3-3-3": (0.17871185309236282, 3, 3),
    "student-identity-5-5-2": (0.44815067691532917, 5, 5),
    "student-identity-5-5-3": (0.29854362265275824, 5, 5),
    "normal_cdf-multinormal-sparse-3-3-2-2.0": (1.0216512475319819, 3, 3),
    "normal_cdf-multinormal-sparse-5-5-2-2.0": (1.021651247531981, 5, 5),
    "normal_cdf-multinormal-sparse-25-25-2-2.0": (1.0216512475319774, 25, 25),
    "half_cube-multinormal-sparse-3-3-2-2.0": (1.0216512475319819, 3, 3),
    "half_cube-multinormal-sparse-5-5-2-2.0": (1.021651247531981, 5, 5),
    "half_cube-multinormal-sparse-25-25-2-2.0": (1.0216512475319774, 25, 25),
    "spiral-multinormal-sparse-3-3-2-2.0": (1.0216512475319819, 3, 3),
    "spiral-multinormal-sparse-5-5-2-2.0": (1.021651247531981, 5, 5),
    "spiral-multinormal-sparse-25-25-2-2.0": (1.0216512475319774, 25, 25),
    "spiral-normal_cdf-multinormal-sparse-3-3-2-2.0": (1.0216512475319819, 3, 3),
    "spiral-normal_cdf-multinormal-sparse-5-5-2-2.0": (1.021651247531981, 5, 5),
    "spiral-normal_cdf-multinormal-sparse-25-25-2-2.0": (1.0216512475319774, 25, 25),
    "asinh-student-identity-2-2-1": (0.43194562200144127, 2, 2),
    "asinh-student-identity-3-3-2": (0.29092192268276484, 3, 3),
    "asinh-student-identity-5-5-2": (0.44815067691532917, 5, 5),
}


def test_the_forty_published_tasks_are_here():
    assert list(BMI_TASKS) == list(PUBLISHED)
    for name, (truth, dx, dy) in PUBLISHED.items():
        one = problem(name)
        assert one.name == name
        assert one.dimensions == (dx, dy)
        assert one.truth == pytest.approx(truth, rel=1e-12)


# what benchmark-mi 0.1.3 makes of x = -1.5, -0.2, 0.7, 2.3 in float64
ON_THE_LINE = {
    "normal_cdf": ([0.06680720126885809, 0.420740290560897, 0.758036347776927, 0.9892758899783242],) * 2,
    "wiggly": (
        [-2.1265398427543625, -0.15629217271534618, 1.1148894865309404, 2.3742879621195585],
        [-1.1133225902904982, -0.1804028817412518, 0.43693456432977573, 2.034553305373756],
    ),
    "half_cube": ([-1.8371173070873834, -0.08944271909999159, 0.5856620185738528, 3.488122704263713],) * 2,
    "asinh": ([-1.1947632172871094, -0.19869011034924142, 0.6526665660823557, 1.5702785434849782],) * 2,
    "bimodal": (
        [-0.7631376262273193, 4.055655601649448, 5.397057998720527, 7.16171287847402],
        [-2.1094676744959884, -0.004915935516862646, 3.040366119344924, 5.024716937645337],
    ),
}


@pytest.mark.parametrize("name", ON_THE_LINE)
def test_maps_equal_the_published_ones(name):
    x = np.array([[-1.5], [-0.2], [0.7], [2.3]])
    for bijection, printed in zip(TRANSFORMS[name](1, 1), ON_THE_LINE[name], strict=True):
        # theirs bisect to 1e-12, where an inverse is needed
        np.testing.assert_allclose(bijection(x)[:, 0], printed, rtol=1e-13, atol=2e-12 if name == "bimodal" else 0)


def test_spiral_and_swiss_roll_equal_the_published_ones():
    x = np.array([[0.5, -1.0, 2.0], [1.0, 1.0, 1.0]])
    of_x, of_y = TRANSFORMS["spiral"](3, 3)
    np.testing.assert_allclose(
        of_x(x), [[0.8948629190491909, 0.6702390290864605, 2.0], [-0.30116867893975696, 1.381773290676036, 1.0]]
    )
    np.testing.assert_allclose(
        of_y(x), [[0.5, -1.7897258380983818, -1.340478058172921], [1.0, -0.30116867893975696, 1.381773290676036]]
    )
    np.testing.assert_allclose(
        room.SWISS_ROLL(np.array([[0.1], [0.55], [0.9]])),
        [
            [0.21785158681351108, -0.15827844261346777],
            [-0.4198769326036129, -0.2139379828171981],
            [0.5083203692315261, 0.36931636609809104],
        ],
    )


ALL = {
    "half_cube": (room.HALF_CUBE, 1),
    "cube": (room.CUBE, 1),
    "asinh": (room.ASINH, 1),
    "wiggly_x": (room.WIGGLY_X, 1),
    "wiggly_y": (room.WIGGLY_Y, 1),
    "normal_cdf": (room.NORMAL_CDF, 1),
    "bimodal": (normal_to_mixture([0.3, 0.7], [0.0, 5.0]), 1),
    "spiral": (spiral(plane=(1, 3), speed=0.4), 4),
    "rotation": (rotation(4, seed=3), 4),
    "affine": (room.affine([[2.0, 1.0], [0.0, -0.5]], [3.0, -1.0]), 2),
    "waves": (waves(), 2),
    "composed": (room.WIGGLY_X.then(rotation(3)).then(room.HALF_CUBE), 3),
    "rolled": (room.NORMAL_CDF.then(room.SWISS_ROLL), 1),
}


@pytest.mark.parametrize("name", ALL)
def test_inverse_undoes_the_map(name):
    bijection, d = ALL[name]
    x = np.random.default_rng(0).standard_normal((500, d)) * 1.3
    y = bijection(x)
    assert y.shape == (500, d + bijection.adds)
    # near Phi = 1 one step of a float is 1e-16 / density(4.5) = 7e-12 in x
    np.testing.assert_allclose(bijection.inverse(y), x, rtol=1e-10, atol=1e-11)
    if d == 1 and not bijection.adds:
        order = np.argsort(x[:, 0])
        assert np.all(np.diff(y[order, 0]) > 0)  # strictly increasing: no two points become one


def test_bimodal_is_the_mixture_it_says():
    """The density of the image of a standard normal, by differences, against the mixture's."""
    x = np.linspace(-7.9, 7.9, 4001)[:, None]
    y = normal_to_mixture([0.3, 0.7], [0.0, 5.0])(x)[:, 0]
    middle = (y[1:] + y[:-1]) / 2
    mixture = 0.3 * np.exp(-(middle**2) / 2) + 0.7 * np.exp(-((middle - 5) ** 2) / 2)
    normal = np.exp(-((x[1:, 0] + x[:-1, 0]) ** 2) / 8)
    by_differences = normal * np.diff(x[:, 0]) / np.diff(y)
    dense = mixture > 1e-3  # away from the gap, where y runs over many steps of x; the step squared is 1.6e-5
    np.testing.assert_allclose(by_differences[dense], mixture[dense], rtol=3e-3)


@pytest.mark.parametrize("name", [name for name in TRANSFORMS if name != "swissroll_x"])
def test_transforms_move_the_points_and_keep_every_local_value(name):
    base = problem("multinormal-sparse-3-3-2-2.0")
    moved = transformed(base, name)
    assert moved.name == f"{name}-{base.name}"
    assert moved.truth == base.truth
    x, y = base.sample(4, 300)
    fx, gy = moved.sample(4, 300)
    assert not np.allclose(fx, x)
    assert not np.allclose(gy, y)
    np.testing.assert_allclose(moved.local(fx, gy), base.local(x, y), rtol=1e-8, atol=1e-8)


def test_transforms_compose_with_any_base():
    twisted = transformed(transformed(problem("student-identity-3-3-2"), "asinh"), "spiral")
    assert twisted.name == "spiral-asinh-student-identity-3-3-2"
    assert twisted.truth == problem("student-identity-3-3-2").truth
    assert twisted.known_by.count("bijections") == 1
    alone = transform(problem("1v1-additive-0.1"), room.SWISS_ROLL, name="rolled")
    assert alone.dimensions == (2, 1)
    np.testing.assert_array_equal(alone.sample(0, 9)[1], problem("1v1-additive-0.1").sample(0, 9)[1])


def test_rotations_keep_distances_and_orientation():
    for d in (1, 2, 5):
        q = rotation(d, seed=7)(np.eye(d)).T
        np.testing.assert_allclose(q @ q.T, np.eye(d), atol=1e-14)
        assert np.linalg.det(q) == pytest.approx(1, rel=1e-13)


def test_maps_refuse_what_they_would_garble():
    with pytest.raises(ValueError, match="rounds to 1"):
        transformed(problem("student-identity-1-1-1"), "normal_cdf").sample(0, 2000)
    with pytest.raises(ValueError, match="one column in .0, 1."):
        transformed(problem("1v1-normal-0.75"), "swissroll_x").sample(0, 10)
    with pytest.raises(ValueError, match="choose a plane"):
        transformed(problem("1v1-normal-0.75"), "spiral").sample(0, 10)
    with pytest.raises(ValueError, match="there is no transform 'twist'"):
        transformed(problem("1v1-normal-0.75"), "twist")
    for name in ("cauchy", "xor", "two-classes", "iris"):
        with pytest.raises(ValueError, match="two arrays of numbers"):
            transformed(problem(name), "asinh")
    with pytest.raises(ValueError, match="invertible"):
        room.affine(np.ones((2, 2)))
