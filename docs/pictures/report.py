# SPDX-License-Identifier: Apache-2.0
"""The report page of a batch, as a browser shows it."""

import shutil
import subprocess
import sys
from pathlib import Path

import figure
import numpy as np
from landscape import aerial, elevation
from PIL import Image

from tilewright import raster

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def browser() -> str | None:
    """A browser that takes pictures of pages; None if there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def make_photos(folder: Path) -> None:
    for number in range(4):
        path = folder / f"flight/photo_{number}.tif"
        path.parent.mkdir(parents=True, exist_ok=True)
        raster.write(path, aerial(600, 800, 50 + number))
    raster.write(folder / "elevation.tif", (120 + 400 * elevation(600, 600, 55)).astype(np.float32)[np.newaxis])
    raster.write(folder / "stamp.tif", aerial(60, 80, 56))
    (folder / "flight/broken.tif").write_bytes((folder / "flight/photo_0.tif").read_bytes()[:5000])


def draw(images: Path, scratch: Path) -> None:
    make_photos(scratch / "photos")
    # The exit code is 1: one of them is broken.
    subprocess.run(
        [sys.executable, "-m", "tilewright", "tesselate", "photos", "slices", "--min-size", "256"],
        cwd=scratch,
        check=False,
        capture_output=True,
    )
    shot = scratch / "page.png"
    subprocess.run(
        [browser(), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1000,1135",
         f"--screenshot={shot}", (scratch / "slices/batch_report.html").as_uri()],
        check=True,
        capture_output=True,
    )  # fmt: skip
    figure.save_picture(Image.open(shot), images / "report.png")
