# SPDX-License-Identifier: Apache-2.0
"""Every notebook runs from top to bottom with parameters of papermill's, and is committed without outputs."""

import os
import re
from pathlib import Path

import nbformat
import numpy as np
import papermill
import pytest

from tilewright import raster

FOLDER = Path(__file__).parents[3] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
SERIES = Path(os.environ.get("TILEWRIGHT_DATA", "/nonexistent")) / "series/s2-exeter-2024"

pytestmark = pytest.mark.filterwarnings("default")  # of Jupyter's own packages


def run(name, tmp_path, **parameters):
    """Run a notebook with parameters, each of which it must know."""
    path = FOLDER / f"{name}.ipynb"
    assert parameters.keys() <= papermill.inspect_notebook(path).keys()
    return papermill.execute_notebook(
        path, tmp_path / path.name, parameters=parameters, cwd=tmp_path, progress_bar=False, execution_timeout=300
    )


def outputs_of(notebook):
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def told_by(notebook):
    return "".join(
        output.get("text", "") or output.get("data", {}).get("text/plain", "") for output in outputs_of(notebook)
    )


def test_the_example_of_the_batch_is_walked_through_to_its_end(tmp_path):
    """It does what its headings say, and the proofs that it prints hold."""
    sizes = {"num_pieces": 6, "example_width_px": 1300, "example_height_px": 1100}
    notebook = run("batch_tesselation", tmp_path, output_dir=str(tmp_path / "slices"), **sizes)
    headings = [line for cell in notebook.cells if cell.cell_type == "markdown" for line in cell.source.splitlines()]
    for step in ("Configure", "Look before you cut", "Run", "Interrupt and resume", "Verify", "The report", "Pack"):
        assert any(re.match(rf"## \d+\. {step}", line) for line in headings), step
    told = told_by(notebook)
    assert "interrupted" in told
    assert "42 slices of 7 images proven: True" in told
    assert re.search(r"_results\.zip \d", told)
    assert "'cancelled': 0}" in told
    shown = [output.get("data", {}) for output in outputs_of(notebook)]
    assert [data["text/plain"] for data in shown if data.get("text/plain") in {"True", "False"}] == ["True"]
    assert any("<svg" in data.get("text/html", "") for data in shown)
    assert any("iframe srcdoc" in data.get("text/html", "") for data in shown)
    assert (tmp_path / "slices/batch_report.html").is_file()


def test_a_folder_of_one_s_own_is_cut(tmp_path, photograph):
    raster.write(tmp_path / "mine.tif", photograph)
    told = told_by(run("batch_tesselation", tmp_path, input_dir=str(tmp_path), min_image_size=100, num_pieces=4))
    assert "4 slices of 1 images proven: True" in told


def test_the_example_of_the_composite_is_clear(tmp_path):
    """Clouds are gone, the second run makes nothing, tiles make the same image, and it lies on a map."""
    sizes = {"example_width_px": 300, "example_height_px": 200, "example_scenes": 7, "window_size_px": 128}
    notebook = run("median_composite", tmp_path, output=str(tmp_path / "clear.tif"), **sizes)
    told = told_by(notebook)
    assert "7 scenes of 300 x 200 px, 7 masks" in told
    assert "a second run: 0 windows made, 6 already there" in told
    assert "6 tiles, equal to the whole: True" in told
    assert "degrees east" in told
    assert len([output for output in outputs_of(notebook) if "image/png" in output.get("data", {})]) == 5
    # Clouds are 238, and the ground nowhere as bright.
    assert (raster.read(tmp_path / "clear.tif") > 225).mean() < 0.01


def test_scenes_of_one_s_own_are_composed(tmp_path, photograph):
    if SERIES.is_dir():
        given = {"scene_dir": str(SERIES / "rgb"), "mask_dir": str(SERIES / "scl")}
    else:
        (tmp_path / "scenes").mkdir()
        place = {"geotransform": (480000.0, 20.0, 0.0, 5620000.0, 0.0, -20.0), "epsg": 32630}
        for day in range(3):
            scene = np.clip(photograph[:, :100, :120].astype(int) + 10 * day, 1, 254).astype(np.uint8)
            raster.write(tmp_path / f"scenes/{day}.tif", scene, info=raster.info_of(scene, **place))
        given = {"scene_dir": str(tmp_path / "scenes")}
    assert "equal to the whole: True" in told_by(run("median_composite", tmp_path, **given))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_stripped(path):
    for cell in nbformat.read(path, as_version=4).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_there_are_notebooks():
    assert [path.stem for path in NOTEBOOKS] == ["batch_tesselation", "median_composite"]
