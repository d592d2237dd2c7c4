"""Containers of data: each gives the number of the plain float64 array, or one error that names the argument."""

import subprocess
import sys
from collections import deque
from decimal import Decimal
from fractions import Fraction

import contract_inputs as inputs
import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import entropylab as lab
from entropylab.estimators.card import CATALOGUE
from entropylab.numerics.discrete.labels import encode_labels
from entropylab.numerics.validation.containers import as_numpy, as_real_array

REAL = [
    card for card in CATALOGUE.values() if card.takes not in ("counts", "labels", "labels given", "mixture", "rows")
]
EXACT = np.array([[0.5, -1.25], [3.0, 0.0], [2.0**-10, 7.0], [-6.0, 1.5]])  # which half precision holds


class Tensor:
    """What a tensor of torch shows of itself: no array protocol while it records gradients."""

    def __init__(self, values, dtype="torch.float64", attached=True):
        self.values, self.dtype, self.attached = np.asarray(values), dtype, attached

    def __array__(self, *_, **__):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad.")

    def __len__(self):
        return len(self.values)

    def detach(self):
        return Tensor(self.values, self.dtype, attached=False)

    def cpu(self):
        return self

    def float(self):
        return Tensor(self.values, "torch.float32", self.attached)

    def numpy(self):
        if self.attached or self.dtype == "torch.bfloat16":
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self.values


def nullable(x):
    return pd.DataFrame(x).astype("Float64")


def shuffled_index(x):
    return pd.DataFrame(
        x, index=np.random.default_rng(1).permutation(len(x)), columns=["detach", "dims", "card"][: x.shape[1]]
    )


SAME = {
    "list": lambda x: x.tolist(),
    "list of arrays": list,
    "list of tensors": lambda x: [Tensor(row) for row in x],
    "tuple of tuples": lambda x: tuple(map(tuple, x)),
    "deque": lambda x: deque(x.tolist()),
    "read-only": lambda x: np.frombuffer(x.tobytes()).reshape(x.shape),
    "strided": lambda x: np.repeat(x, 2, axis=0)[::2],
    "Fortran": np.asfortranarray,
    "big-endian": lambda x: x.astype(">f8"),
    "longdouble": lambda x: x.astype(np.longdouble),
    "float32": lambda x: x.astype(np.float32).astype(float),
    "objects": lambda x: x.astype(object),
    "fractions": lambda x: [[Fraction(v) for v in row] for row in x],
    "decimals": lambda x: [[Decimal(v) for v in row] for row in x],
    "matrix": np.matrix,
    "DataFrame": shuffled_index,
    "nullable DataFrame": nullable,
    "DataArray": lambda x: xr.DataArray(x, dims=["sample", "column"]),
    "unmasked": lambda x: np.ma.masked_array(x, mask=False),
    "tensor": Tensor,
    "half tensor": lambda x: Tensor(x, "torch.bfloat16"),
    "jax": jnp.asarray,
}
NARROW = {
    "float16": lambda x: x.astype(np.float16),
    "bfloat16": lambda x: x.astype(np.dtype(jnp.bfloat16)),
    "jax bfloat16": lambda x: jnp.asarray(x, jnp.bfloat16),
    "int8": lambda x: (4 * x).astype(np.int8),
    "bool": lambda x: x > 0,
}
REFUSED = {
    "None": lambda x: None,
    "text": lambda x: "1 2 3",
    "bytes": lambda x: b"123",
    "set": lambda x: set(x.ravel()),
    "generator": lambda x: (row for row in x),
    "map": lambda x: map(tuple, x),
    "mapping": lambda x: {0: x},
    "function": lambda x: len,
    "ragged": lambda x: [[1.0], [1.0, 2.0]],
    "list of text": lambda x: [["a"] * len(row) for row in x],
    "complex": lambda x: x + 0j,
    "jax complex": lambda x: jnp.asarray(x + 0j),
    "dates": lambda x: x.astype("datetime64[s]"),
    "durations": lambda x: x.astype("timedelta64[s]"),
    "masked": lambda x: np.ma.masked_array(x, mask=np.eye(*x.shape, dtype=bool)),
    "list with masked rows": lambda x: [np.ma.masked_array(row, mask=[1] + [0] * (len(row) - 1)) for row in x],
    "missing": lambda x: nullable(x).mask(np.eye(*x.shape, dtype=bool)),
    "None inside": lambda x: [[None] * len(row) for row in x],
    "structured": lambda x: np.zeros(len(x), [("a", float)]),
    "beyond 2^53": lambda x: np.full(x.shape, 2**53 + 1),
    "list beyond 2^53": lambda x: [[2**53 + 1] + [0.5] * (len(row) - 1) for row in x],
    "beyond 2^64": lambda x: [[2**80 + 1] * len(row) for row in x],
    "dataset": lambda x: xr.Dataset({"a": 1}),
}


@pytest.mark.parametrize("kind", SAME)
def test_the_same_numbers_in_any_container(kind):
    np.testing.assert_array_equal(np.asarray(as_real_array("x", SAME[kind](EXACT))), EXACT)


