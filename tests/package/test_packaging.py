"""What is imported is declared, what is declared is used, and every file tells the same version and ranges."""

import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

from test_layers import imports

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]

# Needed without being imported: NetCDF files go through h5netcdf, notebooks run in Jupyter and show Bokeh there,
# conftest.py names beartype to jaxtyping, ruff is a program, and pytest loads its plugin xdist itself.
SILENT = {"h5netcdf", "h5py", "jupyterlab", "ipykernel", "jupyter-bokeh", "beartype", "ruff", "pytest-xdist"}


def plain(name: str) -> str:
    """The one spelling of a package's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements(texts: list[str]) -> dict[str, str]:
    """Ranges by package; the project's own extras are replaced by what they hold."""
    found = {}
    for text in texts:
        name, extras, spec = re.fullmatch(r"([\w.-]+)(\[[\w,]+\])?(.*)", text).groups()
        if name == PROJECT["name"]:
            found |= requirements(sum((EXTRAS[extra] for extra in extras.strip("[]").split(",")), []))
        else:
            found[plain(name)] = spec
    return found


RUN, TEST = requirements(PROJECT["dependencies"]), requirements(EXTRAS["test"])


def imported(*places: str) -> set[str]:
    """The packages, by their name in the index, that files below `places` import."""
    packages = importlib.metadata.packages_distributions()
    found = set()
    for place in places:
        for file in (ROOT / place).rglob("*.py") if (ROOT / place).is_dir() else [ROOT / place]:
            for name in imports(file.read_text(encoding="utf-8")):
                top = name.split(".")[0]
                beside = [*file.parent.glob("*.py"), *(ROOT / place).glob("*.py")]  # pytest imports from both
                ours = {"entropylab", file.parent.name} | {other.stem for other in beside}
                if top not in sys.stdlib_module_names and top not in ours:
                    found |= {plain(package) for package in packages.get(top, [top])}
    return found


def test_the_package_declares_what_it_imports():
    assert imported("entropylab", "app.py") - set(RUN) == set()


def test_tests_declare_what_they_import():
    assert imported("tests") - set(RUN) - set(TEST) == set()


def test_nothing_is_declared_that_nobody_uses():
    assert set(RUN) - imported("entropylab", "app.py") - SILENT == set()
    assert set(TEST) - imported("entropylab", "tests", "benchmarks") - SILENT == set()


def test_the_conda_environment_is_the_same():
    text = (ROOT / "environment.yml").read_text()
    found = dict(re.findall(r"^ +- ([\w-]+)([<>=].*)$", text, re.MULTILINE))
    assert found.pop("python") == PROJECT["requires-python"]
    assert {plain(name): spec for name, spec in found.items()} == RUN | TEST
    assert re.search(r"^ +- -e \.$", text, re.MULTILINE)


def test_every_range_has_a_floor_that_this_environment_meets():
    for name, spec in (RUN | TEST).items():
        floor = re.match(r">=([\d.]+)(,<[\d.]+)?$", spec)
        assert floor, f"{name}{spec}: write >= and, where versions break, <"
        numbers = [
            tuple(map(int, re.findall(r"\d+", text)[:3])) for text in (floor[1], importlib.metadata.version(name))
        ]
        assert numbers[0] <= numbers[1], name


def test_one_version_everywhere():
    version = PROJECT["version"]
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text()
    assert re.search(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[1] == version


def test_the_licence_is_what_the_package_says():
    assert PROJECT["license"] == "BSD-3-Clause" and PROJECT["license-files"] == ["LICENSE"]
    text = (ROOT / "LICENSE").read_text()
    assert text.startswith("BSD 3-Clause License") and "Copyright (c) 2026, The EntropyLab authors" in text
    assert text.count("\n1. ") == text.count("\n2. ") == text.count("\n3. ") == 1
    assert "\nlicense: BSD-3-Clause\n" in (ROOT / "CITATION.cff").read_text()
