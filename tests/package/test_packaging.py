"""What is imported is declared, what is declared is used, and every file has the same version and ranges."""

import ast
import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from test_layers import imports

import entropylab
from entropylab.device import _remove_oldest
from entropylab.resources import NAME

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]

# Needed without being imported: NetCDF files go through h5netcdf, notebooks run in Jupyter and show Bokeh there,
# conftest.py names beartype to jaxtyping, mypy and ruff are programs, and pytest loads its plugin xdist itself.
SILENT = {"h5netcdf", "h5py", "jupyterlab", "ipykernel", "jupyter-bokeh", "beartype", "mypy", "ruff", "pytest-xdist"}


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


CORE, APP, TEST = (
    requirements(texts) for texts in (PROJECT["dependencies"], EXTRAS["app"], ["entropylab-jax[app,test]"])
)


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
    assert imported("entropylab", "app.py") - set(CORE) - set(APP) == set()


def test_the_library_needs_no_package_of_the_dashboard():
    """All but the app and the drawing of figures runs on the core install."""
    rooms = [
        path.name for path in (ROOT / "entropylab").iterdir() if path.is_dir() and path.name not in ("app", "studies")
    ]
    assert imported(*(f"entropylab/{room}" for room in rooms)) & set(APP) == set()


def test_tests_declare_what_they_import():
    assert imported("tests") - set(CORE) - set(TEST) == set()


def test_nothing_is_declared_that_nobody_uses():
    assert set(CORE) | set(APP) <= imported("entropylab", "app.py") | SILENT
    assert set(TEST) - imported("entropylab", "tests", "benchmarks") - SILENT == set()


def test_the_conda_environment_is_the_same():
    text = (ROOT / "environment.yml").read_text()
    found = dict(re.findall(r"^ +- ([\w-]+)([<>=].*)$", text, re.MULTILINE))
    assert found.pop("python") == PROJECT["requires-python"]
    assert {plain(name): spec for name, spec in found.items()} == CORE | requirements(EXTRAS["notebooks"])
    assert re.search(r"^ +- -e \.$", text, re.MULTILINE)


def test_every_range_has_a_floor_that_this_environment_meets():
    for name, spec in (CORE | TEST).items():
        floor = re.match(r">=([\d.]+)(,<[\d.]+)?$", spec)
        assert floor, f"{name}{spec}: write >= and, where versions break, <"
        numbers = [
            tuple(map(int, re.findall(r"\d+", text)[:3])) for text in (floor[1], importlib.metadata.version(name))
        ]
        assert numbers[0] <= numbers[1], name


def test_one_version_everywhere():
    version = entropylab.__version__
    assert PROJECT["dynamic"] == ["version"] and PROJECT["name"] == NAME
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text()
    assert re.search(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[1] == version


def test_the_licence_is_what_the_package_says():
    assert PROJECT["license"] == "BSD-3-Clause" and PROJECT["license-files"] == ["LICENSE", "NOTICE"]
    text = (ROOT / "LICENSE").read_text()
    assert text.startswith("BSD 3-Clause License") and "Copyright (c) 2026, The EntropyLab authors" in text
    assert text.count("\n1. ") == text.count("\n2. ") == text.count("\n3. ") == 1
    assert "\nlicense: BSD-3-Clause\n" in (ROOT / "CITATION.cff").read_text()


def test_what_is_public_is_listed():
    """`__all__` holds the names that the package re-exports, and `dir` shows these."""
    tree = ast.parse((ROOT / "entropylab" / "__init__.py").read_text())
    exported = [alias.asname for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert entropylab.__all__ == sorted(filter(None, exported))
    assert dir(entropylab) == sorted([*entropylab.__all__, "__version__"])


def test_import_loads_only_what_it_needs():
    """Packages that take long to import are imported where they are used."""
    code = "import sys, entropylab; print(*{'sklearn', 'scipy.stats', 'optax', 'pandas', 'xarray'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_files_of_the_package_travel_with_it():
    """Every file of the package that is not Python matches a pattern of the package data."""
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["entropylab"]
    package = ROOT / "entropylab"
    files = {
        file.relative_to(package) for file in package.rglob("*")
        if file.is_file() and file.suffix not in (".py", ".pyc", ".nbi", ".nbc")
    }  # fmt: skip
    assert files and all(any(file.match(pattern) for pattern in patterns) for file in files)
    assert all(any(package.glob(pattern)) for pattern in patterns)


READ_ONLY = """
import sys, warnings, os, logging, numba.core.caching as caching
class Nowhere:
    def __init__(self, *found): pass
    @classmethod
    def from_function(cls, *found): return None
caching.CacheImpl._locator_classes = [Nowhere]
import numpy as np, entropylab as lab
x, y = np.random.default_rng(0).normal(size=(2, 500))
print(abs(lab.ksg(x, y, k=3)) < 0.2, len(lab.convex_hull(np.c_[x, x**2])) == 500)
"""


def test_where_nothing_is_writable_kernels_compile_without_a_cache():
    """As in a container with a read-only root: import and answers work, and one line names the remedy."""
    done = subprocess.run([sys.executable, "-c", READ_ONLY], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.split() == ["True", "True"], done.stderr
    assert done.stderr.count("set NUMBA_CACHE_DIR") == 1


def test_an_unwritable_folder_of_programs_is_said_once():
    """One line with the remedy, and no attempt to write there."""
    code = "from entropylab import device; device.configure(); import jax.numpy as jnp; print(float(jnp.ones(3).sum()))"
    environment = {**os.environ, "XDG_CACHE_HOME": "/proc/nowhere"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout == "3.0\n" and done.stderr.count("set XDG_CACHE_HOME") == 1, done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_cache_of_programs_is_bounded(tmp_path):
    for i in range(5):
        (tmp_path / str(i)).write_bytes(bytes(100))
        os.utime(tmp_path / str(i), (i, i))
    _remove_oldest(tmp_path, 250)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["3", "4"]
    _remove_oldest(tmp_path / "nowhere", 250)
