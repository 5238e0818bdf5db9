# SPDX-License-Identifier: Apache-2.0
"""Messages of a run, handed to Python's logging where a program listens."""

from __future__ import annotations

import sys
from collections.abc import Callable

__all__ = ["log_to"]


def log_to(name: str) -> Callable[[str, str, str], None]:
    """Give what writes a message of a level to the logger `name`.

    Records have a `task`: the key of the image whose end they tell, else empty.

    Examples
    --------
    >>> log_to("tilewright.batch")("INFO", "nobody listens", "")
    """

    def write(level: str, message: str, task: str) -> None:
        # A program that never loaded logging listens to none; and a library prints nothing unless its program asks.
        if logging := sys.modules.get("logging"):
            log = logging.getLogger(name)
            if log.hasHandlers():
                log.log(logging.getLevelName(level), message, extra={"task": task})

    return write
