# SPDX-License-Identifier: Apache-2.0
"""An image, and the pieces it was cut into."""

from pathlib import Path

import figure
from landscape import aerial
from matplotlib.patches import Rectangle

import tilewright as tw
from tilewright import raster


def draw(images: Path, scratch: Path) -> None:
    raster.write(scratch / "photo.tif", aerial(600, 800, 3))
    manifest = tw.tesselate(scratch / "photo.tif", scratch / "slices", tw.PiecesLayout(8))
    drawing, (before, after) = figure.new(860, 350, titles_px=28, ncols=2)
    before.imshow(figure.rgb(raster.read(scratch / "photo.tif")))
    figure.bare(before, "photo.tif, 800 x 600 px")
    before.set_anchor("N")
    gap = 22
    ends_x, ends_y = sorted({s.window.x_px for s in manifest.slices}), sorted({s.window.y_px for s in manifest.slices})
    for number, piece in enumerate(manifest.slices):
        window = piece.window
        before.add_patch(
            Rectangle((window.x_px, window.y_px), window.width_px, window.height_px, fill=False, ec="white", lw=1.4)
        )
        x = window.x_px + gap * ends_x.index(window.x_px)
        y = window.y_px + 2 * gap * ends_y.index(window.y_px)
        samples = raster.read(scratch / "slices" / piece.filename)
        after.imshow(figure.rgb(samples), extent=(x, x + window.width_px, y + window.height_px, y))
        after.text(x + 8, y + 30, str(number), color="white", weight="bold")
        name = piece.filename.removeprefix("slice_").removesuffix(".png")
        after.text(x + window.width_px / 2, y + window.height_px + 8, f"..{name}", ha="center", va="top", fontsize=6)
    after.set_xlim(0, 800 + gap * (len(ends_x) - 1))
    after.set_ylim(600 + 2 * gap * len(ends_y), 0)
    figure.bare(after, "slices/: 8 PNGs, slice_0_0_0_200_300.png, ...")
    figure.save(drawing, images / "tesselate.png")
