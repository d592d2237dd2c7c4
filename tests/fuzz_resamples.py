"""Intervals and nulls of few samples: an error bar above 0, or a word about it; errors speak of the caller's data."""

from __future__ import annotations

from collections.abc import Iterator

from fuzz_cases import Case
from fuzz_subjects import BY_CARD, DATA

# A standard error of 0 says that nothing is uncertain; NaN stands for it here.
ERROR = "(lambda e: e if e > 0 else math.nan)(lab.uncertainty({0}, resamples=12).standard_error)"


def resamples(seed: int) -> Iterator[Case]:
    """Every estimator of samples, of few of them and with many neighbours."""
    for subject in BY_CARD:
        if subject.takes in ("mixture", "rows", "counts") or subject.name in (
            "mine",
            "nwj",
            "infonce",
            "kde_histogram",
        ):
            continue
        for n in (8, 12, 16, 24, 100):
            text = DATA[subject.takes].format(*subject.data)
            setup = f"rng = np.random.default_rng({seed}); " + text.replace("48", str(n)).replace("24", str(n))
            for how in ("", ", how='bootstrap'", ", how='subsampling'"):
                for k in ("", ", k=1", f", k={n // 4 - 1}", f", k={n // 3}") if "k" in subject.own_knobs else ("",):
                    call = ERROR.format(f"'{subject.name}', {', '.join(subject.data)}{k}{how}")
                    yield Case("resampling", "uncertainty", "inference", setup, call, "number or said")
            if subject.takes in ("pair", "labels", "sample labels") and n < 100 and "entropy" not in subject.name:
                call = f"lab.permutation_null('{subject.name}', {', '.join(subject.data)}, permutations=6)"
                yield Case("resampling", "permutation_null", "inference", setup, call, "number or refused")
    rare = f"rng = np.random.default_rng({seed}); x = rng.normal(size=60); "
    rare += "rare = np.arange(60) < 2; labels = np.arange(60) % 5"
    for call in (
        "'ross', x, labels",
        "'ross', x, rare",
        "'proficiency', rare, labels",
        "'proficiency', labels, rare",
        "'discrete_mutual_information', rare, rare",
        "'discrete_mutual_information', [1, '1'] * 30, [1, '1'] * 30",
        "'histogram', np.where(rare, x, 1.)",
        "'gaussian', np.where(rare, x, 1.)",
        "'kde', rng.normal(size=(16, 5))",
        "'ksg', rng.normal(size=(16, 4)), rng.normal(size=16)",
        "'vasicek', x[:6]",
        "'plugin', [30, 1]",
        "'nsb', [30, 1]",
        "'plugin', [10 ** 10, 10 ** 10 + 1], how='subsampling'",
        "'plugin', [10 ** 12, 10 ** 12 + 7]",
        "'gaussian', rng.normal(size=(6, 5))",
        "lab.hull_area, rng.normal(size=(30, 2))",
        "np.mean, x",
        "'ksg', x, np.ones(60)",
    ):
        yield Case("resampling", "uncertainty", "inference", rare, ERROR.format(call), "number or said")
    for call in (
        "'ross', x, labels",
        "'ross', x, rare",
        "'discrete_mutual_information', rare, labels",
        "'ksg', x, np.ones(60)",
        "lambda a, b: math.nan, x, x",
        "lambda a, b: math.inf, x, x",
        "'ksg', x, x[:50]",
        "'ksg', x[:3], x[:3]",
    ):
        yield Case(
            "resampling",
            "permutation_null",
            "inference",
            rare,
            f"lab.permutation_null({call}, permutations=6)",
            "number or said",
        )
