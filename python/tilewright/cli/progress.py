# SPDX-License-Identifier: Apache-2.0
"""Progress for people: a bar on a terminal, plain lines in a pipe, always on stderr."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import Protocol

from tilewright.batch import EngineProgress, Outcome
from tilewright.cli.json_logs import JsonProgress, active
from tilewright.errors import reason
from tilewright.printable import printable

__all__ = ["BatchProgress", "counted", "open_progress", "told"]


def counted(count: int, what: str) -> str:
    """Write a number and its noun: 1 folder, 2 folders."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def told(name: str, message: str) -> str:
    """Tell what became of an image, in one line that names it once, as it is called below the batch's input."""
    return printable(f"{name}: {reason(message, name)}" if message else name)


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

    def note(self, text: str) -> None:
        """Tell what is worth knowing and no failure: a machine that went away."""


def open_progress(wanted: bool | None) -> BatchProgress:
    """Open a bar on a terminal; lines where progress was asked for without one, or in a pipe; silence if refused.

    Where stderr is JSON: lines of that.
    """
    if logs := active():
        return JsonProgress(logs, wanted is not False)
    if wanted is False:
        return Silence()
    if not sys.stderr.isatty():
        return Lines()
    from tilewright.cli.progress_bar import Bar  # noqa: PLC0415 - rich is slow to load, and only a terminal needs it

    return Bar()


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

    def note(self, text: str) -> None:
        return None


class Lines(Silence):
    """One line an image that ends, as log collectors and pipes want them."""

    def told_failures(self) -> bool:
        return is_one_stream()

    def __enter__(self) -> Lines:
        return self

    def outcome(self, outcome: Outcome) -> None:
        print(f"{outcome.status:9} {told(outcome.key, outcome.message or outcome.reason)}", file=sys.stderr, flush=True)

    def note(self, text: str) -> None:
        print(f"note      {printable(text)}", file=sys.stderr, flush=True)
