"""Notebooks run from top to bottom in a fresh kernel, load nothing from elsewhere, and are stored without outputs."""

import ast
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
every_notebook = pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)


def read(file):
    return nbformat.read(file, as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def shown(cell) -> str:
    """Everything a cell put on the page."""
    return "\n".join(
        str(part) for output in cell.outputs for part in (output.get("text", ""), *output.get("data", {}).values())
    )


def test_there_are_notebooks():
    assert {"00_tour", "01_patterns"} <= {file.stem for file in NOTEBOOKS}


@every_notebook
def test_stored_without_outputs(file):
    notebook = read(file)
    nbformat.validate(notebook)
    for cell in code(notebook):
        assert cell.outputs == [] and cell.execution_count is None


@every_notebook
def test_prose_and_calls(file):
    """Precision is set first, no machinery hides in a cell, and prose leads every section."""
    notebook = read(file)
    first = code(notebook)[0].source
    assert "device.configure()" in first and 'hv.extension("bokeh", inline=True' in first
    for cell in code(notebook):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                assert node.end_lineno - node.lineno < 5, f"{node.name} belongs in the library"
    assert notebook.cells[0].cell_type == "markdown" and notebook.cells[0].source.startswith("# ")
    assert sum(cell.cell_type == "markdown" for cell in notebook.cells) >= len(code(notebook)) / 2


@every_notebook
def test_runs_from_top_to_bottom(file, tmp_path):
    """Any error or warning fails; pictures are there, and no script or style comes from another machine."""
    notebook = read(file)
    client = NotebookClient(notebook, kernel_name="python3", timeout=300, resources={"metadata": {"path": tmp_path}})
    client.execute()
    outputs = [output for cell in code(notebook) for output in cell.outputs]
    told = [output.text for output in outputs if output.get("name") == "stderr"]
    assert told == []
    pictures = [cell for cell in code(notebook) if "application/vnd.holoviews_exec.v0+json" in str(cell.outputs)]
    assert pictures
    loaders = [part for cell in code(notebook) for part in re.findall(r"_urls = \[.*?\]", shown(cell))]
    assert loaders and not [loader for loader in loaders if "http" in loader]
