# SPDX-License-Identifier: Apache-2.0
"""Windows written as lines of JSON, for whatever brings them to workers."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from tilewright import _core
from tilewright.dispatch.sending import Sent
from tilewright.dispatch.window_plan import PlannedWindow
from tilewright.places import place

__all__ = ["write_lines"]


def write_lines(
    file: str,
    windows: Sequence[PlannedWindow],
    datasets: Sequence[str],
    making: Mapping[str, Any] | None = None,
) -> list[Sent]:
    """Write what a worker's ``/median`` takes, a window a line.

    Parameters
    ----------
    file
        Path or address, written whole or not at all; ``"-"``: stdout.
    windows, datasets, making
        As for :meth:`PlannedWindow.payload`.

    Returns
    -------
    list of Sent
        One a window, in their order.

    Raises
    ------
    TilewrightError
        If it cannot be written.
    """
    lines = (json.dumps(window.payload(datasets, making)) + "\n" for window in windows)
    if file == "-":
        sys.stdout.writelines(lines)
        sys.stdout.flush()
    else:
        _core.write_bytes(place(file), "".join(lines).encode())
    return [Sent(window.name) for window in windows]
