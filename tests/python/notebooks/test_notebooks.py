# SPDX-License-Identifier: Apache-2.0
"""Every notebook runs from top to bottom, and is committed without outputs."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[3] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def run(path, tmp_path):
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    data = [output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("<svg" in shown.get("text/html", "") or "image/png" in shown for shown in data)
    return notebook


def told_by(notebook):
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "".join(output.get("text", "") or output.get("data", {}).get("text/plain", "") for output in outputs)


@pytest.mark.filterwarnings("default")  # of Jupyter's own packages
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path, tmp_path):
    notebook = run(path, tmp_path)
    if path.stem == "batch_tesselation":
        expect_the_walk_through_to_its_end(notebook)
    if path.stem == "median_composite":
        expect_a_clear_composite(notebook)


def expect_a_clear_composite(notebook):
    """Clouds are gone, the second run makes nothing, tiles make the same image, and it lies on a map."""
    told = told_by(notebook)
    assert "a second run: 0 windows made" in told
    assert "equal to the whole: True" in told
    assert "degrees east" in told
    pictures = [
        output["data"]["image/png"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert len(pictures) == 5


def expect_the_walk_through_to_its_end(notebook):
    """The notebook of the batch does what its headings say, and the proofs that it prints hold."""
    headings = [line for cell in notebook.cells if cell.cell_type == "markdown" for line in cell.source.splitlines()]
    for step in ("Configure", "Look before you cut", "Run", "Interrupt and resume", "Verify", "The report", "Pack"):
        assert any(re.match(rf"## \d+\. {step}", line) for line in headings), step
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    told = told_by(notebook)
    assert "interrupted" in told
    assert "images proven: True" in told
    assert re.search(r"_results\.zip \d", told)
    assert "'cancelled': 0}" in told
    (identical,) = [
        output["data"]["text/plain"]
        for output in outputs
        if output.get("data", {}).get("text/plain") in {"True", "False"}
    ]
    assert identical == "True"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_stripped(path):
    for cell in nbformat.read(path, as_version=4).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_there_are_notebooks():
    assert NOTEBOOKS
