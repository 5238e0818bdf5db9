# SPDX-License-Identifier: Apache-2.0
"""Progress of a command that works on one thing: a bar of decoded bytes on a terminal, nothing in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tilewright.printable import printable
from tilewright.tile import ByteProgress

__all__ = ["byte_bar"]


@contextmanager
def byte_bar(wanted: bool | None, description: str, total_bytes: int | None) -> Iterator[ByteProgress | None]:
    """Open a bar and give the function that moves it; None where nobody looks.

    Parameters
    ----------
    wanted
        False: no bar. A bar that was asked for needs a terminal too; results tell the rest.
    description
        What is done.
    total_bytes
        Decoded bytes of all there is to do; None where nobody knows beforehand.
    """
    if wanted is False or not sys.stderr.isatty():
        yield None
        return
    # Slow to load, and only a terminal needs it.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        DownloadColumn(),
        TransferSpeedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    # It goes when all is done: the result says the same in a line.
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(printable(description), total=total_bytes)
        yield lambda done_bytes: bar.update(task, completed=done_bytes)
