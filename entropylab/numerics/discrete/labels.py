"""Labels as integer codes: which symbol each sample holds, from any container of anything hashable."""

from __future__ import annotations

from itertools import chain

import jax
import numpy as np

_SAFE_INTEGER = 2**53  # beyond it float64 gives one value to several integers
_REMEDY = "drop those samples, or give them a label of their own."


def encode_labels(name: str, labels) -> tuple[np.ndarray, int]:
    """Each sample's symbol as an integer from 0 to m - 1, and m. `labels` (n,), or (n, d) rows as joint symbols."""
    array = _label_array(name, labels)
    if array.ndim not in (1, 2):
        raise ValueError(
            f"{name} must have shape (n,) or (n, d), samples first: got shape {array.shape}; "
            "reshape to one row of labels a sample."
        )
    if array.size == 0:
        raise ValueError(f"{name} must hold at least one label: got shape {array.shape}; pass some samples.")
    columns = array[:, None] if array.ndim == 1 else array
    joint, m = _column_codes(name, columns[:, 0])
    for column in columns.T[1:]:
        symbols, more = _column_codes(name, column)
        # Renumbering after every column keeps the product below n^2, however many columns there are.
        joint, m = _compress_codes(joint * more + symbols)
    return joint, m


def _label_array(name, labels):
    """`labels` as an array in which labels are equal if and only if they were equal in their container."""
    array = _array_of(name, labels)
    if array.dtype.kind in "fc":
        missing = np.isnan(array)
    elif array.dtype.kind in "mM":
        missing = np.isnat(array)
    else:
        return array
    if missing.any():
        raise ValueError(
            f"{name} must not hold missing values: got {int(missing.sum())} of them (NaN or NaT), which equal nothing, "
            f"not even themselves; {_REMEDY}"
        )
    return array


def _array_of(name, labels):
    if isinstance(labels, jax.core.Tracer):
        raise ValueError(f"{name} must hold labels: got a JAX tracer; count labels outside jit, grad and vmap.")
    if isinstance(labels, (list, tuple)):
        return _array_of_sequence(name, labels)
    if isinstance(labels, np.ma.MaskedArray):
        if np.ma.count_masked(labels):
            raise ValueError(
                f"{name} must not hold masked entries: got {np.ma.count_masked(labels)} of them; use compressed()."
            )
        return np.asarray(labels.data)
    if hasattr(type(labels), "detach"):
        return np.asarray(labels.detach().cpu().numpy())
    if not hasattr(labels, "__len__") or isinstance(labels, (str, bytes, dict, set, frozenset)):
        raise ValueError(
            f"{name} must be an array or a list of labels: got {type(labels).__name__}; write list(...) around it."
        )
    if hasattr(type(labels), "to_numpy") and not hasattr(type(labels), "dims"):
        return np.asarray(labels.to_numpy())
    return np.asarray(labels)


def _array_of_sequence(name, labels):
    """An array of the type of the labels, or of objects where NumPy would merge labels or turn them into others."""
    if any(isinstance(row, np.ma.MaskedArray) for row in labels):
        labels = [_array_of(name, row).tolist() if isinstance(row, np.ma.MaskedArray) else row for row in labels]
    rows = [row if isinstance(row, (list, tuple)) else (row,) for row in labels]
    nested = {isinstance(row, (list, tuple)) for row in labels}
    items = list(chain.from_iterable(rows))
    kinds = {_label_kind(item) for item in items}
    if len({len(row) for row in rows}) <= 1 and len(nested) <= 1 and len(kinds) <= 1 and _is_faithful(kinds, items):
        return np.asarray(labels)
    array = np.empty(len(rows), dtype=object)
    array[:] = [tuple(row) if isinstance(row, list) else row for row in labels]
    return array


def _is_faithful(kinds, items) -> bool:
    """True where NumPy keeps all these labels apart: it cuts off trailing NULs, and rounds integers beside floats."""
    if kinds == {"text"}:
        return not any(item.endswith("\0") for item in items)
    if kinds == {"number"}:
        kept = np.asarray(items)
        return kept.dtype.kind != "f" or not (np.abs(kept) >= _SAFE_INTEGER).any()
    return kinds <= {"truth"}


def _label_kind(item) -> str:
    if isinstance(item, (bool, np.bool_)):
        return "truth"
    if isinstance(item, (int, float, np.integer, np.floating)):
        return "number"
    return "text" if isinstance(item, str) else "other"


def _column_codes(name, column):
    if column.dtype.kind != "O":
        return _compress_codes(column)
    seen: dict = {}
    try:
        symbols = np.array([seen.setdefault(label, len(seen)) for label in column], dtype=np.int64)
    except TypeError as error:
        raise ValueError(f"{name} must hold hashable labels: got one that is not ({error}); use tuples.") from None
    missing = [label for label in seen if any(map(_is_missing, label if isinstance(label, tuple) else (label,)))]
    if missing:
        raise ValueError(f"{name} must not hold missing values (NaN, NaT, NA, None): got {missing[0]!r}; {_REMEDY}")
    return symbols, len(seen)


def _is_missing(label) -> bool:
    """None, pandas' NA and NaT, and NaN, which differs from itself."""
    return label is None or type(label).__name__ in ("NAType", "NaTType") or label != label


def _compress_codes(column):
    values, symbols = np.unique(column, return_inverse=True)
    return symbols.reshape(-1), len(values)
