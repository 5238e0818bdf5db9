# SPDX-License-Identifier: Apache-2.0
"""Where the chips of three rounds lie in an image, and the chips of the first."""

from pathlib import Path

import figure
from landscape import aerial
from matplotlib.patches import Rectangle

from tilewright import extract_chips, raster
from tilewright.chip import read_chip_sets

SIZE_PX = 150
COLORS = {"A": figure.ORANGE, "B": figure.BLUE, "C": "white"}


def draw(images: Path, scratch: Path) -> None:
    (scratch / "cogs").mkdir()
    raster.write(scratch / "cogs/cap-29792.tif", aerial(640, 860, 11))
    for prefix in COLORS:
        extract_chips(scratch / "cogs", scratch / "chips", count=4, size_px=SIZE_PX, prefix=prefix)
    drawing, axes = figure.new(860, 340, titles_px=28, ncols=2, width_ratios=(1.55, 1))
    axes[0].imshow(figure.rgb(raster.read(scratch / "cogs/cap-29792.tif")))
    figure.bare(axes[0], "cap-29792.tif: rounds A, B and C, 4 chips each; none overlaps another")
    first = []
    for chips in read_chip_sets(scratch / "chips"):
        for chip in chips.chips:
            window, color = chip.window, COLORS[chips.prefix]
            axes[0].add_patch(Rectangle((window.x_px, window.y_px), SIZE_PX, SIZE_PX, fill=False, ec=color, lw=2))
            axes[0].text(window.x_px + 6, window.y_px + 30, chips.prefix, color=color, weight="bold")
            if chips.prefix == "A":
                first.append(f"{chips.folder}/{chip.filename}")
    for place, name in enumerate(first):
        x, y = place % 2 * (SIZE_PX + 14), place // 2 * (SIZE_PX + 34)
        axes[1].imshow(figure.rgb(raster.read(scratch / "chips" / name)), extent=(x, x + SIZE_PX, y + SIZE_PX, y))
        axes[1].text(x + SIZE_PX / 2, y + SIZE_PX + 4, name, ha="center", va="top", fontsize=7)
    axes[1].set_xlim(0, 2 * SIZE_PX + 14)
    axes[1].set_ylim(2 * SIZE_PX + 58, 0)
    figure.bare(axes[1], "the four chips of round A")
    figure.save(drawing, images / "chips.png")
