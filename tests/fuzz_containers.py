"""The same numbers in every container and type that people have, and what is no number at all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from fuzz_cases import PRELUDE, Case
from fuzz_subjects import SUBJECTS, Subject

# Text for the argument {0}: what must give the number of the plain array.
SAME = {
    "list": "{0}.tolist()",
    "tuple": "tuple({0}.tolist())",
    "read-only": "np.frombuffer({0}.tobytes(), {0}.dtype).reshape({0}.shape)",
    "strided": "np.repeat({0}, 2, axis=0)[::2]",
    "reversed": "{0}[::-1].copy()[::-1]",
    "Fortran order": "np.asfortranarray({0})",
    "big-endian": "{0}.astype({0}.dtype.newbyteorder('>'))",
    "xarray": "xr.DataArray({0})",
    "masked array, no mask": "np.ma.masked_array({0})",
    "tensor": "Tensor({0})",
    "JAX": "jnp.asarray({0})",
}
SERIES = {
    "Series": "pd.Series({0}, index=np.random.default_rng(1).permutation(len({0})))",
    "filtered Series": "pd.Series(np.repeat({0}, 2))[::2]",
    "Series of dates": "pd.Series({0}, index=pd.date_range('2020', periods=len({0})))",
}
FRAMES = {
    "DataFrame": "pd.DataFrame({0}, index=np.random.default_rng(1).permutation(len({0})))",
    "DataFrame of named columns": "pd.DataFrame({0}).rename(columns=str).iloc[::-1].iloc[::-1]",
}
REAL_SAME = {
    "longdouble": "{0}.astype(np.longdouble)",
    "tensor with gradient": "Tensor({0}, True)",
}
# Other numbers or fewer digits: text, plain text, tolerance.
ROUNDED = {
    "float32": ("{0}.astype('f4')", "{0}.astype('f4').astype(float)", 2e-4),
    "float32 tensor": ("Tensor({0}.astype('f4'), True)", "{0}.astype('f4').astype(float)", 2e-4),
    "float16": ("{0}.astype('f2')", "{0}.astype('f2').astype(float)", 5e-3),
    "bfloat16": ("{0}.astype(jnp.bfloat16)", "{0}.astype(jnp.bfloat16).astype(float)", 5e-3),
    "bfloat16 JAX": ("jnp.asarray({0}, jnp.bfloat16)", "{0}.astype(jnp.bfloat16).astype(float)", 5e-3),
    "bfloat16 tensor": (
        "Tensor({0}.astype(jnp.bfloat16).astype('f4'), False, 'bfloat16')",
        "{0}.astype(jnp.bfloat16).astype(float)",
        5e-3,
    ),
    "integers": ("np.round(9 * {0}).astype(int)", "np.round(9 * {0})", 1e-9),
    "integers of 8 bits": ("np.round(20 * {0}).astype('i1')", "np.round(20 * {0})", 1e-9),
    "unsigned integers": ("np.round(9 + abs({0})).astype('u2')", "np.round(9 + abs({0}))", 1e-9),
    "truth values": ("{0} > 0", "({0} > 0).astype(float)", 1e-9),
}
# The number of the plain array, or one error.
SAME_OR_REFUSED = {
    "objects": "{0}.astype(object)",
    "fractions": "np.vectorize(Fraction, otypes=[object])({0}).tolist()",
    "decimals": "np.vectorize(Decimal, otypes=[object])({0}).tolist()",
    "texts of numbers": "np.vectorize(repr, otypes=[object])({0}).tolist()",
    "NumPy texts": "np.vectorize(repr)({0}.astype(object))",
    "complex, no imaginary part": "{0} + 0j",
    "generator": "(row for row in {0})",
    "memory": "memoryview(np.ascontiguousarray({0}))",
    "list of arrays": "list({0})",
    "list of JAX scalars": "list(jnp.asarray({0}))",
    "list of tensors": "list(Tensor({0}))",
}
SERIES_OR_REFUSED = {
    "nullable Float64": "pd.Series({0}, dtype='Float64')",
    "categories": "pd.Series({0}).astype('category')",
    "Index": "pd.Index({0})",
    "array of the standard library": "__import__('array').array('d', {0})",
}
FRAMES_OR_REFUSED = {
    "nullable Float64": "pd.DataFrame({0}).astype('Float64')",
}
REFUSED = {
    "None": "None",
    "None inside": "[None, *{0}.tolist()[1:]]",
    "NA inside": "[pd.NA, *{0}.tolist()[1:]]",
    "complex": "{0} + 1j * abs({0})[::-1]",
    "complex tensor": "Tensor({0} + 1j)",
    "dates": "np.datetime64('2020-01-01') + np.round(9 * {0}).astype('timedelta64[D]')",
    "time spans": "np.round(9 * {0}).astype('timedelta64[s]')",
    "words": "np.full({0}.shape, 'a')",
    "bytes": "b'abc'",
    "word": "'abc'",
    "set": "set({0}.ravel().tolist())",
    "dict": "dict(enumerate({0}.tolist()))",
    "ragged": "[[1., 2.], [3.], *[[4., 5.]] * (len({0}) - 2)]",
    "function": "len",
    "object": "object()",
    "huge integers": "[[10 ** 400] * 2] * len({0})",
    "masked array": "np.ma.masked_array({0}, np.arange({0}.size).reshape({0}.shape) == {0}.size // 2)",
    "masked last row": "np.ma.masked_array({0}, np.arange({0}.size).reshape({0}.shape) == {0}.size - 1)",
    "NaN": "np.where(np.arange({0}.size).reshape({0}.shape) == {0}.size // 2, np.nan, {0})",
    "infinite": "np.where(np.arange({0}.size).reshape({0}.shape) == {0}.size // 2, np.inf, {0})",
    "minus infinite": "np.where(np.arange({0}.size).reshape({0}.shape) == {0}.size // 2, -np.inf, {0}).tolist()",
    "NaN in JAX": "jnp.asarray({0}).at[(0,) * {0}.ndim].set(jnp.nan)",
    "NaN in a tensor": "Tensor(np.where(np.arange({0}.size).reshape({0}.shape) == {0}.size // 2, np.nan, {0}))",
    "records": "np.zeros(len({0}), [('u', float), ('v', float)])",
    "nothing": "{0}[:0]",
    "empty list": "[]",
    "scalar": "1.5",
    "one more axis": "{0}[:, None, None, None]",
}
SERIES_REFUSED = {
    "nullable with NA": "pd.Series({0}, dtype='Float64').where(np.arange(len({0})) != 3)",
    "Series of words": "pd.Series(['a'] * len({0}))",
    "Series of dates as values": "pd.Series(pd.date_range('2020', periods=len({0})))",
}
FRAMES_REFUSED = {
    "nullable with NA": (
        "pd.DataFrame({0}).astype('Float64').mask(np.arange({0}.size).reshape({0}.shape) == {0}.size // 2)"
    ),
    "frame with a column of words": "pd.DataFrame({0}).assign(word='a')",
}
LABELS_SAME = {
    "texts": "{0}.astype(str)",
    "list of texts": "{0}.astype(str).tolist()",
    "objects": "{0}.astype(object)",
    "floats": "{0} / 7",
    "float32": "({0} / 7).astype('f4')",
    "integers of 8 bits": "{0}.astype('i1')",
    "categories": "pd.Series({0}.astype(str)).astype('category')",
    "nullable": "pd.Series({0}, dtype='Int64')",
    "nullable texts": "pd.Series({0}.astype(str), dtype='string')",
    "beyond 64 bits": "[2 ** 63 + int(v) for v in {0}]",
    "beyond 53 bits": "{0} + 2 ** 60",
    "mixed sizes": "[[-1, 2 ** 63, 2 ** 63 + 1][v] for v in {0}]",
    "mixed types": "[[1, '1', 'b'][v] for v in {0}]",
    "tuples": "[(int(v), 'a') for v in {0}]",
}
LABELS_SAME_OR_REFUSED = {
    "ends of zero bytes": "[['a', 'a\\0', 'b'][v] for v in {0}]",
    "complex": "{0} + 1j * {0}",
    "dates": "{0}.astype('datetime64[D]')",
    "bytes": "[[b'a', b'b', b'c'][v] for v in {0}]",
    "generator": "(v for v in {0})",
    "fractions": "[Fraction(int(v), 7) for v in {0}]",
    "decimals": "[Decimal(int(v)) / 7 for v in {0}]",
    "mixed floats": "[[2 ** 53, 2 ** 53 + 1, .5][v] for v in {0}]",
}
LABELS_REFUSED = {
    "None": "None",
    "None inside": "[None, *{0}.tolist()[1:]]",
    "NA inside": "[pd.NA, *{0}.tolist()[1:]]",
    "nullable with NA": "pd.Series({0}, dtype='Int64').where(np.arange(len({0})) != 3)",
    "texts with NA": "pd.Series({0}.astype(str), dtype='string').where(np.arange(len({0})) != 3)",
    "categories with NA": "pd.Series({0}.astype(str)).where(np.arange(len({0})) != 3).astype('category')",
    "NaN": "np.where(np.arange(len({0})) == 3, np.nan, {0})",
    "NaN inside": "[float('nan'), *{0}.tolist()[1:]]",
    "NaT": "np.where({0} == 0, np.datetime64('NaT'), {0}.astype('datetime64[D]'))",
    "NaT inside": "[pd.NaT, *{0}.astype('datetime64[D]').tolist()[1:]]",
    "masked": "np.ma.masked_array({0}, np.arange(len({0})) == 3)",
    "set": "set({0}.tolist())",
    "dict": "dict(enumerate({0}.tolist()))",
    "function": "len",
    "object": "object()",
    "scalar": "3",
    "word": "'abc'",
    "bytes": "b'abc'",
    "empty list": "[]",
}
COUNTS_SAME = {
    "floats": "{0}.astype(float)",
    "float32": "{0}.astype('f4')",
    "integers of 8 bits": "{0}.astype('i1')",
    "unsigned": "{0}.astype('u8')",
    "nullable": "pd.Series({0}, dtype='Int64')",
}
COUNTS_SAME_OR_REFUSED = {
    "objects": "{0}.astype(object)",
    "fractions": "[Fraction(int(v)) for v in {0}]",
    "longdouble": "{0}.astype('g')",
    "decimals": "[Decimal(int(v)) for v in {0}]",
    "texts": "{0}.astype(str)",
    "complex, no imaginary part": "{0} + 0j",
    "float16": "{0}.astype('f2')",
    "bfloat16": "{0}.astype(jnp.bfloat16)",
    "generator": "(v for v in {0})",
    "tensor with gradient": "Tensor({0}.astype(float), True)",
    "dict": "dict(enumerate({0}.tolist()))",
}
COUNTS_REFUSED = {
    **{
        name: REFUSED[name]
        for name in (
            "None",
            "None inside",
            "NA inside",
            "complex",
            "words",
            "word",
            "bytes",
            "function",
            "object",
            "masked array",
            "ragged",
            "empty list",
            "records",
            "scalar",
            "NaN",
            "infinite",
        )
    },
    "dates": "{0}.astype('datetime64[D]')",
    "negative": "-{0}",
    "halves": "{0} + .5",
    "set": "set({0}.tolist())",
    "all zero": "0 * {0}",
    "huge integers": "[10 ** 400] * len({0})",
    "nullable with NA": "pd.Series({0}, dtype='Int64').where(np.arange(len({0})) != 3)",
}


def _texts(kind: str, ndim: int) -> Iterator[tuple[str, str, str, str, float]]:
    """Name, text, demand, plain text and tolerance of everything that may stand for an argument of this kind."""
    same, either, refused = dict(SAME), {}, {}
    if ndim == 1:
        same |= SERIES
    elif ndim == 2:
        same |= FRAMES
    if kind == "labels":
        same, either, refused = same | LABELS_SAME, LABELS_SAME_OR_REFUSED, LABELS_REFUSED
    elif kind == "counts":
        same, either, refused = same | COUNTS_SAME, COUNTS_SAME_OR_REFUSED, COUNTS_REFUSED
    elif kind == "mask":
        same |= {
            "truth values": "{0}.astype(bool)",
            "floats": "{0}.astype(float)",
            "list of truth": "({0} > 0).tolist()",
        }
        refused = {name: REFUSED[name] for name in ("None", "complex", "words", "masked array", "NaN", "set", "ragged")}
    else:
        same |= REAL_SAME
        either, refused = dict(SAME_OR_REFUSED), dict(REFUSED)
        if ndim == 1:
            either, refused = either | SERIES_OR_REFUSED, refused | SERIES_REFUSED
        elif ndim == 2:
            either, refused = either | FRAMES_OR_REFUSED, refused | FRAMES_REFUSED
        for name, (text, plain, tolerance) in ROUNDED.items():
            yield name, text, "equal or refused", plain, tolerance
    for name, text in same.items():
        yield name, text, "equal", "{0}", 1e-9
    for name, text in either.items():
        yield name, text, "equal or refused", "{0}", 1e-9
    for name, text in refused.items():
        yield name, text, "refused", "", 0.0


def data_of(subject: Subject) -> dict:
    """The values of a subject's arguments, to see their shapes."""
    names = dict(PRELUDE)
    exec(subject.seeded(0), names)
    return {name: names[name] for name in subject.data}


