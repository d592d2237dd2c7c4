"""The answers stored for the first picture are those that the code computes now, and they are labelled."""

import numpy as np
import pytest

from entropylab.app.defaults import FOLDER, default_parts
from entropylab.app.home import stored_claims
from entropylab.app.tab import PARTS, SIDEBAR_PARTS, hideable_names
from entropylab.studies.pages import PAGES
from entropylab.studies.registry import CLAIMS

pytestmark = pytest.mark.slow

# A hundred steps of Adam, and cosines of gradients that vanish as assignments harden, make much of a last digit: two
# Pythons on one machine part by 5e-7.
AMPLIFIED = {("partitions", name) for name in ("collapse", "trajectory", "gradients")}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_stored_answer_is_the_computed_one(page):
    """To 1e-9: another processor sums in another order, another formula would not agree to that.

    What a network in single precision says moves with the processor in its last digits, and an answer on the edge with
    them: to 1 part in 100. `AMPLIFIED` stages are in between.
    """
    assert (FOLDER / f"{page.name}.nc").exists()
    stored, question = default_parts(page), page.question()
    assert list(stored) == [stage.name for stage in page.experiment.stages]
    for stage in page.experiment.stages:
        kept, now = stored[stage.name], stage(question)
        assert dict(kept.sizes) == dict(now.sizes) and set(kept.variables) == set(now.variables)
        for name in now.variables:
            assert kept[name].attrs == now[name].attrs and kept[name].dims == now[name].dims, name
            if now[name].dtype.kind == "U":
                assert kept[name].values.tolist() == now[name].values.tolist(), name
                continue
            single = now[name].attrs.get("precision") == "float32"
            within = 1e-5 if (page.name, stage.name) in AMPLIFIED else 1e-9
            near = dict(rtol=0.01, atol=0.1) if single else dict(rtol=within, atol=1e-12)
            np.testing.assert_allclose(kept[name].values, now[name].values, **near, err_msg=name)


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_every_number_has_a_name_and_a_unit(page):
    """Axis titles and the change of unit read them; an error is in the unit of its value."""
    answer = page.experiment.combine(page.question(), default_parts(page).values())
    for name, variable in answer.variables.items():
        assert variable.attrs["long_name"] and variable.attrs["units"], name
    for name in answer.data_vars:
        if name.endswith("_error"):
            base = name.removesuffix("_error")  # an error of something of another name has no twin to compare with
            assert base not in answer or answer[name].units == answer[base].units
            assert not (answer[name] < 0).any()


def test_every_claim_is_measured():
    assert {claim.text for claim in CLAIMS} == stored_claims().keys()
    assert len({claim.text for claim in CLAIMS}) == len(CLAIMS)


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_hideable_names_are_distinct(page):
    """`?hide=` takes parts and knobs by name, pictures and tables as figure.NAME."""
    pictures = [view.name for view in (*page.views, *page.tables)]
    assert len(hideable_names(page)) == len(PARTS) + len(SIDEBAR_PARTS) + len(page.question.knobs()) + len(pictures)
