"""Ticks of logarithmic axes are spread over them, in as few words as tell them apart."""

import pytest

from entropylab.app.figures.ticks import FORMAT_JS, TICKS_JS


@pytest.mark.parametrize(
    "ends, told",
    [
        ((1e-14, 100), "10⁻¹² 10⁻⁸ 10⁻⁴ 1"),
        ((100, 31623), "100 1000 10000"),
        ((20, 2000), "30 100 300 1000"),
        ((0.04, 0.65), "0.05 0.1 0.2 0.5"),
        ((95, 105), "95 100 105"),
        ((100, 1), "1 3 10 30 100"),  # an axis that runs down
    ],
)
def test_ticks_of_an_axis(browser, ends, told):
    page = browser.new_page()
    found = page.evaluate(
        "([major, written, [start, end]]) => new Function('cb_data', major)({start, end}).map("
        "(tick) => new Function('tick', written)(tick)).join(' ')",
        [TICKS_JS, FORMAT_JS, list(ends)],
    )
    page.close()
    assert found == told