@pytest.mark.parametrize("kind", NARROW)
def test_narrow_types_keep_their_numbers(kind):
    given = NARROW[kind](EXACT)
    found = as_numpy("x", given)
    assert found.dtype in (np.float32, np.int8, bool)
    np.testing.assert_array_equal(found.astype(float), np.asarray(given).astype(float))


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_table_of_numbers_is_refused_by_name(kind):
    with pytest.raises(ValueError, match=r"^points .*got .*; \w"):
        as_numpy("points", REFUSED[kind](EXACT))


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(st.one_of(st.integers(-(2**62), 2**62), st.floats(allow_nan=False, allow_infinity=False)), min_size=1))
def test_lists_keep_every_number_or_are_refused(values):
    exact = all(float(v) == v for v in values)
    try:
        found = as_numpy("x", values)
    except ValueError:
        assert not exact
        return
    assert exact and found.tolist() == [float(v) for v in values]


CONTAINERS = ["list", "DataFrame", "nullable DataFrame", "DataArray", "unmasked", "big-endian", "longdouble", "tensor"]


def in_container(card, kind):
    """The contract's arguments of a card, every array with two axes or one in this container."""
    change = lambda x: SAME[kind](np.asarray(x, float)[:, None] if np.ndim(x) == 1 else np.asarray(x, float))  # noqa: E731
    arguments = inputs.sample(card.takes)
    if card.takes == "list":
        return ([change(x) for x in arguments[0]],)
    vectors = {"sample labels": (1,), "points halfspaces": (2,)}.get(card.takes, ())
    return tuple(x if i in vectors else change(x) for i, x in enumerate(arguments))


@pytest.mark.parametrize("card", REAL, ids=lambda card: card.name)
@pytest.mark.filterwarnings("ignore::entropylab.numerics.validation.check.EstimateWarning")
def test_every_estimator_gives_one_number_for_all_containers(card):
    expected = float(card.function(*inputs.sample(card.takes)))
    for kind in CONTAINERS:
        found = float(card.function(*in_container(card, kind)))
        assert found == pytest.approx(expected, rel=1e-13, abs=1e-14), kind


@pytest.mark.parametrize("card", REAL, ids=lambda card: card.name)
def test_every_estimator_refuses_by_its_argument_s_name(card):
    arguments = inputs.sample(card.takes)
    name = card.arguments[0]
    for kind in ("None", "text", "set", "generator", "complex", "dates", "masked", "missing", "beyond 2^53"):
        table = np.asarray(arguments[0][0] if card.takes == "list" else arguments[0], float)
        wrong = REFUSED[kind](table.reshape(len(table), -1))
        with pytest.raises(ValueError, match=name) as error:
            card.function(*([wrong, wrong],) if card.takes == "list" else (wrong, *arguments[1:]))
        assert "got" in str(error.value) and ";" in str(error.value), kind


LABELS = {
    "numbers and texts": ([1, "1", 1, "1"], 2),
    "integers that float64 merges": ([2**53, 2**53 + 1, 0.5], 3),
    "integers beyond int64": ([2**63, 2**63 + 1, 7, -1], 4),
    "a NUL at the end": (["a", "a\0"], 2),
    "a label and its tuple": (["a", ("a",)], 2),
    "booleans and integers": ([(True, "a"), (1, "a")], 1),
    "categories": (pd.Series(["x", "y", "x"], dtype="category", index=[3, 1, 2]), 2),
    "nullable integers": (pd.Series([1, 2, 2], dtype="Int64"), 2),
    "dates": (np.array(["2020-01-01", "2020-01-02"], "datetime64[D]"), 2),
    "tensor": (Tensor([1, 2, 2]), 2),
}


@pytest.mark.parametrize("kind", LABELS)
def test_labels_are_equal_where_python_says_so(kind):
    labels, distinct = LABELS[kind]
    symbols, m = encode_labels("labels", labels)
    assert m == distinct and len(symbols) == len(labels)


MISSING = {
    "NaN": [1.0, np.nan],
    "None": ["a", None],
    "NA in text": pd.Series(["a", pd.NA], dtype="string"),
    "NA in booleans": pd.Series([True, pd.NA], dtype="boolean"),
    "NaT in dates": np.array(["2020", "NaT"], "datetime64[D]"),
    "NaT in a list": [pd.Timestamp("2020"), pd.NaT],
    "masked": np.ma.masked_array([1, 2], mask=[0, 1]),
    "None in a tuple": [("a", None), ("b", 1)],
    "generator": (label for label in "ab"),
    "text": "ab",
    "set": {"a", "b"},
}


@pytest.mark.parametrize("labels", MISSING.values(), ids=MISSING)
def test_missing_labels_and_what_is_no_sequence_are_refused(labels):
    with pytest.raises(ValueError, match=r"labels must .*got"):
        lab.count_labels(labels)


