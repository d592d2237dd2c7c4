"""Laws that every estimator keeps: scale and shift, order, names of symbols, swapped arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fuzz_cases import Case
from fuzz_subjects import SUBJECTS

POWERS = (-1000, -950, -700, -600, -540, -520, -300, -60, 60, 300, 510, 530, 600, 700, 950, 1000)
BY_NAME = {subject.name: subject for subject in SUBJECTS}

# What scaling data by s does where no card says: data that scale along, knobs that do ({s} is the scale), and the
# scaled answer as text of the answer {f} to the scaled data.
COVARIANT = {
    "ball_partition": ("points anchors", {"sharpness": "10. / {s} / {s}"}, "{f}"),
    "ball_memberships": ("points anchors", {"sharpness": "10. / {s} / {s}"}, "{f}"),
    "slab_partition": ("points offsets", {"sharpness": "10. / {s}"}, "{f}"),
    "slab_memberships": ("points offsets", {"sharpness": "10. / {s}"}, "{f}"),
    "halfspace_partition": ("points offsets", {"temperature": ".1 * {s}"}, "{f}"),
    "halfspace_memberships": ("points offsets", {"temperature": ".1 * {s}"}, "{f}"),
    "box_partition": ("points lows highs", {"temperature": ".1 * {s}"}, "{f}"),
    **{name: ("points anchors", {}, "{f}") for name in ("hard_ball_partition", "ball_cells")},
    **{
        name: ("points offsets", {}, "{f}")
        for name in ("hard_halfspace_partition", "hard_slab_partition", "halfspace_cells", "slab_cells")
    },
    "hard_box_partition": ("points lows highs", {}, "{f}"),
    "quantised_entropy": ("x", {"width": ".1 * {s}"}, "{f} - math.log({s})"),
    "kde": ("x", {"bandwidth": ".4 * {s}"}, "{f} - math.log({s})"),
    "logdet": ("x", {"beta": "1. / {s} / {s}"}, "{f}"),
    "attention_entropy_from_qk": ("queries", {"scale": ".5 / {s}"}, "{f}"),
    "hausdorff": ("a b", {}, "{f} / {s}"),
    "hull_area": ("points", {}, "{f} / {s} / {s}"),
    "chamfer": ("a b", {}, "{f} / {s} / {s}"),
    "hull_error": ("true_points changed_points", {}, "{f}"),
    **{
        name: ("points", {}, "{f}")
        for name in (
            "convex_hull",
            "monotone_chain",
            "quickhull",
            "chan_hull",
            "entropy_bounded_hull",
            "delaunay",
            "maxima",
            "hull_survivors",
            "hull_entropy_interval",
        )
    },
    "outside_polygon": ("points corners", {}, "{f}"),
    "run_entropy": ("sequence", {}, "{f}"),
    "choose_anchors": ("points", {}, "{f} / {s}"),
    "kde_sample": ("x", {}, "{f} / {s}"),
    "choose_boxes": ("points", {}, "np.asarray({f}) / {s}"),
    "histogram_curve": ("x", {}, "{f} - math.log({s})"),
    "kozachenko_leonenko_curve": ("x", {}, "{f} - math.log({s})"),
    "ksg_curve": ("x y", {}, "{f}"),
    "certified_temperature": ("points offsets", {}, "{f} / {s}"),
    "partition_certificate": ("points offsets", {"temperature": ".1 * {s}"}, "{f}"),
    "kneedle_k": ("values", {}, "{f}"),
    "permutation_null": ("x y", {}, "{f}"),
    "uncertainty": ("x y", {}, "{f}"),
}
# Variants of a law's subject that take another path through the code: data and knobs.
VARIANTS = {
    "kozachenko_leonenko": ({"norm": "'euclidean'"}, {"k": 7}),
    "renyi": ({"norm": "'euclidean'"}, {"order": 0.6}),
    "ksg": ({"variant": 2},),
    "kde": ({"bandwidth": "'loo'"}, {"leave_one_out": True}),
    "kde_mutual_information": ({"bandwidth": "'loo'"}, {"leave_one_out": True}),
    "mixture_pairwise": ({"divergence": "'chernoff'"},),
    "lnc": ({"alpha": 0.5},),
}
# Each argument may have its own unit.
OWN_UNITS = {
    "gaussian_mutual_information",
    "gaussian_copula_mutual_information",
    "histogram_mutual_information",
    "kde_mutual_information",
    "mine",
    "nwj",
    "infonce",
}
SYMMETRIC = {
    "ksg",
    "gaussian_mutual_information",
    "gaussian_copula_mutual_information",
    "histogram_mutual_information",
    "kde_mutual_information",
    "lnc",
    "discrete_mutual_information",
    "hausdorff",
    "chamfer",
    "mask_iou",
}


def _scaled(names, text):
    return "; ".join(f"{name} = {name} * {text}" for name in names)


def _with_columns(subject) -> list[tuple[str, int]]:
    """Set-ups of one and of more columns, and the columns that a differential entropy counts."""
    if subject.takes == "samples":
        return [("", 1)] + [(f"x = rng.normal(size=(24, {d}))", d) for d in (2, 4)]
    if subject.takes in ("pair", "pair given"):
        first = subject.data[0]
        more = "; ".join(f"{name} = np.stack([{name}, rng.normal(size=24)], 1)" for name in subject.data)
        return [("", 1), (more, 2)] if first else []
    return [("", 2)]


def _of_the_cards(seed: int) -> Iterator[Case]:
    for subject in SUBJECTS:
        if subject.law == "none":
            continue
        for more, d in _with_columns(subject):
            for knobs in ({}, *VARIANTS.get(subject.name, ())):
                setup = "; ".join(filter(None, [subject.seeded(seed), more]))
                for power in POWERS:
                    if subject.takes == "mixture":
                        m = subject.data[0]
                        move = f"{m} = lab.Mixture({m}.weights, {m}.centers * 2.**{power}, {m}.spreads * 4.**{power})"
                        if abs(power) > 500:
                            continue
                    elif subject.takes == "list":
                        move = f"{subject.data[0]} = [v * 2.**{power} for v in {subject.data[0]}]"
                    else:
                        real = [n for n, kind in zip(subject.data, subject.kinds, strict=True) if kind == "real"]
                        move = _scaled(real, f"2.**{power}")
                    grown = f" - {d * power} * math.log(2)" if subject.law == "differential" else ""
                    plain = subject.call(**knobs)
                    yield _moved_case("scales", subject, setup, move, plain + grown, plain)


def _moved_case(axis, subject, setup, move, call, plain, demand="equal or refused", tolerance=1e-9) -> Case:
    """The call after a move; the reference is the plain call with the data before it, which keep a name."""
    keep = "; ".join(f"{name}_ = {name}" for name in subject.data)
    back = plain
    for name in subject.data:
        back = _renamed(back, name)
    return Case(axis, subject.name, subject.room, f"{setup}; {keep}; {move}", call, demand, back, tolerance)


def _renamed(text: str, name: str) -> str:
    return re.sub(rf"(?<![\w.'\"]){name}\b(?!\s*=[^=])(?!['\"])", f"{name}_", text)


def _of_the_table(seed: int) -> Iterator[Case]:
    for name, (data, knobs, answer) in COVARIANT.items():
        subject = BY_NAME[name]
        for power in POWERS:
            if answer.count("{s}") > 1 and abs(power) > 500:
                continue  # the square of the unit leaves float64
            s = f"2.**{power}"
            call = answer.format(f=subject.call(**{k: v.format(s=s) for k, v in knobs.items()}), s=s)
            plain = answer.format(f=subject.call(**{k: v.format(s="1.") for k, v in knobs.items()}), s="1.")
            yield _moved_case("scales", subject, subject.seeded(seed), _scaled(data.split(), s), call, plain)


def _of_units(seed: int) -> Iterator[Case]:
    for name in OWN_UNITS:
        subject = BY_NAME[name]
        for first, second in ((-900, 900), (600, 0), (0, -600), (-300, 200), (40, -40)):
            move = f"x = x * 2.**{first}; y = y * 2.**{second}"
            yield _moved_case("units", subject, subject.seeded(seed), move, subject.call(), subject.call())
    for name in ("gaussian", "gaussian_corrected", "kde", "histogram"):
        subject = BY_NAME[name]
        for first, second in ((-900, 900), (600, 0), (0, -600), (-300, 200), (40, -40)):
            setup = subject.seeded(seed) + "; x = rng.normal(size=(24, 2)); x[:, 1] += x[:, 0]"
            move = f"x = x * np.array([2.**{first}, 2.**{second}])"
            grown = f" - {first + second} * math.log(2)"
            yield _moved_case("units", subject, setup, move, subject.call() + grown, subject.call(), tolerance=1e-8)


def scales(seed: int) -> Iterator[Case]:
    """Data in units from 2^-1000 to 2^1000 times the ordinary one: the law, or one error."""
    yield from _of_the_cards(seed)
    yield from _of_the_table(seed)
    yield from _of_units(seed)


def shifts(seed: int) -> Iterator[Case]:
    """Shifts without rounding, and whole numbers beyond 2^53: the same number, or one error."""
    for subject in SUBJECTS:
        if subject.law == "none" or subject.takes in ("mixture", "list"):
            continue
        real = [n for n, kind in zip(subject.data, subject.kinds, strict=True) if kind == "real"]
        grid = "; ".join(f"{n} = np.round({n} * 2**16) / 2**16" for n in real)
        whole = "; ".join(f"{n} = np.round({n} * 2**16).astype(int)" for n in real)
        call = subject.call()
        for shift in (2.0**10, -(2.0**20), 2.0**30, -(2.0**36)):
            move = "; ".join(f"{n} = {n} + {shift}" for n in real)
            yield _moved_case("shifts", subject, f"{subject.seeded(seed)}; {grid}", move, call, call, tolerance=1e-6)
        for power in (54, 60, 62):
            move = "; ".join(f"{n} = {n} + 2**{power}" for n in real)
            yield _moved_case("shifts", subject, f"{subject.seeded(seed)}; {whole}", move, call, call, tolerance=1e-6)


def orders(seed: int) -> Iterator[Case]:
    """The order of samples, of arguments and of columns; other names for symbols."""
    for subject in SUBJECTS:
        setup, call = subject.seeded(seed), subject.call()
        if (
            subject.law != "none"
            and subject.takes not in ("mixture", "list")
            and subject.name not in ("mine", "nwj", "infonce")
        ):
            move = f"p = rng.permutation({subject.data[0]}.shape[0]); "
            paired = subject.data[:1] if subject.takes in ("samples reference", "points") else subject.data
            move += "; ".join(f"{n} = {n}[p]" for n in paired)
            tolerance = 0.2 if subject.name == "kde_histogram" else 1e-9
            yield _moved_case("orders", subject, setup, move, call, call, "equal", tolerance)
        if subject.name in SYMMETRIC:
            a, b = subject.data
            for knobs in ({}, *VARIANTS.get(subject.name, ())):
                call = subject.call(**knobs)
                yield _moved_case("orders", subject, setup, f"{a}, {b} = {b}, {a}", call, call, "equal", 1e-8)
        if subject.takes in ("labels", "labels given"):
            move = "; ".join(f"{n} = np.array([7, -3, 11])[{n}]" for n in subject.data)
            yield _moved_case("orders", subject, setup, move, call, call, "equal")
        if subject.takes == "samples" and subject.name not in ("vasicek", "van_es", "ebrahimi", "correa"):
            plane = f"{setup}; x = rng.normal(size=(24, 3)) @ rng.normal(size=(3, 3))"
            tolerance = 0.2 if subject.name == "kde_histogram" else 1e-8
            yield _moved_case("orders", subject, plane, "x = x[:, [2, 0, 1]]", call, call, "equal", tolerance)
        if subject.takes == "counts":  # without a support, the cells that are given are the alphabet of those who ask
            known = subject.name in ("nsb", "dirichlet", "james_stein")
            zero = "counts = counts[::-1]" if known else "counts = np.append(counts[::-1], 0)"
            yield _moved_case("orders", subject, setup, zero, call, call, "equal")
