# SPDX-License-Identifier: Apache-2.0
"""What all pictures have in common: how they look, and that they are small enough for a repository."""

from __future__ import annotations

import io
from pathlib import Path

import matplotlib as mpl

mpl.use("agg")
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

__all__ = ["BLUE", "GREEN", "MOST_BYTES", "ORANGE", "bare", "new", "rgb", "save", "save_picture"]

MOST_BYTES = 80_000
ORANGE, BLUE, GREEN = "#e8601c", "#1965b0", "#4eb265"

plt.rcParams.update({"font.size": 9, "axes.titlesize": 9, "figure.dpi": 100, "savefig.facecolor": "white"})


def new(width_px: int, height_px: int, *, titles_px: int = 0, **grid):
    """A figure of so many pixels and its axes; those of pictures fill it but for the titles above."""
    drawing, axes = plt.subplots(figsize=(width_px / 100, height_px / 100), **grid)
    if titles_px:
        side = 8 / width_px
        drawing.subplots_adjust(side, 8 / height_px, 1 - side, 1 - titles_px / height_px, wspace=0.04)
    else:
        drawing.set_layout_engine("tight")
    return drawing, axes


def bare(axis, title: str = "") -> None:
    """An axis without ticks; a title above."""
    axis.set_xticks([])
    axis.set_yticks([])
    for spine in axis.spines.values():
        spine.set_visible(False)
    if title:
        axis.set_title(title)


def rgb(samples: np.ndarray) -> np.ndarray:
    """(band, row, column) as pictures want it."""
    return np.moveaxis(samples[:3], 0, 2)


def save(figure, path: Path) -> None:
    """Write a figure."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png")
    plt.close(figure)
    save_picture(Image.open(drawn), path)


def save_picture(picture: Image.Image, path: Path) -> None:
    """Write a picture as PNG with as many colours as fit into MOST_BYTES."""
    for colors in (256, 128, 64, 32):
        few = picture.convert("RGB").quantize(colors, kmeans=1, dither=Image.Dither.NONE)
        few.save(path, optimize=True)
        if path.stat().st_size <= MOST_BYTES:
            return
    raise SystemExit(f"{path.name} does not fit into {MOST_BYTES:,} bytes; draw it smaller")
