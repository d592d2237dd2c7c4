"""What the fuzz calls: every estimator of the catalogue and the other public functions, with data as text."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field

from fuzz_cases import room_of

import entropylab as lab
from entropylab.estimators import CATALOGUE

N = 24  # enough for every default, few enough to be fast

# Data by the kind that a card takes; braces stand for the names of the arguments, in order.
DATA = {
    "counts": "{0} = rng.poisson(4, 6) + 2",
    "labels": "{0} = rng.integers(0, 3, 48); {1} = rng.integers(0, 3, 48)",
    "labels given": "{0} = rng.integers(0, 3, 48); {1} = rng.integers(0, 3, 48); {2} = rng.integers(0, 2, 48)",
    "states": "{0} = .5 + rng.choice([-1., 1.], (24, 3)) * rng.uniform(.05, .45, (24, 3))",
    "samples": "{0} = rng.normal(size=24)",
    "samples reference": "{0} = rng.normal(size=(24, 2)); {1} = 1.5 * rng.normal(size=(30, 2))",
    "pair": "{0} = rng.normal(size=24); {1} = .7 * {0} + rng.normal(size=24)",
    "pair given": "{2} = rng.normal(size=24); {0} = {2} + rng.normal(size=24); {1} = {2} + rng.normal(size=24)",
    "sample labels": "{0} = rng.normal(size=24) + np.arange(24) % 3; {1} = np.arange(24) % 3",
    "list": "{0} = rng.normal(size=(2, 24)); {0} = [{0}[0] + {0}[1], {0}[1]]",
    "mixture": "{0} = lab.Mixture(np.array([.2, .3, .5]), 2 * rng.normal(size=(3, 2)), "
    "np.eye(2) * rng.uniform(.3, 2, (3, 1, 1)))",
    "points": "{0} = rng.normal(size=(24, 2))",
    "points anchors": "{0} = rng.normal(size=(24, 2)); {1} = rng.normal(size=(4, 2))",
    "points halfspaces": "{0} = rng.normal(size=(24, 2)); {1} = rng.normal(size=(3, 2)); {2} = .3 * rng.normal(size=3)",
    "points boxes": "{0} = rng.normal(size=(24, 2)); {1} = rng.normal(size=(3, 2)) - 1; "
    "{2} = {1} + rng.uniform(1, 2, (3, 2))",
    "rows": "{0} = rng.uniform(.2, 1., (4, 24)); {0} = {0} / {0}.sum(-1, keepdims=True)",
}
# Kinds of arguments: what may stand in their place.
LABELS = {"labels": {0, 1}, "labels given": {0, 1, 2}, "sample labels": {1}}
# Fewer steps or draws where the default takes long.
QUICK = {
    "mine": {"steps": 5},
    "nwj": {"steps": 5},
    "infonce": {"steps": 5, "batch": 8},
    "kde_histogram": {"draws": 2000},
    "mixture_monte_carlo": {"draws": 64},
    "permutation_null": {"permutations": 5},
    "uncertainty": {"resamples": 5},
    "expected_kde_histogram": {"bandwidth": 0.4, "draws": 1000, "probes": 64},
    "kde_curve": {},
    "kde_sample": {},
}


@dataclass(frozen=True)
class Subject:
    """A function with data: `data` are the names of its array arguments, `before` what comes ahead of them."""

    name: str
    room: str
    setup: str
    data: tuple[str, ...]
    kinds: tuple[str, ...]  # real, labels, counts, list or mixture, one for each of `data`
    after: str = ""
    before: str = ""
    knobs: dict = field(default_factory=dict)
    takes: str = ""
    traced: bool = False
    law: str = "none"

    @property
    def own_knobs(self) -> dict:
        """The keyword arguments that it has."""
        return inspect.signature(getattr(lab, self.name)).parameters

    def call(self, replaced: dict[str, str] | None = None, **knobs) -> str:
        """The call as text, with other texts in the place of arguments, and other knobs."""
        parts = [self.before] if self.before else []
        parts += [(replaced or {}).get(name, name) for name in self.data]
        parts += [self.after] if self.after else []
        parts += [f"{name}={value}" for name, value in {**self.knobs, **knobs}.items()]
        call = f"lab.{self.name}({', '.join(parts)})"
        return f"sorted({call})" if self.name == "count_labels" else call

    def seeded(self, seed: int) -> str:
        return f"rng = np.random.default_rng({seed}); {self.setup}"


def _of_card(card) -> Subject:
    arguments = card.arguments[: len([i for i in range(3) if f"{{{i}}}" in DATA[card.takes]])]
    labels = LABELS.get(card.takes, ())
    kinds = tuple(
        card.takes if card.takes in ("counts", "list", "mixture") else "labels" if i in labels else "real"
        for i in range(len(arguments))
    )
    return Subject(
        card.name,
        room_of(card.function),
        DATA[card.takes].format(*arguments),
        arguments,
        kinds,
        knobs=QUICK.get(card.name, {}),
        takes=card.takes,
        traced=card.kind == "traced",
        law=card.law,
    )


_PLANE = "{0} = rng.normal(size=(24, 2))"
_ROWS = "{0} = rng.uniform(.2, 1., (4, 12)); {0} = {0} / {0}.sum(-1, keepdims=True)"
_TWO = "a = rng.normal(size=(24, 2)); b = rng.normal(size=(20, 2)) + 1"
_SPLIT = DATA["points halfspaces"].format("points", "normals", "offsets")
_BALLS = DATA["points anchors"].format("points", "anchors")
_STATES = DATA["states"].format("states")
_BITS = "states = rng.integers(0, 2, (24, 3)) * 1."
_PAIR = DATA["pair"].format("x", "y")

# name: (set-up, array arguments, arguments after them, arguments before them)
OTHERS = {
    "hausdorff": (_TWO, "a b"),
    "chamfer": (_TWO, "a b"),
    "mask_iou": ("a = rng.integers(0, 2, (4, 5)); b = rng.integers(0, 2, (4, 5))", "a b"),
    "Mixture": (
        "weights = np.array([.2, .3, .5]); centers = 2 * rng.normal(size=(3, 2)); "
        "spreads = np.eye(2) * rng.uniform(.3, 2, (3, 1, 1))",
        "weights centers spreads",
    ),
    "hull_error": (
        "true_points = rng.normal(size=(24, 2)); changed_points = rng.normal(size=(24, 2))",
        "true_points changed_points",
    ),
    **{
        name: (_PLANE.format("points"), "points")
        for name in (
            "hull_area",
            "convex_hull",
            "monotone_chain",
            "quickhull",
            "chan_hull",
            "entropy_bounded_hull",
            "delaunay",
            "maxima",
            "hull_entropy_interval",
            "hull_survivors",
        )
    },
    "outside_polygon": (
        "points = rng.normal(size=(24, 2)); corners = np.array([[-1., -1], [1, -1], [0, 1]])",
        "points corners",
    ),
    **{
        name: (_SPLIT, "points normals offsets")
        for name in (
            "halfspace_cells",
            "halfspace_memberships",
            "slab_cells",
            "slab_memberships",
            "certified_temperature",
            "partition_certificate",
            "shihab_bound",
            "shihab_temperature",
            "shihab_bound_status",
        )
    },
    "ball_cells": (_BALLS, "points anchors"),
    "ball_memberships": (_BALLS, "points anchors"),
    "choose_anchors": (_PLANE.format("points"), "points", "3"),
    "choose_boxes": (_PLANE.format("points"), "points", "3"),
    "choose_halfspaces": (_PLANE.format("points"), "points", "2"),
    "attention_ball_entropy": (
        _ROWS.format("weights") + "; positions = rng.normal(size=(12, 2)); anchors = rng.normal(size=(3, 2))",
        "weights positions anchors",
    ),
    "attention_entropy_from_qk": ("queries = rng.normal(size=(5, 3)); keys = rng.normal(size=(7, 3))", "queries keys"),
    "sparsemax": ("logits = rng.normal(size=(3, 6))", "logits"),
    "entmax15": ("logits = rng.normal(size=(3, 6))", "logits"),
    "top_k": (_ROWS.format("weights"), "weights", "3"),
    "threshold_rows": (_ROWS.format("weights"), "weights"),
    "sparsity": (_ROWS.format("weights"), "weights"),
    "row_entropy_penalty": (_ROWS.format("weights"), "weights"),
    "attention_rollout": (
        "layers = rng.uniform(.2, 1, (2, 6, 6)); layers = layers / layers.sum(-1, keepdims=True)",
        "layers",
    ),
    "kneedle_k": ("sizes = np.array([2., 4, 8, 16, 32]); values = np.array([.1, .9, 1.2, 1.25, 1.3])", "sizes values"),
    "exact_expectation": ("probabilities = np.array([.2, .3, .5])", "probabilities", "5", "lab.plugin"),
    "expected_kde_histogram": ("x = rng.normal(size=24)", "x"),
    "kde_curve": ("x = rng.normal(size=24)", "x", "[.2, .5]"),
    "kde_sample": ("x = rng.normal(size=24)", "x", "10"),
    "histogram_curve": ("x = rng.normal(size=24)", "x", "[2, 5]"),
    "kozachenko_leonenko_curve": ("x = rng.normal(size=24)", "x", "[1, 3]"),
    "ksg_curve": (_PAIR, "x y", "[1, 3]"),
    "run_entropy": ("sequence = rng.normal(size=24)", "sequence"),
    **{
        name: (_STATES, "states")
        for name in (
            "pattern_counts",
            "soft_binarize",
            "soft_counts",
            "soft_match_across",
            "soft_match_errors",
        )
    },
    "leakage_entropy": (_BITS, "states"),
    "nsb_std": ("counts = rng.poisson(4, 6) + 2", "counts"),
    "count_labels": ("labels = rng.integers(0, 3, 48)", "labels"),
    "entropy": ("x = rng.normal(size=24)", "x"),
    "mutual_information": (_PAIR, "x y"),
    "permutation_null": (_PAIR, "x y", "", "'ksg'"),
    "uncertainty": (_PAIR, "x y", "", "'gaussian_mutual_information'"),
}
_KINDS = {"labels": "labels", "counts": "counts"}
_TRACED = {
    "halfspace_memberships",
    "slab_memberships",
    "ball_memberships",
    "attention_ball_entropy",
    "attention_entropy_from_qk",
    "sparsemax",
    "entmax15",
    "top_k",
    "threshold_rows",
    "sparsity",
    "row_entropy_penalty",
    "attention_rollout",
    "soft_binarize",
    "soft_counts",
}


def _of_other(name: str) -> Subject:
    setup, data, after, before = (*OTHERS[name], "", "")[:4]
    data = tuple(data.split())
    kinds = tuple("mask" if name == "mask_iou" else _KINDS.get(argument, "real") for argument in data)
    return Subject(
        name,
        room_of(getattr(lab, name)),
        setup,
        data,
        kinds,
        after,
        before,
        QUICK.get(name, {}),
        traced=name in _TRACED,
    )


BY_CARD = [_of_card(card) for card in CATALOGUE.values()]
SUBJECTS = BY_CARD + [_of_other(name) for name in OTHERS]
