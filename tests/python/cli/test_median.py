# SPDX-License-Identifier: Apache-2.0
"""``tilewright median`` and ``tilewright mosaic`` as they are typed."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tilewright import raster
from tilewright.composite import CompositeOptions, composite
from tilewright.layout import Size


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


SLOW = ["median", "median.tif", "scenes", "--window-size", "64", "--rule", "geomedian", "--no-progress"]


@contextlib.contextmanager
def begun():
    """Begin a run that takes a while, and come when its first window stands."""
    command = [sys.executable, "-m", "tilewright", *SLOW]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while not list(Path().glob("median.tif.windows/tile_*.tif")) and time.monotonic() < deadline:
            time.sleep(0.01)
        yield process


def expect_it_to_go_on(scenes):
    assert not Path("median.tif").exists()
    report = json.loads(run(*SLOW, "--json").stdout)["batch_summary"]
    assert report["skipped"] > 0
    assert report["skipped"] + report["successfully_processed"] == 40
    assert np.array_equal(raster.read("median.tif"), composite(scenes, options=CompositeOptions("geomedian")).image)


def test_a_run_that_was_killed_goes_on(scenes):
    with begun() as process:
        process.kill()
    expect_it_to_go_on(scenes)


def test_a_run_that_was_interrupted_goes_on(scenes):
    with begun() as process:
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert "Traceback" not in told
    expect_it_to_go_on(scenes)


def test_of_two_runs_to_one_output_the_second_is_refused(scenes):
    with begun() as process:
        process.send_signal(signal.SIGSTOP)
        try:
            refused = run(*SLOW, code=2).stderr
        finally:
            process.send_signal(signal.SIGCONT)
        assert process.wait(timeout=60) == 0
    assert "median.tif.windows" in refused
    assert refused.count("\n") == 1
    assert np.array_equal(raster.read("median.tif"), composite(scenes, options=CompositeOptions("geomedian")).image)


def test_an_output_that_cannot_be_written(scenes):
    Path("file").write_text("no folder")
    for window in ([], ["--window", "0,0,10,10"]):
        refused = run("median", "file/median.tif", "scenes", "--no-progress", *window, code=2).stderr
        assert re.search(r"file\S*: cannot make this folder: a file stands in its way", refused)
        assert refused.count("\n") == 1


def test_a_stac_item_collection_names_the_scenes(scenes):
    items = [{"type": "Feature", "assets": {"visual": {"href": name}}} for name in scenes]
    Path("items.json").write_text(json.dumps({"type": "FeatureCollection", "features": items}))
    run("median", "median.tif", "items.json", "--no-progress")
    assert np.array_equal(raster.read("median.tif"), composite(scenes).image)


def test_a_scene_that_cannot_be_read_is_named_or_left_out(scenes):
    Path("scenes/day3.tif").write_bytes(b"no TIFF")
    assert "scenes/day3.tif" in run("median", "median.tif", "scenes", "--no-progress", code=2).stderr
    assert "scenes/day3.tif" in run("median", "median.tif", "scenes", "--skip-bad", "1", "--dry-run").stdout
    run("median", "median.tif", "scenes", "--skip-bad", "1", "--no-progress")
    left = [name for name in scenes if "day3" not in name]
    assert np.array_equal(raster.read("median.tif"), composite(left).image)
    assert "scenes/day3.tif" in Path("median.tif.windows/batch_report.json").read_text()
    assert "day3.tif" in raster.info("median.tif").metadata[""]["TILEWRIGHT_SKIPPED"]


def series(count):
    """Write scenes of 1024 x 1024 px, six of them different."""
    Path("scenes").mkdir()
    generator = np.random.default_rng(1)
    for day in range(count):
        target = Path(f"scenes/day{day:03}.tif")
        if day < 6:
            raster.write(target, generator.integers(1, 40, (3, 1024, 1024)).astype(np.uint8))
        else:
            os.link(f"scenes/day{day % 6:03}.tif", target)


def peak_kib_of(*words):
    """Run a command; gives the most memory that it had resident."""
    peak_kib = 0
    command = [sys.executable, "-m", "tilewright", *words, "--no-progress"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            # What getrusage() tells would be that of this process, from which it was forked.
            with contextlib.suppress(OSError, TypeError):
                status = Path(f"/proc/{process.pid}/status").read_text()
                peak_kib = max(peak_kib, int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]))
            time.sleep(0.005)
    assert process.returncode == 0
    return peak_kib


def test_216_scenes_need_no_more_than_256_mib(folder):
    series(216)
    peak_kib = peak_kib_of("median", "median.tif", "scenes", "--memory", "128M", "--window", "0,0,1024,1024")
    assert 50 * 1024 < peak_kib < 256 * 1024
    assert raster.info("median.tif").size == Size(1024, 1024)


def test_memory_does_not_grow_with_the_scenes(folder):
    generator = np.random.default_rng(1)
    names = [f"scene{day:03}.tif" for day in range(120)]
    for day, name in enumerate(names):
        if day < 6:
            raster.write(name, generator.integers(1, 40, (3, 512, 512)).astype(np.float32))
        else:
            os.link(names[day % 6], name)
    assert raster.info(names[0]).block == Size(256, 256)
    budget = ["--memory", "32M", "--workers", "2", "--window-size", "256"]
    few = peak_kib_of("median", "few.tif", *names[:40], *budget)
    many = peak_kib_of("median", "many.tif", *names, *budget)
    # A decoded block of each scene beyond the first 40 would be 60 MiB for each worker.
    assert many - few < 50 * 1024, f"{few / 1024:.0f} MiB, then {many / 1024:.0f} MiB"
    assert np.array_equal(raster.read("many.tif"), composite(names).image)


def test_what_is_wrong_is_told_in_a_line(scenes):
    assert "out of bounds" in run("median", "w.tif", "scenes", "--window", "0,0,501,10", code=2).stderr
    assert "--window" in run("median", "w.tif", "scenes", "--window", "0,0,10", code=2).stderr
    assert "nothing.tif" in run("median", "w.tif", "nothing.tif", code=2).stderr
    raster.write("scenes/odd.tif", np.zeros((1, 300, 500), np.uint8))
    assert "odd.tif" in run("median", "w.tif", "scenes", code=2).stderr
    assert not list(Path().glob("w.tif*/tile*"))
