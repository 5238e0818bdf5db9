# SPDX-License-Identifier: Apache-2.0
"""Images prepared for a model, 640 x 640 JPEGs to 224 x 224 float32: tilewright beside Pillow, in turns.

squares_bench.py WORK [--repetitions 3] [--files 2000]: prints a Markdown table. Each contender uses all cores, and has
started before its time begins; its arrays are there, a batch of 64 after the other, in the process that asked. The
images are cut from photographs of TILEWRIGHT_DATA or ../shared/data, or from generated pictures.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from photographs import NAMES, make_photographs, photograph_folder
from PIL import Image
from pillow_squares import SIDE_PX, PickledSquares, SharedSquares

from tilewright.thumbnail import read_squares

CORES = len(os.sched_getaffinity(0))
BATCH = 64
FILE_PX = 640
QUALITY = 90

Image.MAX_IMAGE_PIXELS = None
Batches = Callable[[list[str]], Iterator[npt.NDArray[np.float32]]]


def make_files(work: Path, count: int) -> tuple[list[str], str]:
    """Cut photographs at random; also what they are, for the table's head."""
    photographs = photograph_folder()
    folder = work / ("squares" if photographs else "squares-generated")
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number:05}.jpg" for number in range(count)]
    if not all(path.exists() for path in paths):
        named = [photographs / name for name in NAMES] if photographs else make_photographs(work)[0]
        draw = random.Random(1)
        for first, source in enumerate(named):
            with Image.open(source) as opened:
                image = opened.convert("RGB")
            for path in paths[first :: len(named)]:
                left, top = draw.randrange(image.width - FILE_PX), draw.randrange(image.height - FILE_PX)
                image.crop((left, top, left + FILE_PX, top + FILE_PX)).save(path, quality=QUALITY)
    origin = "cut from photographs from the air" if photographs else "cut from generated pictures"
    return [str(path) for path in paths], origin


def tilewright(paths: list[str]) -> Iterator[npt.NDArray[np.float32]]:
    for first in range(0, len(paths), BATCH):
        squares, errors = read_squares(paths[first : first + BATCH], SIDE_PX, workers=CORES)
        assert not any(errors)
        yield squares


def images_a_second(batches: Batches, paths: list[str]) -> float:
    begun = time.perf_counter()
    count = sum(len(batch) for batch in batches(paths))
    seconds = time.perf_counter() - begun
    assert count == len(paths)
    return count / seconds


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=Path)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--files", type=int, default=2000)
    given = parser.parse_args()
    paths, origin = make_files(given.work, given.files)
    size = sum(len(Path(path).read_bytes()) for path in paths) / len(paths)  # and all are in the system's cache
    pools = {
        "Pillow": PickledSquares(CORES, draft=False),
        "Pillow, draft mode": PickledSquares(CORES, draft=True),
        "Pillow, draft mode, shared memory": SharedSquares(CORES, draft=True, batch=BATCH),
    }
    contenders: dict[str, Batches] = {"tilewright read_squares": tilewright}
    for name, pool in pools.items():
        contenders[name] = lambda some, pool=pool: pool.batches(some, BATCH)  # type: ignore[misc]
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for batches in contenders.values():
        images_a_second(batches, paths[: 4 * BATCH])  # starts what must be started
    for _ in range(given.repetitions):
        for name, batches in contenders.items():
            rates[name].append(images_a_second(batches, paths))
    for pool in pools.values():
        pool.close()
    ours = statistics.median(rates["tilewright read_squares"])
    print(f"| {len(paths)} JPEGs {FILE_PX} x {FILE_PX}, {size / 1024:.0f} KiB each, {origin}; {CORES} cores ", end="")
    print("| images/s | tilewright is times as fast |")
    print("|---|---|---|")
    for name, of_it in rates.items():
        rate = statistics.median(of_it)
        print(f"| {name} | {rate:.0f} | {ours / rate:.1f} |")


if __name__ == "__main__":
    main()
