# SPDX-License-Identifier: Apache-2.0
"""Which tiles are there: a look at the destination now and then."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from tilewright import _core
from tilewright.errors import NotFoundError
from tilewright.places import place

__all__ = ["missing_tiles", "wait_for_windows"]

#: Between two looks: soon for small scenes, seldom for those that take hours.
FIRST_LOOK_SECONDS, MOST_LOOK_SECONDS = 1.0, 15.0


def missing_tiles(destination: str, names: Iterable[str]) -> list[str]:
    """Name the tiles that are not there, in the order given; one listing, however many.

    Raises
    ------
    TilewrightError
        If the destination cannot be listed.
    """
    try:
        there = set(map(str, _core.file_names(place(destination))))
    except NotFoundError:
        there = set()
    return [name for name in names if name not in there]


def wait_for_windows(
    destination: str,
    names: Iterable[str],
    *,
    patience_s: float,
    on_look: Callable[[int, int], object] = lambda there, total: None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> list[str]:
    """Wait until all tiles are there, or none has come for a while.

    Parameters
    ----------
    destination
        Folder or address of the tiles.
    names
        Of all tiles.
    patience_s
        Seconds without a new tile after which no more are waited for; 0: one look.
    on_look
        Called after each look with the tiles that are there, and of how many.

    Returns
    -------
    list of str
        The names that are missing; empty: all are there.

    Raises
    ------
    TilewrightError
        If the destination cannot be listed, for a reason that does not pass.
    """
    names = list(names)
    missing = names
    last_news_s = clock()
    pause_s = FIRST_LOOK_SECONDS
    while True:
        still = missing_tiles(destination, missing)
        if len(still) < len(missing):
            last_news_s = clock()
        missing = still
        on_look(len(names) - len(missing), len(names))
        left_s = patience_s - (clock() - last_news_s)
        if not missing or left_s <= 0:
            return missing
        sleep(min(pause_s, left_s))
        pause_s = min(pause_s * 1.5, MOST_LOOK_SECONDS)
