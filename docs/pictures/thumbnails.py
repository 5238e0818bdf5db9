# SPDX-License-Identifier: Apache-2.0
"""A folder of images as different as a real one, and their thumbnails."""

from pathlib import Path

import figure
import numpy as np
from landscape import aerial, clouds, elevation
from PIL import Image

from tilewright import Size, raster, run_thumbnails
from tilewright.thumbnail import ThumbnailJob


def make_folder(folder: Path) -> None:
    photo = aerial(600, 800, 21)
    heights = elevation(500, 700, 22)
    band = aerial(500, 700, 25)[1]
    opacity, _ = clouds(500, 700, 23, 0.5)
    folder.mkdir()
    raster.write(folder / "a photograph.tif", photo)
    raster.write(folder / "16 bits.tif", (300 + 12 * band.astype(np.uint16))[np.newaxis])
    raster.write(folder / "heights, float32.tif", (120 + 400 * heights).astype(np.float32)[np.newaxis])
    Image.fromarray(np.dstack([figure.rgb(aerial(500, 700, 24)), (255 * (1 - opacity)).astype(np.uint8)])).save(
        folder / "with alpha.png"
    )
    turned = Image.fromarray(np.rot90(figure.rgb(aerial(800, 560, 25))))
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(folder / "turned by EXIF.jpg", exif=exif)
    Image.fromarray(figure.rgb(photo)).quantize(12).save(folder / "a palette.gif")


def draw(images: Path, scratch: Path) -> None:
    make_folder(scratch / "photos")
    job = ThumbnailJob(scratch / "photos", scratch / "small", size=Size(150, 150), stamp="20251203T1530Z")
    report = run_thumbnails(job)
    assert report.failed == 0, report
    made = sorted(
        path for path in (scratch / "small/20251203T1530Z").iterdir() if path.suffix in {".tif", ".png", ".jpg", ".gif"}
    )
    drawing, axes = figure.new(900, 215, ncols=len(made))
    for axis, path in zip(axes, made, strict=True):
        before = raster.info(scratch / "photos" / path.name)
        thumbnail = np.asarray(Image.open(path).convert("RGBA"))
        axis.set_facecolor("#d8d8d8")
        axis.imshow(thumbnail)
        axis.set_xlim(-0.5, 149.5)
        axis.set_ylim(149.5, -0.5)
        figure.bare(axis, path.name)
        axis.set_xlabel(
            f"{before.size.width_px} x {before.size.height_px} px\nto {thumbnail.shape[1]} x {thumbnail.shape[0]}",
            fontsize=8,
        )
    figure.save(drawing, images / "thumbnails.png")
