"""Imports point down only, and a library user never loads the dashboard."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# From the ground up; rooms on one floor may call each other. `entropylab` is the package itself: its facades.
FLOORS = [
    {"knobs", "device", "resources"},
    {"kernels", "numerics"},
    {"geometry"},
    {"estimators", "problems"},
    {"facade", "inference", "lookup", "selection"},
    {"entropylab"},
    {"studies"},
    {"app", "cli"},
    {"__main__"},
]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
# Whose import is allowed where; everything else may be imported anywhere.
ONLY_IN = {"panel": {"app"}, "panel_material_ui": {"app"}, "param": {"app"}, "holoviews": {"studies", "app"}}


def files():
    """Every module of the package with its room."""
    for file in sorted((ROOT / "entropylab").rglob("*.py")):
        inside = file.relative_to(ROOT / "entropylab")
        room = inside.parts[0].removesuffix(".py")
        yield file, "entropylab" if room == "__init__" else room


def imports(text: str) -> list[str]:
    """The dotted name of everything that a module imports, wherever in the file."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import hides its room; write entropylab..."
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def faults(text: str, room: str) -> list[str]:
    """The imports of a module in `room` that point up or belong elsewhere."""
    found = []
    for name in imports(text):
        package, *rest = name.split(".")
        if room not in ONLY_IN.get(package, {room}):
            found.append(f"{name} belongs in {' and '.join(sorted(ONLY_IN[package]))}")
        if package == "entropylab":
            # `from entropylab import kde` is the package itself, `from entropylab import device` a room
            target = rest[0] if rest and rest[0] in FLOOR else "entropylab"
            if FLOOR[target] > FLOOR[room] or (room in FLOORS[0] and target != room):
                found.append(f"{room} may not import {name}")
            if room != target and {room, target} == {"app", "cli"}:
                found.append(f"the doors {room} and {target} know nothing of each other")
    return found


@pytest.mark.parametrize(("file", "room"), [pytest.param(*it, id=str(it[0].relative_to(ROOT))) for it in files()])
def test_imports_point_down(file, room):
    assert room in FLOOR, f"{file}: say in FLOORS where the room {room} stands"
    assert faults(file.read_text(encoding="utf-8"), room) == []


@pytest.mark.parametrize(
    ("text", "room"),
    [
        ("import panel as pn", "studies"),
        ("def f():\n    from panel.io import state", "estimators"),
        ("import holoviews", "estimators"),
        ("from param import Parameterized", "studies"),
        ("from entropylab.estimators.card import Card", "numerics"),
        ("from entropylab import kde", "estimators"),
        ("import entropylab", "numerics"),
        ("from entropylab.studies import patterns", "problems"),
        ("from entropylab import device", "knobs"),
        ("from entropylab.app import shell", "cli"),
        ("import entropylab.app.page", "studies"),
    ],
)
def test_an_import_that_points_up_is_seen(text, room):
    assert faults(text, room) != []


def test_only_drawing_loads_a_plotting_library():
    """Library, command line, studies and the descriptions of their figures load none."""
    code = (
        "import sys, entropylab.cli.commands, entropylab.studies.pages as pages\n"
        "page = pages.PAGES['patterns']\n"
        "page.views[0].draw(page.experiment(page.question()))\n"
        "print(*{'panel', 'holoviews', 'bokeh', 'param'} & set(sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []


def test_importing_everything_leaves_the_precision_open():
    """No array is made on a device at import, so `device.configure()` still decides."""
    code = "import entropylab.studies.pages, jax; print(jax._src.xla_bridge.backends_are_initialized())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
