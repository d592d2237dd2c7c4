"""The default answer of every page and its thumbnails, computed beforehand: the first picture waits for nothing.

`python -m entropylab.app.defaults` writes them anew; a test compares them with what is computed.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path

import xarray as xr

from entropylab.resources import PACKAGE, require_clone
from entropylab.studies.core.page_spec import TabSpec, TrainingSpec

FOLDER = PACKAGE / "app" / "stored"


@cache
def _read(name: str) -> dict[str, xr.Dataset] | None:
    file = FOLDER / f"{name}.nc"
    if not file.exists():
        return None
    return {
        str(group)[1:]: part.load() for group, part in xr.open_groups(file, engine="h5netcdf").items() if group != "/"
    }


def default_parts(page: TabSpec) -> dict[str, xr.Dataset]:
    """The stages of the default answer, read from assets or, where they are missing, computed."""
    return _read(page.name) or computed_parts(page)


def computed_parts(page: TabSpec) -> dict[str, xr.Dataset]:
    """The stages of the default answer; of a training the picture before its first step."""
    question = page.question()
    if isinstance(page, TrainingSpec):
        return {"run": page.training.picture(page.training.start(question), question)}
    return {stage.name: stage(question) for stage in page.experiment.stages}


@cache
def thumbnails(page: str) -> tuple[str, ...]:
    """Thumbnails of a page: its default answer, then its presets; empty where none are stored."""
    file = FOLDER / f"{page}.json"
    return tuple(json.loads(file.read_text())) if file.exists() else ()


def write(page: TabSpec) -> Path:
    """Compute the default answer and store it, one group a stage, and the thumbnails of it and of the presets."""
    require_clone("storing default answers")
    file = FOLDER / f"{page.name}.nc"
    file.unlink(missing_ok=True)
    for name, part in computed_parts(page).items():
        packed = {key: {"zlib": True, "complevel": 9} for key, v in part.data_vars.items() if v.ndim}
        part.to_netcdf(file, mode="a", group=name, engine="h5netcdf", encoding=packed)
    questions = [page.question(), *(preset.question for preset in page.presets)]
    drawn = [page.sketch(page.experiment(question)) for question in questions]
    (FOLDER / f"{page.name}.json").write_text(json.dumps(drawn, indent=0))
    return file


if __name__ == "__main__":
    from entropylab import device
    from entropylab.studies.pages import PAGES
    from entropylab.studies.registry import CLAIMS

    device.configure()
    for page in PAGES.values():
        if not sys.argv[1:] or page.name in sys.argv[1:]:
            for tab in page.tabs.values():
                print(write(tab))
    (FOLDER / "claims.json").write_text(json.dumps({claim.text: claim.measured() for claim in CLAIMS}, indent=0))
