"""Public docstrings follow numpydoc: sections in order, every parameter described, examples that run."""

import doctest
import inspect
import re

import pytest

import entropylab as lab
from entropylab.estimators.card import CATALOGUE
from entropylab.estimators.docstrings import SECTIONS, citation, split_sections

PUBLIC = [getattr(lab, name) for name in lab.__all__ if inspect.isfunction(getattr(lab, name))]


def each(functions):
    return pytest.mark.parametrize("function", functions, ids=lambda function: function.__name__)


@each(PUBLIC)
def test_sections_and_parameters(function):
    parts = split_sections(function.__doc__)
    summary = parts.pop("").splitlines()[0]
    assert summary.endswith(".") and not summary.startswith("What") and len(summary) < 120
    order = [SECTIONS.index(name) for name in parts]
    assert order == sorted(order) and {"Parameters", "Returns", "Raises", "Notes", "Examples"} <= set(parts)
    described = re.findall(r"^(\*{0,2}\w+(?:, \w+)*)(?: :|$)", parts["Parameters"], re.M)
    names = [name.lstrip("*") for names in described for name in names.split(", ")]
    assert sorted(names) == sorted(inspect.signature(function).parameters)


@each([function for function in PUBLIC if ">>>" in function.__doc__])
def test_examples_run(function):
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    for example in doctest.DocTestFinder(recurse=False).find(inspect.unwrap(function), function.__name__):
        runner.run(example)
    assert runner.tries and not runner.failures


@pytest.mark.parametrize("key", sorted({card.reference for card in CATALOGUE.values()}))
def test_citations_are_whole(key):
    text = citation(key)
    assert re.search(r"\(\d{4}\)\. .+\.$", text) and not re.search(r"[{}\\]", text), text
