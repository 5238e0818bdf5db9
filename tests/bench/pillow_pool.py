# SPDX-License-Identifier: Apache-2.0
"""The original tool's approach, written anew: Pillow, RGB, crop, save as PNG, one process an image.

pillow_pool.py OUTPUT WORKERS IMAGE...
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from PIL import Image

ROWS, COLUMNS = 4, 2  # 8 pieces, as the original cuts a square image


def tesselate(path: str, output: str) -> None:
    folder = Path(output, Path(path).stem)
    folder.mkdir(parents=True)
    with Image.open(path) as opened:
        image = opened.convert("RGB")
    width, height = image.width // COLUMNS, image.height // ROWS
    for index in range(ROWS * COLUMNS):
        x, y = index % COLUMNS * width, index // COLUMNS * height
        slice_image = image.crop((x, y, x + width, y + height))
        slice_image.save(folder / f"slice_{index}_{x}_{y}_{x + width}_{y + height}.png")


if __name__ == "__main__":
    _, output, workers, *images = sys.argv
    with ProcessPoolExecutor(int(workers)) as pool:
        for task in [pool.submit(tesselate, image, output) for image in images]:
            task.result()
