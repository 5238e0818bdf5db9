# SPDX-License-Identifier: Apache-2.0
"""The end of a worker: nothing new is begun, what runs may end, and what takes too long is stopped."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["Drain", "StoppedError"]


class StoppedError(Exception):
    """Raised in the work that the time is up for."""


class Drain:
    """Tells whether the worker is ending.

    Safe to be called from signal handlers and any thread.

    Parameters
    ----------
    seconds
        What running work is given to end by itself.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._deadline: float | None = None

    def begin(self) -> None:
        """Begin to end; the second call stops what runs at once."""
        now = self._clock()
        self._deadline = now + self.seconds if self._deadline is None else now

    @property
    def has_begun(self) -> bool:
        """Whether nothing new is to be begun."""
        return self._deadline is not None

    def require_time(self) -> None:
        """Stop the work that calls it, if the time is up.

        Raises
        ------
        StoppedError
            If it is.
        """
        if self._deadline is not None and self._clock() >= self._deadline:
            raise StoppedError
