# SPDX-License-Identifier: Apache-2.0
"""Cloudy scenes, the image that was made of them, and how many samples counted."""

from pathlib import Path

import figure
import numpy as np
from landscape import aerial, clouds

from tilewright import raster
from tilewright.composite import StackOptions, composite

HEIGHT_PX, WIDTH_PX, SCENES = 320, 400, 12


def make_scenes(folder: Path) -> tuple[list[Path], list[Path]]:
    """So many days over the same ground, and a mask of each: 9 where a cloud hides it, 3 where its shadow does."""
    folder.mkdir()
    ground = aerial(HEIGHT_PX, WIDTH_PX, 31).astype(float)
    random = np.random.default_rng(32)
    scenes, masks = [], []
    for day in range(SCENES):
        opacity, shadow = clouds(HEIGHT_PX, WIDTH_PX, 100 + day, random.uniform(0.15, 0.6))
        seen = ground * random.uniform(0.94, 1.06) * (1 - 0.5 * shadow)
        seen = seen * (1 - opacity) + 238 * opacity
        scenes.append(folder / f"2024-06-{day + 1:02}.tif")
        masks.append(folder / f"mask-{day + 1:02}.tif")
        raster.write(scenes[-1], np.clip(seen, 1, 254).astype(np.uint8))
        hidden = np.where(opacity > 0.03, 9, np.where(shadow > 0.05, 3, 4)).astype(np.uint8)
        raster.write(masks[-1], hidden[np.newaxis])
    return scenes, masks


def draw(images: Path, scratch: Path) -> None:
    scenes, masks = make_scenes(scratch / "scenes")
    made = composite(scenes, (0, 0, WIDTH_PX, HEIGHT_PX), stack=StackOptions(masks=masks, hidden_classes=[3, 9]))
    drawing, axes = figure.new(840, 440, nrows=2, ncols=3)
    for axis, scene in zip(axes.flat, scenes[:4], strict=False):
        axis.imshow(figure.rgb(raster.read(scene)))
        figure.bare(axis, scene.name)
    axes[1, 1].imshow(figure.rgb(made.image))
    figure.bare(axes[1, 1], f"median luminance of {SCENES} scenes")
    drawn = axes[1, 2].imshow(made.counts, cmap="viridis", vmin=0)
    figure.bare(axes[1, 2], "samples that counted")
    drawing.colorbar(drawn, ax=axes[1, 2], shrink=0.85)
    figure.save(drawing, images / "composite.png")
