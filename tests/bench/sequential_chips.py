# SPDX-License-Identifier: Apache-2.0
"""The original tool's approach to chips: each process opens one COG after the other, reads chips, saves them as PNG.

sequential_chips.py OUTPUT WORKERS ADDRESS...: four chips of 1024 px of each, GDAL reading, Pillow writing.
"""

from __future__ import annotations

import random
import sys
from multiprocessing import Process
from pathlib import Path

import numpy as np
from osgeo import gdal
from PIL import Image

CHIPS = 4
SIZE_PX = 1024
MARGIN_PX = 10


def chips_of(addresses: list[str], output: str) -> None:
    gdal.UseExceptions()
    for address in addresses:
        image = gdal.Open(address)
        cell_x = (image.RasterXSize - 2 * MARGIN_PX) // 2
        cell_y = (image.RasterYSize - 2 * MARGIN_PX) // 2
        for number in range(CHIPS):
            x = MARGIN_PX + (number % 2) * cell_x + random.randint(0, cell_x - SIZE_PX)
            y = MARGIN_PX + (number // 2) * cell_y + random.randint(0, cell_y - SIZE_PX)
            samples = np.moveaxis(image.ReadAsArray(x, y, SIZE_PX, SIZE_PX), 0, 2)
            name = f"A_{Path(address).stem}_{number + 1:02}.png"
            Image.fromarray(np.ascontiguousarray(samples)).save(Path(output, name))


if __name__ == "__main__":
    _, output, workers, *addresses = sys.argv
    Path(output).mkdir()
    count = int(workers)
    processes = [Process(target=chips_of, args=(addresses[i::count], output)) for i in range(count)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
