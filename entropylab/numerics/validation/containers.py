"""Arrays of real numbers from the containers people hold their data in; what holds anything else is refused."""

from __future__ import annotations

import numbers
import types
from itertools import chain

import jax
import jax.numpy as jnp
import numpy as np

_SAFE_INTEGER = 2**53  # float64 holds every integer up to here
_PLAIN = {bool, int, float, np.bool_, np.int32, np.int64, np.float32, np.float64}
_REMEDY = "pass an array of floats."


def as_real_array(name: str, x, *, exact: bool = True) -> np.ndarray | jax.Array:
    """`x` as an array of real numbers, element for element by position, never by the labels of an index.

    Parameters
    ----------
    name : str
        The argument's name, for errors.
    x : array_like
        NumPy (masked, big-endian, longdouble and object arrays too), JAX, pandas with nullable types, xarray, torch
        (also where gradients are recorded), nested sequences of numbers, Fraction and Decimal.
    exact : bool
        Whether integers that float64 would round are refused; False for counts, which stay integers.

    Returns
    -------
    numpy.ndarray or jax.Array
        Booleans, integers, float32 or float64 in native byte order. JAX arrays stay JAX arrays. Half precision becomes
        float32, longdouble float64.

    Raises
    ------
    ValueError
        For anything that is no table of real numbers: text, dates, complex numbers, masked or missing entries, ragged
        rows, sets, generators, mappings; for integers that float64 would round.
    """
    if isinstance(x, jax.Array):
        return _jax_array(name, x, exact)
    if type(x) is not np.ndarray:
        x = _numpy_array(name, x)
        if isinstance(x, jax.Array):
            return _jax_array(name, x, exact)
    kind, size = x.dtype.kind, x.dtype.itemsize
    if kind == "f" and size in (4, 8) and x.dtype.isnative:
        return x
    if kind == "O":
        return _from_objects(name, x)
    if kind == "b":
        return x
    if kind in "iu":
        x = x if x.dtype.isnative else x.astype(x.dtype.newbyteorder("="))
        if exact:
            _require_exact(name, x)
        return x
    if jnp.issubdtype(x.dtype, jnp.floating):  # half precision (bfloat16 has a kind of its own), longdouble, big-endian
        with np.errstate(over="ignore"):  # what float64 cannot hold becomes infinite, and is refused as such
            return x.astype(np.float32 if size < 4 else np.float64 if size > 4 else np.float32)
    raise ValueError(f"{name} must hold real numbers: got dtype {x.dtype}; {_dtype_remedy(kind)}")


def as_numpy(name: str, x, *, exact: bool = True) -> np.ndarray:
    """`as_real_array` as a NumPy array; a JAX tracer, which has no values, is refused."""
    x = as_real_array(name, x, exact=exact)
    if isinstance(x, jax.core.Tracer):
        raise ValueError(
            f"{name} must hold numbers here: got a JAX tracer, and this function is computed by NumPy. Call it outside "
            "jit, grad and vmap, or choose an estimator whose card says kind traced."
        )
    return np.asarray(x)


def _jax_array(name, x, exact):
    if jnp.issubdtype(x.dtype, jnp.floating):
        return x if x.dtype.itemsize >= 4 else x.astype(jnp.float32)
    if x.dtype == jnp.bool_:
        return x
    if jnp.issubdtype(x.dtype, jnp.integer):
        if exact and x.dtype.itemsize == 8 and not isinstance(x, jax.core.Tracer):
            _require_exact(name, np.asarray(x))
        return x
    raise ValueError(f"{name} must hold real numbers: got dtype {x.dtype}; {_dtype_remedy('c')}")


def _numpy_array(name, x):
    """Any other container as a NumPy array of whatever type, or a JAX array where it holds tracers."""
    if isinstance(x, np.ma.MaskedArray):
        return _unmasked(name, x)
    if hasattr(type(x), "detach"):  # a torch tensor, which may record gradients and lie on another device
        x = x.detach().cpu()
        x = x.float() if str(x.dtype) == "torch.bfloat16" else x
        return np.asarray(x.numpy())
    if isinstance(x, (list, tuple)):
        return _from_sequence(name, x)
    if isinstance(x, (str, bytes, dict, set, frozenset, types.GeneratorType)) or x is None or callable(x):
        remedy = "write list(...) around it." if hasattr(x, "__next__") else _REMEDY
        raise ValueError(f"{name} must be an array of real numbers: got {_noun(x)}; {remedy}")
    if hasattr(type(x), "toarray"):
        raise ValueError(f"{name} must be a dense array: got {_noun(x)}; call its toarray().")
    return _converted(name, x)


