"""What leaves the app holds the numbers on the screen, and what comes back brings them back."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import xarray as xr
from playwright.sync_api import expect

from entropylab.app.defaults import default_parts
from entropylab.studies.rendering.metrics import format_metric

SCALARS = """
import json
print(json.dumps({name: float(value) for name, value in answer.data_vars.items() if not value.dims}))
"""


def saved(visit, name: str) -> bytes:
    """The file that a button saves."""
    with visit.page.expect_download() as download:
        visit.button(name).click()
    return Path(download.value.path()).read_bytes()


def test_data_files_and_code_hold_the_numbers_shown(visit, spec):
    """Copied code, run in a process of its own, gives the same numbers to the last bit."""
    question = (spec.presets[1:2] or spec.presets)[0].question
    visit.go(page=spec.name, **question.write()).answered(question)
    answer = xr.open_dataset(io.BytesIO(saved(visit, "Data NetCDF")), engine="h5netcdf").load()
    assert answer.attrs["question"] == repr(question)
    assert {r.name: format_metric(r, answer) for r in spec.readings} == visit.numbers()
    scalars = {name: float(value) for name, value in answer.data_vars.items() if not value.dims}

    rows = list(csv.DictReader(io.StringIO(saved(visit, "Data CSV").decode())))
    held = answer.reset_coords().data_vars
    assert len(rows) == sum(variable.size for variable in held.values())
    told = {row["variable"]: float(row["value"]) for row in rows if row["variable"] in scalars}
    assert told == pytest.approx(scalars, rel=0, abs=0, nan_ok=True)

    visit.button("Copy as code").click()
    expect(visit.page.get_by_role("status").locator("pre")).to_contain_text(repr(question))
    code = visit.page.evaluate("navigator.clipboard.readText()")
    assert visit.page.get_by_role("status").locator("pre").text_content() == code
    done = subprocess.run([sys.executable, "-c", code + SCALARS], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == pytest.approx(scalars, rel=0, abs=0, nan_ok=True)


def test_state_comes_back_by_upload(visit, spec, tmp_path):
    question = (spec.presets[1:2] or spec.presets)[0].question
    visit.go(page=spec.name, **question.write(), units="bits").answered(question, "bits")
    file = tmp_path / "state.json"
    file.write_bytes(saved(visit, "State"))
    visit.go(page=spec.name).answered(spec.question())
    visit.page.locator("input[type=file][accept='.json']").set_input_files(file)
    visit.answered(question, "bits")
    expect(visit.message).to_have_count(0)

    told = json.loads(file.read_text())
    bad = (
        ("{", "a state file is JSON with a page and its knobs"),
        (json.dumps({**told, "page": "elsewhere"}), "belongs to the page elsewhere"),
        (json.dumps({**told, "units": "pounds", spec.sweep: "much"}), f"{spec.sweep} must be"),
    )
    for number, (text, complaint) in enumerate(bad):  # a browser tells no change when a file of one name comes again
        file = tmp_path / f"bad-{number}.json"
        file.write_text(text)
        visit.page.locator("input[type=file][accept='.json']").set_input_files(file)
        expect(visit.message).to_contain_text(complaint)
        visit.answered(question, "bits")


@pytest.mark.parametrize("format", ["png", "svg"])
def test_figures_are_saved(visit, spec, format):
    found = {}
    keep = lambda download: found.update({download.suggested_filename: download})  # noqa: E731
    visit.page.on("download", keep)
    visit.button(f"Figures {format.upper()}").click()
    visit.page.wait_for_function("true")
    answer = spec.experiment.combine(spec.question(), default_parts(spec).values())
    names = {f"{spec.name}-{view.name}.{format}" for view in spec.views if not view.absent(answer)}
    assert len(names) > 4
    for _ in range(300):
        if names <= found.keys():
            break
        visit.page.wait_for_timeout(100)
    visit.page.remove_listener("download", keep)
    assert found.keys() == names
    for download in found.values():
        content = Path(download.path()).read_bytes()
        if format == "png":
            assert content[:8] == b"\x89PNG\r\n\x1a\n"
            width, height = (int.from_bytes(content[i : i + 4], "big") for i in (16, 20))
            assert width > 200 and height > 150
        else:
            tree = ElementTree.fromstring(content)
            assert tree.tag.endswith("svg") and len(list(tree.iter())) > 20


def test_share_copies_the_address(visit, spec):
    visit.button("Share").click()
    expect(visit.page.get_by_role("status")).to_contain_text("address")
    visit.page.wait_for_function("navigator.clipboard.readText().then((text) => text === location.href)")
