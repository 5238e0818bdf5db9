# SPDX-License-Identifier: Apache-2.0
"""Progress of a command that goes through stages: a bar of counts on a terminal, lines for log collectors."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tilewright.cli.json_logs import PROGRESS_SECONDS, JsonLogs, active

__all__ = ["count_bar"]


@contextmanager
def count_bar(wanted: bool | None) -> Iterator[Callable[[int, int, str], None]]:
    """Open a bar and give the function that moves it, called with what is done, of how many, and their unit.

    Parameters
    ----------
    wanted
        False: no bar. A bar that was asked for needs a terminal too; results tell the rest.
    """
    if (logs := active()) and wanted is not False:
        yield _lines(logs)
        return
    if wanted is False or not sys.stderr.isatty():
        yield lambda done, total, unit: None
        return
    # Slow to load, and only a terminal needs it.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    # It goes when all is done: the reports say the same in lines.
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("looking at what there is", total=None)

        def tell(done: int, total: int, unit: str) -> None:
            if bar.tasks[0].description != unit:
                bar.reset(task, description=unit, total=total or None, completed=done)
            bar.update(task, completed=done, total=total or None)

        yield tell


def _lines(logs: JsonLogs) -> Callable[[int, int, str], None]:
    """Give what tells now and then how far a stage is."""
    last = time.monotonic()

    def tell(done: int, total: int, unit: str) -> None:
        nonlocal last
        if time.monotonic() - last >= PROGRESS_SECONDS:
            last = time.monotonic()
            of = f" of {total:,}" if total else ""
            logs.write("INFO", f"{done:,}{of} {unit}", done=done, total=total or None)

    return tell
