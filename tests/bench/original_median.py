# SPDX-License-Identifier: Apache-2.0
"""The original worker's approach to a median window: threads read all of it, numba sorts the samples of each pixel.

original_median.py THREADS X Y WIDTH HEIGHT DATASET...: prints the seconds of reading and of the median, which is compiled
before.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
import rasterio
from rasterio.windows import Window


@numba.njit  # type: ignore[misc]
def luminance(sample):  # type: ignore[no-untyped-def]
    return sample[0] + sample[1] + sample[2]


@numba.njit  # type: ignore[misc]
def median(stack):  # type: ignore[no-untyped-def]
    count, bands, height, width = stack.shape
    image = np.zeros((bands, height, width), np.uint8)
    for y in range(height):
        for x in range(width):
            samples = [(0, 0, 0)]
            samples.pop()
            for i in range(count):
                r, g, b = int(stack[i, 0, y, x]), int(stack[i, 1, y, x]), int(stack[i, 2, y, x])
                if r in (0, 255) or g in (0, 255) or b in (0, 255):
                    continue
                samples.append((r, g, b))
            if samples:
                samples.sort(key=luminance)
                middle = samples[len(samples) // 2]
                for band in range(bands):
                    image[band, y, x] = middle[band]
    return image


def read(name: str, window: Window) -> np.ndarray:
    with rasterio.open(name) as dataset:
        return dataset.read(window=window)


def main() -> None:
    threads, x, y, width, height = map(int, sys.argv[1:6])
    median(np.full((2, 3, 2, 2), 7, np.uint8))
    begun = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        stack = np.stack(list(pool.map(lambda name: read(name, Window(x, y, width, height)), sys.argv[6:])))
    was_read = time.perf_counter()
    image = median(stack)
    print(was_read - begun, time.perf_counter() - was_read, int(image.sum()))


if __name__ == "__main__":
    main()
