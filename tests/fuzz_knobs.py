"""Knobs given as other types of the same value, and as values that mean nothing."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from fuzz_cases import Case
from fuzz_subjects import SUBJECTS, Subject

import entropylab as lab

# A plain value where the default is None, or is no number.
PLAIN = {
    "support": "20",
    "window": "3",
    "size": "8",
    "scale": ".7",
    "bandwidth": ".4",
    "base": "2",
    "bandwidths": "[.3]",
    "beta": "1.5",
}
WHOLE = {
    "k",
    "bins",
    "steps",
    "draws",
    "seed",
    "batch",
    "window",
    "support",
    "variant",
    "permutations",
    "resamples",
    "size",
    "probes",
    "m",
    "n",
}
SKIPPED = {"devices", "temperatures", "bandwidths", "method", "how", "norm", "divergence", "estimator"}
# Work that grows with these: a huge value runs long, and rightly so.
LONG = {"steps", "permutations", "resamples", "draws", "probes"}
# {0} is the plain value. Another type of one number:
SAME = {
    "NumPy integer": "np.int64({0})",
    "unsigned": "np.uint8({0})",
    "float": "float({0})",
    "NumPy float": "np.float64({0})",
    "float32": "np.float32({0})",
    "array without axes": "np.array({0})",
    "JAX": "jnp.asarray({0})",
    "Fraction": "Fraction({0})",
    "Decimal": "Decimal(str({0}))",
    "tensor": "Tensor({0})",
    "xarray": "xr.DataArray({0})",
    "float16": "np.float16({0})",
}
# Either the same number or refused: never read as something else.
PERHAPS = {
    "text": "str({0})",
    "array of one": "np.array([{0}])",
    "list": "[{0}]",
    "complex": "complex({0})",
    "masked": "np.ma.masked_array({0})",
    "Series": "pd.Series([{0}])",
}
REFUSED = {
    "nan": "math.nan",
    "NumPy nan": "np.float32('nan')",
    "word": "'a'",
    "empty list": "[]",
    "dict": "{{}}",
    "object": "object()",
    "imaginary": "1j",
    "NA": "pd.NA",
    "function": "len",
    "list of two": "[1, 2]",
    "masked": "np.ma.masked",
    "date": "np.datetime64('2020-01-01')",
    "bytes": "b'1'",
    "NaT": "pd.NaT",
}
REFUSED_WHOLE = {
    "half": "{0} + .5",
    "True": "True",
    "NumPy True": "np.True_",
    "infinite": "math.inf",
    "huge": "10 ** 400",
}
POSITIVE_ONLY = {"minus one": "-1", "minus infinite": "-math.inf"}
REFUSED_FLAG = {"text": "'False'", "nan": "math.nan", "two": "2", "minus one": "-1", "None": "None", "list": "[True]"}
NONE_MEANS = {"support", "window", "size", "scale", "base"}


def _knobs(subject: Subject) -> Iterator[tuple[str, str, bool]]:
    """Name, plain value and whether it is a flag, for each keyword of a subject."""
    for name, parameter in inspect.signature(getattr(lab, subject.name)).parameters.items():
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY or name in SKIPPED:
            continue
        default = parameter.default
        if isinstance(default, bool):
            yield name, str(default), True
        elif name in subject.knobs:
            yield name, str(subject.knobs[name]), False
        elif name in PLAIN:
            yield name, PLAIN[name], False
        elif isinstance(default, (int, float)):
            yield name, repr(default), False


def _texts(name: str, plain: str, flag: bool) -> Iterator[tuple[str, str]]:
    """Texts for a knob, and the demand."""
    if flag:
        for text in ("np.bool_({0})", "int({0})", "np.array({0})"):
            yield text, "equal or refused"
        for text in REFUSED_FLAG.values():
            yield text, "refused"
        return
    whole = name in WHOLE
    for text in SAME.values():
        if not (("uint8" in text or "int64" in text) and not whole):
            yield text, "equal or refused"
    for text in PERHAPS.values():
        yield text, "equal or refused"
    for text in [
        *REFUSED.values(),
        *(REFUSED_WHOLE.values() if whole else ()),
        *([] if name in NONE_MEANS else ["None"]),
    ]:
        yield text, "refused"
    if name not in ("seed", "scale", "beta", "order", "threshold"):
        for text in POSITIVE_ONLY.values():
            yield text, "refused"
    if name not in LONG:
        for text in ("10 ** 9", "1e300", "1e-300", "0", "10 ** 20", "-0.0"):
            yield text, "anything"


def knobs(seed: int) -> Iterator[Case]:
    """Every knob of every subject in other types, and with junk."""
    for subject in SUBJECTS:
        for name, plain, flag in _knobs(subject):
            for text, demand in _texts(name, plain, flag):
                rounded = 1e-3 if "float32" in text or "float16" in text else 1e-9
                yield Case(
                    "knobs",
                    subject.name,
                    subject.room,
                    subject.seeded(seed),
                    subject.call(**{name: text.format(plain)}),
                    demand,
                    subject.call(**{name: plain}) if "equal" in demand else "",
                    rounded,
                    (name, name.replace("_", " ")),
                )


# Scalars without a keyword: what stands at {0} is the plain value.
SCALARS = {
    "lab.choose_anchors(points, {0})": ("points = rng.normal(size=(24, 2))", "3", "k"),
    "lab.choose_boxes(points, {0})": ("points = rng.normal(size=(24, 2))", "3", "m"),
    "lab.choose_halfspaces(points, {0})": ("points = rng.normal(size=(24, 2))", "2", "m"),
    "lab.top_k(weights, {0})": ("weights = np.full((3, 8), 1 / 8)", "3", "k"),
    "lab.kde_sample(x, {0})": ("x = rng.normal(size=24)", "9", "draws"),
    "lab.exact_expectation(lab.plugin, [.2, .8], {0})": ("", "5", "n"),
    "lab.continuity_bound(.1, {0})": ("", "4", "cells"),
    "lab.histogram_curve(x, [{0}, 5])": ("x = rng.normal(size=24)", "3", "bins"),
    "lab.ksg_curve(x, x[::-1], [{0}, 5])": ("x = rng.normal(size=24)", "3", "k"),
    "lab.kozachenko_leonenko_curve(x, [{0}, 5])": ("x = rng.normal(size=24)", "3", "k"),
}


def scalars(seed: int) -> Iterator[Case]:
    """The same for whole numbers that are given by position."""
    rooms = {subject.name: subject.room for subject in SUBJECTS}
    for call, (setup, plain, name) in SCALARS.items():
        function = call[4:].split("(")[0]
        for text, demand in _texts(name if name in WHOLE else "k", plain, False):
            if "draws" in name and ("10 **" in text or "1e" in text):
                continue
            yield Case(
                "scalars",
                function,
                rooms.get(function, "estimators"),
                f"rng = np.random.default_rng({seed}); {setup}",
                call.format(text.format(plain)),
                demand,
                call.format(plain),
                1e-9,
                (name, name + "s"),
            )
    for base in ("np.int64(2)", "np.float32(2)", "2.0", "'bits'", "Fraction(2)", "np.array(2)", "jnp.asarray(2)"):
        yield Case(
            "scalars",
            "entropy",
            "numerics.validation",
            f"rng = np.random.default_rng({seed}); x = rng.normal(size=24)",
            f"lab.entropy(x, base={base})",
            "equal or refused",
            "lab.entropy(x, base=2)",
        )
    for base in ("True", "0", "-2", "1", "math.nan", "math.inf", "[2]", "'e'", "1j", "object()"):
        yield Case(
            "scalars",
            "entropy",
            "numerics.validation",
            f"rng = np.random.default_rng({seed}); x = rng.normal(size=24)",
            f"lab.entropy(x, base={base})",
            "refused",
            names=("base",),
        )
