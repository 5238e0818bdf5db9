# SPDX-License-Identifier: Apache-2.0
"""Progress for people: a bar on a terminal, plain lines in a pipe, always on stderr."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from tilewright.batch import EngineProgress, Outcome

__all__ = ["BatchProgress", "open_progress", "told"]


def told(outcome: Outcome) -> str:
    """Tell what became of an image, in one line that names it once."""
    detail = outcome.message or outcome.reason
    return detail if outcome.key in detail else f"{outcome.key}: {detail}" if detail else outcome.key


class BatchProgress(Protocol):
    """What a batch tells of itself while it runs."""

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


class Silence:
    """Tells nothing."""

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

    def __enter__(self) -> Lines:
        return self

    def outcome(self, outcome: Outcome) -> None:
        print(f"{outcome.status:9} {told(outcome)}", file=sys.stderr, flush=True)


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

    def __enter__(self) -> Bar:
        self.bar.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.__exit__(kind, error, trace)

    def outcome(self, outcome: Outcome) -> None:
        if outcome.status == "failed":
            self.bar.console.print(f"failed  {told(outcome)}", style="red", markup=False)

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
