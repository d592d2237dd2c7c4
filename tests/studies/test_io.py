"""Answers as files: what is read back is what was written."""

import csv
import json
import math

import numpy as np
import pytest
import xarray as xr

from entropylab.app.export import parse_state
from entropylab.studies.core.io import write_answer

ANSWER = xr.Dataset(
    {
        "one": ((), 0.1 + 0.2, {"units": "nats", "long_name": "one third, nearly"}),
        "none": ((), math.nan),
        "far": ((), -math.inf),
        "curve": (("row", "place"), np.array([[1.0, 2.0, math.inf], [1e-300, math.pi, 5.0]]), {"units": "nats"}),
        "count": ("row", np.array([3, 4])),
        "true": ("row", np.array([True, False])),
        "letter": ("row", np.array(["a", "b, c"])),
    },
    coords={"place": [0.5, 1 / 3, 2.0], "name": ("row", ["u", "v"])},
    attrs={"flag": True, "data": "cells", "n": 3, "width": 0.1},
)


def test_netcdf_keeps_every_bit(tmp_path):
    write_answer(ANSWER, tmp_path / "answer.nc")
    with xr.open_dataset(tmp_path / "answer.nc", engine="h5netcdf") as found:
        assert found.identical(ANSWER)
        assert all(found[name].dtype.kind == ANSWER[name].dtype.kind for name in ANSWER.variables)


def test_csv_gives_the_same_floats_back(tmp_path):
    write_answer(ANSWER, tmp_path / "answer.csv")
    with open(tmp_path / "answer.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(variable.size for variable in ANSWER.reset_coords().data_vars.values())
    one, none, far, *rest = rows
    assert (one["variable"], one["units"], one["row"], one["place"]) == ("one", "nats", "", "")
    assert float(one["value"]) == 0.1 + 0.2 and math.isnan(float(none["value"])) and float(far["value"]) == -math.inf
    curve = [row for row in rest if row["variable"] == "curve"]
    assert [float(row["value"]) for row in curve] == ANSWER.curve.values.ravel().tolist()
    assert [(int(row["row"]), float(row["place"])) for row in curve] == [
        (i, place) for i in range(2) for place in ANSWER.place.values
    ]
    assert [row["value"] for row in rest if row["variable"] == "letter"] == ["a", "b, c"]
    assert [row["value"] for row in rest if row["variable"] == "name"] == ["u", "v"]


def test_json_is_strict_and_gives_the_same_floats_back(tmp_path):
    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    write_answer(ANSWER, tmp_path / "answer.json")
    found = json.loads((tmp_path / "answer.json").read_text(encoding="utf-8"), parse_constant=refuse)
    variables = found["data_vars"]
    assert variables["one"]["data"] == 0.1 + 0.2 and variables["one"]["attrs"]["units"] == "nats"
    assert variables["none"]["data"] is None and variables["far"]["data"] == "-Infinity"
    assert variables["curve"]["data"] == [[1.0, 2.0, "Infinity"], [1e-300, math.pi, 5.0]]
    assert found["coords"]["place"]["data"] == [0.5, 1 / 3, 2.0] and found["attrs"]["flag"] is True


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"\.nc, \.csv, \.json: got answer\.txt"):
        write_answer(ANSWER, tmp_path / "answer.txt")


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b"\xff", b"7", b"[" * 100_000, b'{"page": [' + b"[" * 100_000])
def test_what_is_no_state_is_refused(text):
    with pytest.raises(ValueError, match="a state file is JSON with a page"):
        parse_state(text)
    assert parse_state(b'\xef\xbb\xbf{"page": "bias", "k": 3}') == {"page": "bias", "k": "3"}
