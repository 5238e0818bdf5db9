# SPDX-License-Identifier: Apache-2.0
"""Progress for people: a bar on a terminal, plain lines in a pipe, always on stderr."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from tilewright.batch import EngineProgress, Outcome
from tilewright.errors import reason

__all__ = ["BatchProgress", "counted", "open_progress", "told"]


def counted(count: int, what: str) -> str:
    """Write a number and its noun: 1 folder, 2 folders."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def told(name: str, message: str) -> str:
    """Tell what became of an image, in one line that names it once, as it is called below the batch's input."""
    return f"{name}: {reason(message, name)}" if message else name


class BatchProgress(Protocol):
    """What a batch tells of itself while it runs."""

    def told_failures(self) -> bool:
        """Whether who reads stdout has been told on stderr already which images failed."""

    def __enter__(self) -> BatchProgress: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def outcome(self, outcome: Outcome) -> None:
        """Take note of an image that ended."""

    def progress(self, progress: EngineProgress) -> None:
        """Show the counts so far."""


def open_progress(wanted: bool | None) -> BatchProgress:
    """Open a bar on a terminal; lines where progress was asked for without one, or in a pipe; silence if refused."""
    if wanted is False:
        return Silence()
    return Bar() if sys.stderr.isatty() else Lines()


def is_one_stream() -> bool:
    """Whether stdout and stderr end in the same terminal, file or pipe."""
    try:
        return os.path.samestat(os.fstat(sys.stdout.fileno()), os.fstat(sys.stderr.fileno()))
    except (OSError, ValueError):
        return False


class Silence:
    """Tells nothing."""

    def told_failures(self) -> bool:
        return False

    def __enter__(self) -> Silence:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def outcome(self, outcome: Outcome) -> None:
        return None

    def progress(self, progress: EngineProgress) -> None:
        return None


class Lines(Silence):
    """One line an image that ends, as log collectors and pipes want them."""

    def told_failures(self) -> bool:
        return is_one_stream()

    def __enter__(self) -> Lines:
        return self

    def outcome(self, outcome: Outcome) -> None:
        print(f"{outcome.status:9} {told(outcome.key, outcome.message or outcome.reason)}", file=sys.stderr, flush=True)


class Bar(Silence):
    """A bar fed with decoded bytes, so that a few large images move it as smoothly as many small ones."""

    def __init__(self) -> None:
        self.console = Console(stderr=True)
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TaskProgressColumn(),
            TextColumn("{task.fields[speed]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=self.console,
        )
        self.task = self.bar.add_task("planning", total=None, speed="")

    def told_failures(self) -> bool:
        return is_one_stream()

    def __enter__(self) -> Bar:
        self.bar.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.__exit__(kind, error, trace)

    def outcome(self, outcome: Outcome) -> None:
        if outcome.status == "failed":
            line = f"failed  {told(outcome.key, outcome.message or outcome.reason)}"
            self.bar.console.print(line, style="red", markup=False, highlight=False)

    def progress(self, progress: EngineProgress) -> None:
        ended = progress.done + progress.skipped + progress.failed + progress.cancelled
        speed = f"{progress.raw_bytes / progress.seconds / 1e6:,.0f} MB/s" if progress.seconds > 0.2 else ""
        self.bar.update(
            self.task,
            description=f"{ended:,} of {progress.total:,} images",
            completed=progress.raw_bytes,
            total=max(progress.total_raw_bytes, 1),
            speed=speed,
        )
