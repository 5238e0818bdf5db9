# SPDX-License-Identifier: Apache-2.0
"""``tilewright median`` and ``tilewright mosaic`` as they are typed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tilewright import raster
from tilewright.composite import CompositeOptions, composite


def run(*arguments, code=0):
    done = subprocess.run([sys.executable, "-m", "tilewright", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture
def scenes(folder):
    """Seven scenes of 500 x 300 px in one folder."""
    generator = np.random.default_rng(1)
    Path("scenes").mkdir()
    for day in range(7):
        samples = generator.integers(0, 256, (3, 300, 500)).astype(np.uint8)
        info = raster.info_of(samples, geotransform=(500000.0, 10.0, 0.0, 4800000.0, 0.0, -10.0))
        raster.write(f"scenes/day{day}.tif", samples, info=info)
    return sorted(str(path) for path in Path("scenes").iterdir())


def test_a_scene_is_what_composite_makes_of_it(scenes):
    done = run("median", "median.tif", "scenes", "--window-size", "128", "--counts", "--provenance", "--no-progress")
    assert "12 windows: 12 done" in done.stdout
    made = composite(scenes)
    assert np.array_equal(raster.read("median.tif"), made.image)
    assert np.array_equal(raster.read("median_count.tif")[0], made.counts)
    assert np.array_equal(raster.read("median_dataset.tif")[0], made.datasets)
    assert raster.info("median.tif").geotransform == made.geotransform
    again = run("median", "median.tif", "scenes", "--window-size", "128", "--counts", "--provenance", "--no-progress")
    assert "12 skipped" in again.stdout
    assert not list(Path("median.tif.windows").glob("*.tif"))
    assert (Path("median.tif.windows") / "batch_report.html").is_file()


def test_one_window(scenes):
    done = run("median", "window.tif", "scenes/day*.tif", "--window", "100,50,64,40", "--rule", "medoid", "--json")
    assert json.loads(done.stdout)["skipped"] is False
    assert np.array_equal(
        raster.read("window.tif"), composite(scenes, (100, 50, 64, 40), CompositeOptions("medoid")).image
    )


def test_windows_of_several_workers_are_put_together(scenes):
    for index in range(3):
        run("median", "median.tif", "scenes", "--window-size", "200", "--shard", f"{index}/3", "--no-progress")
    assert not Path("median.tif").exists()
    run("mosaic", "median.tif", "median.tif.windows")
    assert np.array_equal(raster.read("median.tif"), composite(scenes).image)
    Path("median.tif.windows/tile_200_0.tif").unlink()
    refused = run("mosaic", "gaps.tif", "median.tif.windows", code=2)
    assert "200 x 200 px at 200,0" in refused.stderr
    assert not Path("gaps.tif").exists()


def test_a_run_that_was_killed_goes_on(scenes):
    expected = composite(scenes, options=CompositeOptions("geomedian")).image
    arguments = ["median", "median.tif", "scenes", "--window-size", "64", "--rule", "geomedian", "--no-progress"]
    process = subprocess.Popen([sys.executable, "-m", "tilewright", *arguments], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not list(Path().glob("median.tif.windows/tile_*.tif")) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not Path("median.tif").exists()
    report = json.loads(run(*arguments, "--json").stdout)["batch_summary"]
    assert report["skipped"] > 0
    assert report["skipped"] + report["successfully_processed"] == 40
    assert np.array_equal(raster.read("median.tif"), expected)


def test_what_is_wrong_is_told_in_a_line(scenes):
    assert "out of bounds" in run("median", "w.tif", "scenes", "--window", "0,0,501,10", code=2).stderr
    assert "--window" in run("median", "w.tif", "scenes", "--window", "0,0,10", code=2).stderr
    assert "nothing.tif" in run("median", "w.tif", "nothing.tif", code=2).stderr
    raster.write("scenes/odd.tif", np.zeros((1, 300, 500), np.uint8))
    assert "odd.tif" in run("median", "w.tif", "scenes", code=2).stderr
    assert not list(Path().glob("w.tif*/tile*"))
