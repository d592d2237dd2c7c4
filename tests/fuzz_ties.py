"""Repeated values, grids, clusters and coins, for every variant and k, against the formulas."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from fuzz_cases import Case
from fuzz_subjects import SUBJECTS

ROOM = {subject.name: subject.room for subject in SUBJECTS}
# Texts for n samples in d columns.
SAMPLES = (
    "rng.normal(size=({n}, {d}))",
    "np.round(rng.normal(size=({n}, {d})), 1)",
    "rng.integers(0, 4, ({n}, {d})) * 1.",
    "rng.integers(0, 2, ({n}, {d})) * 1.",
    "np.maximum(rng.normal(size=({n}, {d})), 0)",
    "rng.normal(size=({n}, {d})) ** 9",
    "rng.integers(0, 3, ({n}, {d})) * 1e6 + rng.normal(size=({n}, {d}))",
    "np.repeat(rng.normal(size=(-(-{n} // 2), {d})), 2, axis=0)[:{n}]",
    "rng.integers(-20, 20, ({n}, {d})) / 8",
    "1e9 + rng.integers(-20, 20, ({n}, {d})) / 8 + rng.integers(0, 2, ({n}, {d})) * 2.**-20",
)


def _case(name, setup, call, twin, demand="equal or refused", tolerance=1e-8) -> Case:
    return Case("ties", name, ROOM[name], setup, call, demand, twin, tolerance)


def ties(seed: int, many: int = 60) -> Iterator[Case]:
    """`many` draws of data, each for every estimator that has a twin."""
    choose = np.random.default_rng([seed, 7])
    for draw in range(many):
        n, d = int(choose.choice([7, 16, 31])), int(choose.choice([1, 1, 2, 3, 5]))
        k = int(choose.integers(1, min(n - 1, 8)))
        x, y, z = (SAMPLES[i].format(n=n, d=d) for i in choose.integers(0, len(SAMPLES), 3))
        setup = f"rng = np.random.default_rng({seed * 1000 + draw}); x = {x}; y = {y}; z = {z}"
        yield from _neighbours(setup, n, k, choose)
        yield from _densities(setup, n, d, choose)
        yield from _spacings(setup.replace(f", {d})", ", 1)"), n, choose)
        yield from _others(setup, n, d, k)


def _neighbours(setup, n, k, choose):
    for norm in ("max", "euclidean"):
        flag = norm == "euclidean"
        yield _case(
            "kozachenko_leonenko",
            setup,
            f"lab.kozachenko_leonenko(x, k={k}, norm='{norm}')",
            f"twins.kozachenko_leonenko(x, {k}, {flag})",
        )
        order = round(float(choose.uniform(0.2, k + 0.8)), 3)
        yield _case(
            "renyi",
            setup,
            f"lab.renyi(x, order={order}, k={k}, norm='{norm}')",
            f"twins.renyi(x, {order}, {k}, {flag})",
            tolerance=1e-7,
        )
    yield _case(
        "tsallis", setup, f"lab.tsallis(x, order={order}, k={k})", f"twins.tsallis(x, {order}, {k})", tolerance=1e-6
    )
    yield _case(
        "kozachenko_leonenko_curve",
        setup,
        f"lab.kozachenko_leonenko_curve(x, [1, {k}])",
        f"[twins.kozachenko_leonenko(x, j) for j in (1, {k})]",
    )
    # Where neighbours tie the formula itself is in doubt: another number, but with a word about it.
    yield _case("ksg", setup, f"lab.ksg(x, y, k={k})", f"twins.ksg(x, y, {k})", "equal or said")
    curve = f"[twins.ksg(x, y, j) for j in ({k}, 1)]"
    yield _case("ksg_curve", setup, f"lab.ksg_curve(x, y, [{k}, 1])", curve, "equal or said")
    yield _case(
        "conditional_ksg",
        setup,
        f"lab.conditional_ksg(x, y, z, k={k})",
        f"twins.conditional_ksg(x, y, z, {k})",
        "equal or said",
    )
    yield _case(
        "conditional_entropy",
        setup,
        f"lab.conditional_entropy(y, z, k={k})",
        f"twins.conditional_entropy(y, z, {k})",
        "equal, refused or said",
    )
    yield _case(
        "total_correlation",
        setup,
        f"lab.total_correlation([x, y, z[:, 0]], k={k})",
        f"twins.total_correlation([x, y, z[:, 0]], {k})",
        "equal or said",
    )
    labels = setup + f"; labels = np.arange({n}) % 3"
    ross = f"twins.ross(x, labels, {k})"
    yield _case("ross", labels, f"lab.ross(x, labels, k={k})", ross, "equal, refused or said")
    yield from _without_ties(setup.split("; x = ")[0], n, k)
    # Independent of repeats in one variable: 0, to 6.5 standard errors of the mean over 24 samples.
    start = setup.split("; x = ")[0]
    for repeat in ("rng.integers(0, 2, 200) * 1.", "np.maximum(rng.normal(size=200), 0)"):
        for variant in (1, 2):
            data = f"rng.normal(size=200), {repeat}"
            calls = (
                ("ksg", f"lab.ksg({data}, k={k}, variant={variant})"),
                ("ksg_curve", f"lab.ksg_curve({data}, [{k}], variant={variant})[0]"),
            )
            for name, call in calls:
                ratio = f"(lambda v: np.mean(v) / (5 * np.std(v, ddof=1) / len(v) ** .5))([{call} for _ in range(24)])"
                yield _case(name, start, ratio, "0.", "equal", 1.3)
    apart = setup + f"; y = y + rng.normal(size=({n}, 1))"
    density = f"twins.density_of_points(x, y, {k})"
    yield _case("density_of_points", apart, f"lab.density_of_points(x, y, k={k})", density)
    shared = setup + "; y = np.vstack([x[:1], y])"
    yield _case("density_of_points", shared, f"lab.density_of_points(x, y, k={k})", "", "refused or said")


def _without_ties(start, n, k):
    """Continuous data in two columns: the formulas to the last digits, of both variants."""
    free = f"{start}; x = rng.normal(size=({n}, 2)); y = rng.normal(size={n}) + x[:, 0]"
    free += f"; z = x[:, 1] + rng.normal(size={n}); labels = np.arange({n}) % 3"
    for name, arguments in (
        ("ksg", "x, y"),
        ("conditional_ksg", "x, y, z"),
        ("conditional_entropy", "y, x"),
        ("total_correlation", "[x, y, z]"),
        ("ross", "x, labels"),
    ):
        yield _case(name, free, f"lab.{name}({arguments}, k={k})", f"twins.{name}({arguments}, {k})", "equal")
    for variant in (1, 2):
        curve = f"[twins.ksg(x, y, j, {variant}) for j in ({k}, 1)]"
        yield _case("ksg_curve", free, f"lab.ksg_curve(x, y, [{k}, 1], variant={variant})", curve, "equal")
    yield _case("ksg", free, f"lab.ksg(x, y, k={k}, variant=2)", f"twins.ksg(x, y, {k}, 2)", "equal")


def _densities(setup, n, d, choose):
    for loo in (False, True):
        for width in ("'scott'", "'silverman'", repr(round(float(choose.uniform(0.05, 2)), 3))):
            yield _case(
                "kde",
                setup,
                f"lab.kde(x, bandwidth={width}, leave_one_out={loo})",
                f"twins.kde(x, {width}, {loo})",
                "equal or refused",
                1e-6,
            )
    bins = int(choose.integers(1, 9))
    yield _case("histogram", setup, f"lab.histogram(x, bins={bins})", f"twins.histogram(x, {bins})")
    if d < 3:
        marginals = f"twins.histogram(x, {bins}) + twins.histogram(y, {bins})"
        yield _case(
            "histogram_mutual_information",
            setup,
            f"lab.histogram_mutual_information(x, y, bins={bins})",
            f"{marginals} - twins.histogram(np.hstack([x, y]), {bins})",
        )
    width = float(choose.choice([0.25, 0.5, 1.0]))  # powers of two: no quotient is rounded
    yield _case(
        "quantised_entropy", setup, f"lab.quantised_entropy(x, width={width})", f"twins.quantised_entropy(x, {width})"
    )


def _spacings(setup, n, choose):
    m = int(choose.integers(1, max(2, n // 2 - 1)))
    for name in ("vasicek", "van_es", "ebrahimi", "correa"):
        yield _case(name, setup, f"lab.{name}(x, window={m})", f"twins.{name}(x, {m})", tolerance=1e-6)


def _others(setup, n, d, k):
    few = setup.replace(f"({n}, {d})", f"({n}, {min(d, 3)})").replace(f"// 2), {d})", f"// 2), {min(d, 3)})")
    yield _case("gaussian", few, "lab.gaussian(x)", "twins.gaussian(x)", tolerance=1e-5)
    yield _case("gaussian_corrected", few, "lab.gaussian_corrected(x)", "twins.gaussian_corrected(x)", tolerance=1e-5)
    yield _case(
        "gaussian_mutual_information",
        few,
        "lab.gaussian_mutual_information(x, y)",
        "twins.gaussian_mutual_information(x, y)",
        tolerance=1e-5,
    )
    yield _case("hausdorff", setup, "lab.hausdorff(x, y)", "twins.hausdorff(x, y)", "equal", 1e-9)
    yield _case("chamfer", setup, "lab.chamfer(x, y)", "twins.chamfer(x, y)", "equal", 1e-9)
    for wide in (60, 64, 70):
        many = setup.split("; x = ")[0] + f"; x = rng.integers(-2, 3, (8, {wide})) * 1.; y = x[[{k % 8}]]"
        yield _case("hausdorff", many, "lab.hausdorff(x, y)", "twins.hausdorff(x, y)", "equal", 1e-9)
        yield _case("chamfer", many, "lab.chamfer(y, x)", "twins.chamfer(y, x)", "equal", 1e-9)
    yield _case(
        "hull_area", setup + "; x = np.hstack([x, y])[:, :2]", "lab.hull_area(x)", "twins.hull_area(x)", "equal", 1e-15
    )
    labels = "; x = np.floor(x[:, 0]).astype(int); y = np.floor(y[:, 0]).astype(int)"
    yield _case(
        "discrete_mutual_information",
        setup + labels,
        "lab.discrete_mutual_information(x, y)",
        "twins.discrete_mutual_information(x, y)",
        "equal",
    )
    yield _case(
        "plugin",
        setup + labels,
        "lab.plugin(np.unique(x, return_counts=True)[1])",
        "twins.plugin(np.unique(x, return_counts=True)[1])",
        "equal",
    )
    for name, more, knobs in (
        ("ball_partition", "y[:4]", "sharpness=3."),
        ("slab_partition", "y[:4], z[:4, 0]", "sharpness=3."),
        ("halfspace_partition", "y[:4], z[:4, 0]", "temperature=.5"),
    ):
        yield _case(name, setup, f"lab.{name}(x, {more}, {knobs})", f"twins.{name}(x, {more}, {knobs})", tolerance=1e-6)
    yield _case(
        "attention_entropy_from_qk",
        setup,
        "lab.attention_entropy_from_qk(x, y, scale=.7)",
        "twins.attention_entropy_from_qk(x, y, .7)",
        tolerance=1e-6,
    )
    yield _case("soft_match", setup + "; x = np.abs(np.sin(x))", "lab.soft_match(x)", "twins.soft_match(x)")
