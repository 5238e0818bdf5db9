# SPDX-License-Identifier: Apache-2.0
"""Progress of windows that were sent: a bar on a terminal, lines in a pipe, on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Protocol

from tilewright.cli.json_logs import JsonLogs, active
from tilewright.dispatch.sending import Sent
from tilewright.printable import printable

__all__ = ["WindowProgress", "open_window_progress"]


class WindowProgress(Protocol):
    """What is told while windows are sent and waited for."""

    def sent(self, sent: Sent) -> None:
        """Take note of a window that was taken or not."""

    def looked(self, there: int, total: int) -> None:
        """Tell how many tiles are there."""


@contextmanager
def open_window_progress(wanted: bool | None, windows: int) -> Iterator[WindowProgress]:
    """Open a bar on a terminal, lines elsewhere, silence if refused; where stderr is JSON: lines of that."""
    if logs := active():
        yield _JsonLines(logs)
    elif wanted is False:
        yield _Silence()
    elif not sys.stderr.isatty():
        yield _Lines()
    else:
        with _Bar(windows) as bar:
            yield bar


class _Silence:
    def sent(self, sent: Sent) -> None:
        return None

    def looked(self, there: int, total: int) -> None:
        return None


class _Lines:
    def __init__(self) -> None:
        self.last = -1

    def sent(self, sent: Sent) -> None:
        told = f"failed    {sent.name}: {sent.error}" if sent.error else f"sent      {sent.name}"
        print(printable(told), file=sys.stderr, flush=True)

    def looked(self, there: int, total: int) -> None:
        if there != self.last:
            self.last = there
            print(f"there     {there:,} of {total:,} tiles", file=sys.stderr, flush=True)


class _JsonLines:
    def __init__(self, logs: JsonLogs) -> None:
        self.logs = logs
        self.last = -1

    def sent(self, sent: Sent) -> None:
        severity, told = ("ERROR", f"failed: {sent.name}: {sent.error}") if sent.error else ("INFO", sent.name)
        self.logs.write(severity, told, task=sent.name, status=sent.status or None, attempts=sent.attempts)

    def looked(self, there: int, total: int) -> None:
        if there != self.last:
            self.last = there
            self.logs.write("INFO", f"{there:,} of {total:,} tiles are there", done=there, total=total)


class _Bar:
    def __init__(self, windows: int) -> None:
        # Slow to load, and only a terminal needs it.
        from rich.console import Console  # noqa: PLC0415
        from rich.progress import (  # noqa: PLC0415
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
        )

        columns = (TextColumn("{task.description}"), BarColumn(bar_width=None), MofNCompleteColumn())
        self.bar = Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True))
        self.task = self.bar.add_task("windows sent", total=windows)
        self.tiles = self.bar.add_task("tiles there", total=windows, visible=False)

    def __enter__(self) -> _Bar:
        self.bar.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.__exit__(kind, error, trace)

    def sent(self, sent: Sent) -> None:
        if sent.error:
            line = printable(f"failed  {sent.name}: {sent.error}")
            self.bar.console.print(line, style="red", markup=False, emoji=False, highlight=False)
        self.bar.advance(self.task)

    def looked(self, there: int, total: int) -> None:
        self.bar.update(self.tiles, completed=there, visible=True)
