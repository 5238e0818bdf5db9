# SPDX-License-Identifier: Apache-2.0
"""The bar on a terminal."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from tilewright.batch import EngineProgress, Outcome
from tilewright.cli.progress import Silence, is_one_stream, told
from tilewright.printable import printable

__all__ = ["Bar"]


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
        """Say whether failures stand on the screen already."""
        return is_one_stream()

    def __enter__(self) -> Bar:
        self.bar.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.__exit__(kind, error, trace)

    def outcome(self, outcome: Outcome) -> None:
        """Tell a failure above the bar."""
        if outcome.status == "failed":
            line = f"failed  {told(outcome.key, outcome.message or outcome.reason)}"
            self.bar.console.print(line, style="red", markup=False, emoji=False, highlight=False)

    def note(self, text: str) -> None:
        """Tell it above the bar."""
        self.bar.console.print(f"note    {printable(text)}", style="yellow", markup=False, emoji=False, highlight=False)

    def progress(self, progress: EngineProgress) -> None:
        """Move the bar."""
        ended = progress.done + progress.skipped + progress.failed + progress.cancelled
        speed = f"{progress.raw_bytes / progress.seconds / 1e6:,.0f} MB/s" if progress.seconds > 0.2 else ""
        self.bar.update(
            self.task,
            description=f"{ended:,} of {progress.total:,} images",
            completed=progress.raw_bytes,
            total=max(progress.total_raw_bytes, 1),
            speed=speed,
        )
