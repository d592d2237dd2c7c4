"""The fuzz finds what it is for; benchmarks/fuzz_estimators.py goes on as long as one likes."""

import fuzz_axes
import fuzz_cases
import pytest
from fuzz_cases import Case, fault


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
