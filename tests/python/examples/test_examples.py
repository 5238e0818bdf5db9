# SPDX-License-Identifier: Apache-2.0
"""The Python examples do what they say."""

import subprocess
import sys
from pathlib import Path

from tilewright import raster

EXAMPLES = Path(__file__).parents[3] / "examples"


def run(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)


def test_tesselate_one(photograph, folder):
    raster.write(folder / "photo.tif", photograph)
    done = run(sys.executable, EXAMPLES / "tesselate_one.py", folder / "photo.tif", folder / "out", 13)
    assert done.returncode == 0, done.stderr
    assert "13 of 13 slices proven" in done.stdout
    assert "\n0 of 1440000 samples differ" in done.stdout


def test_tesselate_one_names_the_file_that_is_not_there(folder):
    done = run(sys.executable, EXAMPLES / "tesselate_one.py", folder / "none.tif", folder / "out")
    assert done.returncode == 1
    assert "none.tif" in done.stderr
    assert "Traceback" not in done.stderr


def test_demo_images_are_made_the_same_each_time(folder):
    for name in ("one", "two"):
        # GDAL's Python package belongs to the system's Python, not to the environment of the tests.
        done = run("/usr/bin/python3", EXAMPLES / "demo_images.py", folder / name)
        assert done.returncode == 0, done.stderr
    files = sorted(path.relative_to(folder / "one") for path in (folder / "one").rglob("*") if path.is_file())
    assert len(files) == 11
    for path in files:
        assert (folder / "one" / path).read_bytes() == (folder / "two" / path).read_bytes(), path
