# SPDX-License-Identifier: Apache-2.0
"""What --json prints: one JSON value and nothing else, of the shape that docs/reference/cli.md tells."""

import json
import subprocess
import sys

import numpy as np
import pytest

from tilewright import raster


def printed(*arguments):
    """Run a command with --json; stdout must be one JSON value without NaN."""
    done = subprocess.run(
        [sys.executable, "-m", "tilewright", *map(str, arguments), "--json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout, parse_constant=refuse)


@pytest.fixture(scope="module")
def cut(tmp_path_factory):
    """A folder with `in`, a good and a broken image, and `out`, their slices; and what tesselate printed."""
    folder = tmp_path_factory.mktemp("cut")
    (folder / "in").mkdir()
    elevation = np.random.default_rng(1).normal(size=(1, 90, 80)).astype(np.float32)
    band = raster.BandInfo(color_interpretation="Gray", nodata=float("nan"), scale=float("inf"))
    raster.write(folder / "in" / "elevation.tif", elevation, info=raster.info_of(elevation, band=[band]))
    (folder / "in" / "broken.tif").write_bytes(b"II*\0")
    result = printed("tesselate", folder / "in", folder / "out", "--min-size", "1", "--zip", "--verify")
    return folder, result


def test_tesselate_prints_the_report_and_two_members_more(cut, schemas):
    folder, result = cut
    assert result.pop("zip") == str(folder / "out_results.zip")
    assert result.pop("verified") is True
    written = json.loads((folder / "out" / "batch_report.json").read_text())
    assert {**result, "timestamp": 0} == {**written, "timestamp": 0}
    schemas["batch_report"].validate(result)


def test_report_prints_the_report(cut, schemas):
    folder, result = cut
    again = printed("report", folder / "out")
    schemas["batch_report"].validate(again)
    assert again["images"] == result["images"]


def test_info_of_a_manifest_prints_the_manifest(cut, schemas):
    folder, _ = cut
    manifest = printed("info", folder / "out" / "elevation")
    schemas["metadata"].validate(manifest)
    assert manifest == json.loads((folder / "out" / "elevation" / "metadata.json").read_text())


def test_info_of_a_raster(cut):
    folder, _ = cut
    found = printed("info", folder / "in" / "elevation.tif")
    assert (found["size"], found["bands"], found["type"]) == ({"width_px": 80, "height_px": 90}, 1, "float32")
    assert found["band"][0]["nodata"] == "nan"


def test_a_plan(cut):
    folder, _ = cut
    plan = printed("tesselate", folder / "in", folder / "other", "--dry-run")
    by_source = {image["source"]: image for image in plan["images"]}
    assert set(by_source) == {"elevation.tif", "broken.tif"}
    assert by_source["broken.tif"]["error"]
    assert not (folder / "other").exists()


def test_verify(cut):
    folder, _ = cut
    (result,) = printed("verify", folder / "out")
    assert result["manifest_path"] == str(folder / "out" / "elevation" / "metadata.json")
    assert (result["ok"], result["slices"], result["proven_slices"], result["problems"]) == (True, 8, 8, [])


def test_reconstruct_and_compare(cut):
    folder, _ = cut
    written = printed("reconstruct", folder / "out" / "elevation", folder / "again.tif")
    assert written["path"] == str(folder / "again.tif")
    assert written["size_bytes"] == (folder / "again.tif").stat().st_size
    comparison = printed("compare", folder / "in" / "elevation.tif", folder / "again.tif")
    assert (comparison["identical"], comparison["different_samples"], comparison["total_samples"]) == (True, 0, 7200)
