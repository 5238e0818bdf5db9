# SPDX-License-Identifier: Apache-2.0
"""A scene that workers make window by window, as its tiles arrive."""

from pathlib import Path

import composite
import figure
import numpy as np
from matplotlib.patches import Rectangle

from tilewright import raster
from tilewright.composite import StackOptions, write_composite

SIDE_PX = 80


def draw(images: Path, scratch: Path) -> None:
    scenes, masks = composite.make_scenes(scratch / "scenes")
    stack = StackOptions(masks=masks, hidden_classes=[3, 9])
    tiles = []
    for x in range(0, composite.WIDTH_PX, SIDE_PX):
        for y in range(0, composite.HEIGHT_PX, SIDE_PX):
            width, height = min(SIDE_PX, composite.WIDTH_PX - x), min(SIDE_PX, composite.HEIGHT_PX - y)
            tiles.append((x, y, width, height))
            write_composite(scratch / f"tile_{x}_{y}.tif", scenes, tiles[-1], stack=stack)
    drawing, axes = figure.new(840, 265, ncols=3)
    # Workers end in another order than they begin.
    arrival = [tiles[i] for i in np.argsort(np.arange(len(tiles)) + np.random.default_rng(2).uniform(0, 6, len(tiles)))]
    for axis, count in zip(axes, (1, 11, len(tiles)), strict=True):
        axis.set_xlim(0, composite.WIDTH_PX)
        axis.set_ylim(composite.HEIGHT_PX, 0)
        axis.set_aspect("equal")
        for x, y, width, height in tiles:
            axis.add_patch(Rectangle((x, y), width, height, fc="#eeeeee", ec="#bbbbbb", lw=0.6, zorder=-1))
        for x, y, width, height in arrival[:count]:
            samples = raster.read(scratch / f"tile_{x}_{y}.tif")
            axis.imshow(figure.rgb(samples), extent=(x, x + width, y + height, y))
            if count < len(tiles):
                axis.text(x + 4, y + 5, f"{x}_{y}", va="top", fontsize=6, color="white")
        axis.set_xlim(0, composite.WIDTH_PX)
        axis.set_ylim(composite.HEIGHT_PX, 0)
    figure.bare(axes[0], "tilewright dispatch ... --limit 1")
    figure.bare(axes[1], f"tilewright dispatch ... --wait: 11 of {len(tiles)}")
    figure.bare(axes[2], "tilewright mosaic median.tif 'tile_*.tif'")
    figure.save(drawing, images / "dispatch.png")