MEANS = {  # None leaves a case out
    ("run_entropy", "one more axis"): None,
    ("entropy", "None"): None,  # x or counts
    ("sparsemax", "minus infinite"): None,  # a key that is masked
    ("entmax15", "minus infinite"): None,
}
# Rows that sum to 1 no more when they are rounded.
ROWS = {"weights", "layers"}
# Leading axes are allowed, and so is a single row.
MANY_AXES = {"weights", "logits", "layers", "queries", "keys"}


def containers(seed: int) -> Iterator[Case]:
    """Every subject and argument in every container."""
    for subject in SUBJECTS:
        values = data_of(subject)
        for name, kind in zip(subject.data, subject.kinds, strict=True):
            if kind == "mixture":
                continue
            target, ndim = (f"{name}[0]", 1) if kind == "list" else (name, np.ndim(values[name]))
            for what, text, demand, plain, tolerance in _texts("real" if kind == "list" else kind, ndim):
                if (subject.name, what) in MEANS or name in MANY_AXES and what in ("one more axis", "scalar"):
                    continue
                if name in ROWS and plain and plain != "{0}":
                    if tolerance < 1e-4:
                        continue
                    plain = f"({plain}) / ({plain}).sum(-1, keepdims=True)"  # rounded rows do not sum to 1
                wrap = (lambda t, name=name: f"[{t}, {name}[1]]") if kind == "list" else (lambda t: t)
                yield Case(
                    "containers",
                    subject.name,
                    subject.room,
                    subject.seeded(seed),
                    subject.call({name: wrap(text.format(target))}),
                    demand,
                    subject.call({name: wrap(plain.format(target))}) if plain else "",
                    tolerance,
                    (name,),
                )
