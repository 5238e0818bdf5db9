# SPDX-License-Identifier: Apache-2.0
"""16 bits, cut by way of 8-bit RGB as many tools do, and cut by tilewright."""

from pathlib import Path

import figure
import numpy as np
from landscape import aerial, elevation
from PIL import Image

import tilewright as tw
from tilewright import raster


def draw(images: Path, scratch: Path) -> None:
    ground = aerial(420, 420, 5)[1] / 255 * 0.6 + elevation(420, 420, 5) * 0.4
    band = (220 + 3000 * ground**2).astype(np.uint16)[np.newaxis]
    raster.write(scratch / "band.tif", band)
    clipped = np.asarray(Image.open(scratch / "band.tif").convert("RGB"))
    manifest = tw.tesselate(scratch / "band.tif", scratch / "slices", tw.PiecesLayout(4))
    back = tw.reconstruct_array(manifest)
    low, high = np.percentile(band, (1, 99))
    drawing, axes = figure.new(840, 322, titles_px=42, ncols=3)
    for axis, picture, title in (
        (axes[0], band[0], f"the original: uint16, {band.min():,} to {band.max():,}"),
        (
            axes[2],
            back[0],
            f"cut and put together by tilewright:\n{(back != band).sum()} of {band.size:,} samples differ",
        ),
    ):
        axis.imshow(picture, cmap="gray", vmin=low, vmax=high)
        figure.bare(axis, title)
    axes[1].imshow(clipped)
    different = (clipped[..., 0] != band[0]).mean()
    figure.bare(axes[1], f"by way of Pillow's convert('RGB'):\n{different:.0%} of the samples differ")
    for spine in axes[1].spines.values():
        spine.set_visible(True)
    figure.save(drawing, images / "lossless.png")