def test_counts_beyond_float64_stay_whole():
    """H of (N, N + 1) is log 2 to 1 / (8 N^2)."""
    assert lab.plugin(np.array([2**61, 2**61 + 1])) == pytest.approx(np.log(2), rel=1e-15)


def test_data_that_change_after_the_call_change_no_result():
    x = np.random.default_rng(0).normal(size=(4096, 4))
    mixture = lab.Mixture(np.full(4, 0.25), x[:4], np.ones((4, 4, 1)) * np.eye(4))
    before = float(mixture.centers.sum())
    memberships = lab.ball_memberships(x, x[:3].copy())
    kept = np.array(memberships)
    x[:] = 0.0
    assert float(mixture.centers.sum()) == before
    np.testing.assert_array_equal(memberships, kept)


def test_float64_data_give_float64_results_without_configure():
    """I = 0.347 of two columns of sd 0.02 at an offset of 1e6, which float32 rounds to sixteenths."""
    program = """
import warnings, numpy as np, jax, entropylab as lab
rng = np.random.default_rng(0)
x = 1e6 + .02 * rng.normal(size=2000); y = x + .02 * rng.normal(size=2000)
with warnings.catch_warnings():
    warnings.simplefilter("error")
    for a, b in ((x, y), (x.tolist(), y.tolist())):
        found = lab.gaussian_mutual_information(a, b)
        assert abs(float(found) + .5 * np.log1p(-np.corrcoef(x, y)[0, 1] ** 2)) < 1e-9, found
    assert lab.kde(jax.numpy.float32(x)).dtype == "float32"
    mixture = lab.Mixture([.5, .5], [1e6, 1e6 + 1e-3], [1., 1.])
    assert mixture.centers.dtype == "float64" and type(lab.mixture_elk(mixture)) is float
    assert not jax.config.jax_enable_x64
heard = []
warnings.showwarning = lambda message, category, *_: heard.append(category.__name__)
for _ in range(2):
    jax.jit(lab.gaussian)(x)
assert heard == ["EstimateWarning"], heard
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=300)


@pytest.mark.parametrize(
    "card", [c for c in CATALOGUE.values() if c.kind == "host" and not c.differentiable], ids=lambda card: card.name
)
def test_estimators_of_numpy_name_themselves_under_a_trace(card):
    arguments = inputs.sample(card.takes)
    arrays = jnp.asarray(arguments[0][0] if card.takes == "list" else arguments[0])
    call = (lambda x: card.function([x, x])) if card.takes == "list" else lambda x: card.function(x, *arguments[1:])
    for transform in (jax.jit, jax.grad):
        with pytest.raises(ValueError, match=f"{card.name} .*tracer.*NumPy"):
            transform(call)(arrays.astype(float))


def test_the_facades_can_be_differentiated():
    """d h / d x of the Gaussian fit: (x - mean) / (n var)."""
    x = jnp.asarray([0.0, 1.0, 4.0])
    slope = jax.grad(lambda x: lab.entropy(x, "gaussian"))(x)
    np.testing.assert_allclose(slope, (x - x.mean()) / (3 * x.var()), rtol=1e-12)
    assert lab.entropy(x, "gaussian", base=np.float32(2)) == lab.entropy(x, "gaussian", base=2)


@pytest.mark.parametrize("wrong", [None, "3", [3], np.array([3.0]), True, 1j], ids=repr)
def test_knobs_must_have_the_type_of_their_default(wrong):
    x = np.random.default_rng(0).normal(size=(40, 2))
    calls = {
        "k": lambda: lab.ksg(x[:, 0], x[:, 1], k=wrong),
        "beta": lambda: lab.logdet(x, beta=wrong),
        "temperature": lambda: lab.triangle_entropy(x, temperature=wrong),
        "draws": lambda: lab.kde_histogram(x, draws=wrong),
    }
    for call in calls.values():
        with pytest.raises(ValueError, match="must .*got"):
            call()


def test_a_knob_beyond_all_floats_is_refused_by_name():
    """Python writes no integer of more than 4300 digits, so the message gives its bits."""
    x = np.random.default_rng(0).normal(size=(40, 2))
    with pytest.raises(ValueError, match="^beta of logdet must be .*got an integer of 33220 bits"):
        lab.logdet(x, beta=10**10000)


def test_knobs_of_any_scalar_type_give_one_number():
    x = np.random.default_rng(0).normal(size=(40, 2))
    assert len({lab.ksg(x[:, 0], x[:, 1], k=k) for k in (3, 3.0, np.int64(3), np.float32(3), np.array(3))}) == 1


def test_a_derivative_in_forward_mode_says_which_one_there_is():
    x = jnp.asarray(np.random.default_rng(0).normal(size=30))
    with pytest.raises(ValueError, match="kde must be differentiated in reverse mode.*jax.grad"):
        jax.jvp(lab.kde, (x,), (x,))
    _, second = jax.jvp(jax.grad(lab.kde), (x,), (x,))  # h(cx) = h(x) + log c, so the gradient falls like 1 / c
    np.testing.assert_allclose(second, -jax.grad(lab.kde)(x), rtol=1e-6)
