# SPDX-License-Identifier: Apache-2.0
"""The windows that cover a scene, and what a worker is told of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tilewright.errors import InvalidArgumentError
from tilewright.layout import Window

__all__ = ["PlannedWindow", "plan_windows"]


@dataclass(frozen=True)
class PlannedWindow:
    """A window, and the tile that is to become of it."""

    window: Window
    name: str  #: of the tile, below the destination
    destination: str  #: path or address of the tile

    def payload(self, datasets: Sequence[str], making: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Give what a worker's ``/median`` takes.

        Parameters
        ----------
        datasets
            Places of co-registered rasters.
        making
            ``options``, ``stack`` and ``files``, where the defaults will not do.
        """
        places = {"window": list(self.window), "destination": self.destination, "datasets": list(datasets)}
        return places | dict(making or {})


def plan_windows(width_px: int, height_px: int, destination: str, window_size_px: int = 1024) -> list[PlannedWindow]:
    """Cover a scene with square windows, column by column; those at the right and lower edges are clipped.

    Parameters
    ----------
    width_px, height_px
        Of the scene; at least 1.
    destination
        Folder or address of the tiles, which are called ``tile_{x}_{y}.tif``.
    window_size_px
        Side of a window; at least 1.

    Raises
    ------
    InvalidArgumentError
        For sizes below 1.

    Examples
    --------
    >>> [planned.name for planned in plan_windows(1500, 1100, "gs://bucket/results")]
    ['tile_0_0.tif', 'tile_0_1024.tif', 'tile_1024_0.tif', 'tile_1024_1024.tif']
    """
    if min(width_px, height_px, window_size_px) < 1:
        raise InvalidArgumentError("width, height and window size must be at least 1 px", "window_size")
    root = destination.rstrip("/")
    planned = []
    for x in range(0, width_px, window_size_px):
        for y in range(0, height_px, window_size_px):
            window = Window(x, y, min(window_size_px, width_px - x), min(window_size_px, height_px - y))
            name = f"tile_{x}_{y}.tif"
            planned.append(PlannedWindow(window, name, f"{root}/{name}"))
    return planned
