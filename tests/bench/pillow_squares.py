# SPDX-License-Identifier: Apache-2.0
"""Squares as models take them, by Pillow in processes: RGB, middle square, LANCZOS, normalised by NumPy."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from multiprocessing.shared_memory import SharedMemory

import numpy as np
import numpy.typing as npt
from PIL import Image

SIDE_PX = 224
MEAN = np.array((0.485, 0.456, 0.406), np.float32)
STD = np.array((0.229, 0.224, 0.225), np.float32)
SHAPE = (3, SIDE_PX, SIDE_PX)

Array = npt.NDArray[np.float32]
#: Of a process of a pool: the memory that all see, and its array.
shared: list[tuple[SharedMemory, Array]] = []


def prepare(path: str, draft: bool) -> Array:
    with Image.open(path) as image:
        if draft:
            image.draft("RGB", (SIDE_PX, SIDE_PX))
        rgb = image.convert("RGB")
    side = min(rgb.size)
    left, top = (rgb.width - side) // 2, (rgb.height - side) // 2
    square = rgb.crop((left, top, left + side, top + side)).resize((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)
    normalised = (np.asarray(square, np.float32) / 255 - MEAN) / STD
    return np.ascontiguousarray(normalised.transpose(2, 0, 1))


def prepare_task(task: tuple[str, bool]) -> Array:
    return prepare(*task)


def open_shared(name: str, batch: int) -> None:
    memory = SharedMemory(name)
    shared.append((memory, np.ndarray((batch, *SHAPE), np.float32, memory.buf)))


def prepare_shared(task: tuple[int, str, bool]) -> None:
    place, path, draft = task
    ((_, array),) = shared
    array[place] = prepare(path, draft)


class PickledSquares:
    """Arrays come back as pools send them."""

    def __init__(self, workers: int, draft: bool) -> None:
        self._draft = draft
        self._pool = multiprocessing.get_context("spawn").Pool(workers)

    def batches(self, paths: list[str], batch: int) -> Iterator[Array]:
        squares = self._pool.imap(prepare_task, [(path, self._draft) for path in paths], chunksize=4)
        for first in range(0, len(paths), batch):
            yield np.stack([next(squares) for _ in paths[first : first + batch]])

    def close(self) -> None:
        self._pool.terminate()
        self._pool.join()


class SharedSquares:
    """Arrays are written to memory that all see."""

    def __init__(self, workers: int, draft: bool, batch: int) -> None:
        self._draft = draft
        self._memory = SharedMemory(create=True, size=batch * int(np.prod(SHAPE)) * 4)
        self._array = np.ndarray((batch, *SHAPE), np.float32, self._memory.buf)
        start = (self._memory.name, batch)
        self._pool = multiprocessing.get_context("spawn").Pool(workers, open_shared, start)

    def batches(self, paths: list[str], batch: int) -> Iterator[Array]:
        for first in range(0, len(paths), batch):
            part = paths[first : first + batch]
            tasks = [(place, path, self._draft) for place, path in enumerate(part)]
            self._pool.map(prepare_shared, tasks, chunksize=4)
            yield self._array[: len(part)]

    def close(self) -> None:
        self._pool.terminate()
        self._pool.join()
        del self._array
        self._memory.close()
        self._memory.unlink()
