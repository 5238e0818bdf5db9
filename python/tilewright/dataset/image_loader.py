# SPDX-License-Identifier: Apache-2.0
"""Batches of images as a backbone takes them: decoded, cropped and resampled by the library's threads."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from tilewright import _core
from tilewright._core import SquareOptions
from tilewright.errors import TilewrightError, reason

__all__ = ["ImageLoader", "LoadedImages"]

_FIRST_WAIT_S = 0.1
_LONGEST_WAIT_S = 5.0
#: Codes of errors that no further attempt would spare.
_DAMAGED = {"corrupt", "unsupported", "resource"}


@dataclass
class LoadedImages:
    """Images of a batch.

    Attributes
    ----------
    pixels
        Shape (image, 3, row, column), float32: those that could be read.
    places
        Of each of them in the batch.
    unreadable
        Why others never can, by their place in the batch.
    failed
        Why others could not this time.
    """

    pixels: npt.NDArray[np.float32]
    places: list[int]
    unreadable: dict[int, str] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)


class ImageLoader:
    """Reads images; what fails and may pass is tried again, a little later each time.

    Parameters
    ----------
    size_px
        Side of the squares that come of them.
    mean, std
        Of the bands, for samples from 0 to 1.
    workers
        Threads; 0: one a processor.
    retries
        Further attempts after an error that may pass.
    """

    def __init__(
        self, size_px: int, mean: tuple[float, ...], std: tuple[float, ...], workers: int, retries: int
    ) -> None:
        self._options = SquareOptions(size_px, list(mean), list(std))
        self._workers = workers
        self._retries = retries

    def load(self, paths: list[str]) -> LoadedImages:
        """Read images, each of them or the reason why not."""
        pixels, errors = _core.read_squares(paths, self._options, self._workers)
        wait_s = _FIRST_WAIT_S
        for _ in range(self._retries):
            again = [place for place, error in enumerate(errors) if error is not None and _may_pass(error)]
            if not again:
                break
            time.sleep(wait_s)
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
            repeated, repeated_errors = _core.read_squares([paths[p] for p in again], self._options, self._workers)
            for number, place in enumerate(again):
                pixels[place] = repeated[number]
                errors[place] = repeated_errors[number]
        if not any(errors):
            return LoadedImages(pixels, list(range(len(paths))))
        loaded = LoadedImages(pixels, [place for place, error in enumerate(errors) if error is None])
        loaded.pixels = pixels[loaded.places]
        for place, error in enumerate(errors):
            if error is not None:
                reasons = loaded.unreadable if error.code in _DAMAGED else loaded.failed
                reasons[place] = reason(str(error), paths[place])
        return loaded


def _may_pass(error: TilewrightError) -> bool:
    # Disks of the network fail for moments, and the system calls that no more than an error of reading.
    return error.transient or error.code == "io"