def _from_sequence(name, x):
    if not _is_plain(x):
        if any(isinstance(row, jax.core.Tracer) for row in x):
            return jnp.stack([as_real_array(name, row) for row in x])
        x = [_entry(name, row) for row in x]
    array = _converted(name, x)
    if array.dtype.kind == "f" and array.size and np.abs(array).max() >= _SAFE_INTEGER:
        return _converted(name, x, dtype=object)  # beside floats NumPy rounds integers in silence
    return array


def _is_plain(x) -> bool:
    """True for numbers, and for rows of numbers, which NumPy converts as they are."""
    kinds = set(map(type, x))
    return kinds <= _PLAIN or (kinds <= {list, tuple} and set(map(type, chain.from_iterable(x))) <= _PLAIN)


def _entry(name, entry):
    """One entry of a sequence: a container becomes an array, anything else stays for the check of the whole."""
    if isinstance(entry, (jax.Array, np.ndarray, list, tuple)) or hasattr(type(entry), "__array__"):
        if not isinstance(entry, np.generic):
            entry = as_numpy(name, entry)
    return entry.item() if getattr(entry, "ndim", None) == 0 else entry


def _converted(name, x, dtype=None):
    """`numpy.asarray(x)`, with one error of this library's for all that NumPy may raise."""
    try:
        if hasattr(type(x), "to_numpy") and not hasattr(type(x), "dims"):  # xarray's own would drop nothing either
            x = x.to_numpy()
        if isinstance(x, np.ma.MaskedArray):
            return _unmasked(name, x)
        if isinstance(x, list) and dtype is None and any(isinstance(row, np.ndarray) for row in x):
            return np.stack(x)
        return np.asarray(x, dtype=dtype)
    except Exception as error:  # a stranger's conversion may raise anything
        reason = "rows of different lengths" if isinstance(x, (list, tuple)) else f"{_noun(x)} ({error})"
        raise ValueError(f"{name} must be a table of real numbers: got {reason}; {_REMEDY}") from None


def _unmasked(name, x):
    masked = int(np.ma.count_masked(x))
    if masked:
        raise ValueError(
            f"{name} must not hold masked entries: got {masked} of {x.size}, which have no value; drop those rows, "
            "for instance with numpy.ma.compress_rows."
        )
    return np.asarray(x.data)


def _from_objects(name, x):
    """An array of Python numbers as float64, or as integers where all are."""
    flat = x.ravel()
    for place, value in enumerate(flat):
        if isinstance(value, (float, np.floating, bool, np.bool_)):
            continue
        if value is None or type(value).__name__ in ("NAType", "NaTType"):
            raise ValueError(
                f"{name} must not hold missing values: got {value!r} at {place}; drop those rows, or fill them."
            )
        if not _is_real(value):
            raise ValueError(f"{name} must hold real numbers: got {_noun(value)} at {place}; {_REMEDY}")
        if isinstance(value, numbers.Integral) and _float(value) != value:
            raise ValueError(_inexact(name, int(value)))
    return np.array([_float(value) for value in flat], np.float64).reshape(x.shape)


def _is_real(value) -> bool:
    return isinstance(value, numbers.Real) or type(value).__name__ == "Decimal"


def _float(value) -> float:
    try:
        return float(value)
    except OverflowError:
        return np.inf if value > 0 else -np.inf


def _require_exact(name, x):
    """Refuse integers that float64 would round."""
    if x.dtype.itemsize < 8 or not x.size or (x.min() >= -_SAFE_INTEGER and x.max() <= _SAFE_INTEGER):
        return
    with np.errstate(invalid="ignore"):  # what leaves the integers comes back as another one
        lost = x.astype(np.float64).astype(x.dtype) != x
    lost |= x == np.iinfo(x.dtype).max  # 2^63 - 1 becomes 2^63, which some processors turn back
    if lost.any():
        raise ValueError(_inexact(name, int(x[lost].flat[0])))


def _inexact(name, value):
    shown = str(value) if abs(value) < 10**30 else "an integer of more than 30 digits"
    return (
        f"{name} must hold numbers that float64 holds exactly: got {shown}, which would be rounded; subtract an offset "
        "before, which changes no entropy."
    )


def _noun(x) -> str:
    kind = type(x)
    return "None" if x is None else f"{kind.__module__}.{kind.__name__}".removeprefix("builtins.")


def _dtype_remedy(kind: str) -> str:
    return {
        "c": "pass real and imaginary parts as two columns.",
        "M": "pass the time since the first, divided by a unit such as numpy.timedelta64(1, 's').",
        "m": "divide by a unit such as numpy.timedelta64(1, 's').",
        "U": "convert the text with astype(float), or use an estimator of labels.",
        "S": "convert the text with astype(float), or use an estimator of labels.",
        "V": "choose one field, or stack the fields as columns.",
    }.get(kind, _REMEDY)
