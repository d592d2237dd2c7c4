"""A share of the fuzz with one seed, and what it finds; benchmarks/fuzz_estimators.py goes on as long as one likes."""

import fuzz_axes
import fuzz_cases
import numpy as np
import pytest
from fuzz_cases import Case, fault

pytestmark = pytest.mark.slow

# How many cases of each axis: those that compile a program each are few.
SHARES = {
    "containers": 900,
    "scales": 120,
    "shifts": 40,
    "orders": 30,
    "knobs": 150,
    "scalars": 200,
    "traces": 6,
    "untraceable": 15,
    "slopes": 3,
    "ties": 300,
    "files": 183,
    "resamples": 60,
}


@pytest.mark.parametrize("axis", SHARES)
def test_no_answer_is_wrong_in_silence(axis):
    cases = list(fuzz_axes.AXES[axis](1))
    chosen = np.random.default_rng(1).permutation(len(cases))[: SHARES[axis]]
    wrong = [(cases[i], text) for i in chosen if (text := fault(cases[i]))]
    assert not wrong, "\n".join(f"{case.snippet}  # {text}" for case, text in wrong)


def case(call, demand, expected="", **more):
    return Case("teeth", "kde", "kde", "x = np.array([.1, .5, .9, 1.4])", call, demand, expected, **more)


@pytest.mark.parametrize(
    "of, says",
    [
        (case("lab.plugin([1, 2]) + 1e-6", "equal", "lab.plugin([1, 2])"), "expected"),
        (case("len(3)", "number or refused"), "raw TypeError"),
        (case("np.linalg.cholesky(-np.eye(2))", "refused"), "raw LinAlgError"),
        (case("float('a')", "refused"), "raw ValueError"),
        (case("lab.gaussian(x)", "refused"), "accepted"),
        (case("lab.gaussian(x[:0])", "equal", "lab.gaussian(x)"), "refused"),
        (case("lab.gaussian(x[:0])", "refused", names=("window",)), "names none"),
        (case("np.log(0 * x)", "anything"), "foreign warning"),
        (case("jnp.sum(x)", "nan"), "no NaN"),
        (case("math.inf", "number or refused"), "without an error"),
        (case("lab.plugin([1, 2]), 0.", "equal", "lab.plugin([1, 2])"), "gave 2 numbers"),
        (case("jax.jit(lambda x: float(x))(x)", "anything or one error"), "raw"),
    ],
)
def test_what_is_wrong_is_found(of, says):
    assert says in fault(of)


def test_the_same_number_or_one_error_is_nothing_to_report():
    assert fault(case("lab.gaussian(x.tolist())", "equal", "lab.gaussian(x)", names=("x",))) is None
    assert fault(case("lab.gaussian(x[:0])", "equal or refused", "lab.gaussian(x)", names=("x",))) is None
    assert fault(case("jax.jit(lab.gaussian)(x * jnp.nan)", "nan")) is None


def test_every_public_callable_is_tried():
    subjects = {subject.name for subject in fuzz_axes.SUBJECTS}
    public = {name for name in dir(fuzz_cases.lab) if callable(getattr(fuzz_cases.lab, name)) and name[0] != "_"}
    classes = {name for name in public if isinstance(getattr(fuzz_cases.lab, name), type)}
    assert public - classes - subjects == fuzz_axes.LEFT_OUT
