# SPDX-License-Identifier: Apache-2.0
"""What a command tells, for log collectors: one JSON object a line on stderr.

The members are those that Google Cloud Logging reads (``severity``, ``message``, ``time``); all others it keeps in
``jsonPayload``. CloudWatch Logs Insights finds every member by its name.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
import sys
import time
from collections.abc import Iterator, Sequence
from os import PathLike, fspath
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from tilewright.printable import printable

if TYPE_CHECKING:
    from tilewright.batch import BatchReport, EngineProgress, Outcome, Shard

__all__ = ["JsonLogs", "JsonProgress", "active", "json_logs", "wanted"]

SEVERITIES = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}
#: Between two lines about how far a run is.
PROGRESS_SECONDS = 30.0

_active: list[JsonLogs] = []


def wanted(arguments: Sequence[str]) -> bool:
    """Whether a command line asks for JSON, before it is understood: what is wrong with it is to be told so too."""
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    return any(pair == ("--log-format", "json") or pair[0] == "--log-format=json" for pair in pairs)


def active() -> JsonLogs | None:
    """Give the log that messages go to; None where they go to people."""
    return _active[-1] if _active else None


@contextlib.contextmanager
def json_logs(command: str) -> Iterator[JsonLogs]:
    """Have everything told as JSON, messages of the package and of others included."""
    logs = JsonLogs(command)
    # Slow to load, and few runs want it.
    from tilewright.cli.log_handler import listening  # noqa: PLC0415

    with listening(logs):
        _active.append(logs)
        try:
            yield logs
        finally:
            _active.pop()


class JsonLogs:
    """Lines of one command.

    Parameters
    ----------
    command
        Its name, which stands in each line.
    """

    def __init__(self, command: str) -> None:
        self.command = command
        self.level = "INFO"
        self.shard = ""
        self.input: PathLike[str] | None = None

    def begin(self, source: PathLike[str], shard: Shard | None = None, level: str = "INFO") -> None:
        """Say what the lines to come are about: the input, this worker's share, and the least severity to be told."""
        self.input = source
        self.shard = f"{shard.index}/{shard.count}" if shard else ""
        self.level = level.upper()

    def write(self, severity: str, message: str, **members: object) -> None:
        """Write a line; members that are None or empty are left out."""
        if SEVERITIES[severity] < SEVERITIES.get(self.level, 0):
            return
        line = {
            "severity": severity,
            "time": time_text(time.time_ns()),
            "message": printable(message),
            "command": self.command,
            "shard": self.shard,
        } | members
        text = json.dumps({key: _plain(value) for key, value in line.items() if value not in (None, "")})
        # A collector that went away must not end the work.
        with contextlib.suppress(OSError, ValueError):
            print(text, file=sys.stderr, flush=True)

    def source_of(self, task: str) -> str:
        """Give the whole path or address of the image that a task is about."""
        if self.input is None:
            return task
        name = re.sub(r"#page=\d+$", "", task)
        given = fspath(self.input)
        # A task of a single image is called by the image's name.
        if given.replace("\\", "/").rpartition("/")[2] == name and not Path(given).is_dir():
            return given
        return f"{given.rstrip('/')}/{name}"

    def outcome(self, outcome: Outcome) -> None:
        """Tell how a task ended."""
        from tilewright.cli.progress import told  # noqa: PLC0415 - that module needs this one

        severity = {"failed": "ERROR", "cancelled": "DEBUG"}.get(outcome.status, "INFO")
        self.write(
            severity,
            f"{outcome.status}: {told(outcome.key, outcome.message or outcome.reason)}",
            task=outcome.key,
            source=self.source_of(outcome.key),
            status=outcome.status,
            reason=outcome.reason,
            code=outcome.code,
            attempts=outcome.attempts,
            seconds=round(outcome.seconds, 3),
            raw_bytes=outcome.raw_bytes,
            written_bytes=outcome.written_bytes,
            outputs=outcome.outputs,
        )

    def ended(self, report: BatchReport, exit_code: int) -> None:
        """Tell how a run ended, in figures."""
        counts = {name: getattr(report, name) for name in ("done", "skipped", "failed", "cancelled")}
        told = ", ".join(f"{count:,} {name}" for name, count in counts.items())
        self.write(
            "ERROR" if exit_code else "INFO",
            f"{self.command} ended with exit code {exit_code}: {told}",
            exit_code=exit_code,
            found=sum(counts.values()),
            **counts,
            seconds=round(report.seconds, 3),
            raw_bytes=report.raw_bytes,
            written_bytes=report.written_bytes,
        )

    def error(self, message: str, exit_code: int, **members: object) -> None:
        """Tell why the command ends."""
        self.write("ERROR", message, exit_code=exit_code, **members)

    def crashed(self, error: Exception, exit_code: int) -> None:
        """Tell of a defect of this program."""
        import traceback  # noqa: PLC0415 - for defects only

        trace = "".join(traceback.format_exception(error))
        self.write("CRITICAL", f"{type(error).__name__}: {error}", exit_code=exit_code, stack_trace=trace)


def time_text(nanoseconds: int) -> str:
    """Write a time since 1970-01-01 UTC as collectors read it.

    Examples
    --------
    >>> time_text(1_772_373_909_123_456_789)
    '2026-03-01T14:05:09.123Z'
    """
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest // 1_000_000:03d}Z"


def _plain(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return printable(value) if isinstance(value, str) and not value.isascii() else value


class JsonProgress:
    """Progress as lines: one an image that ends, and now and then how far the run is.

    Parameters
    ----------
    logs
        Where to.
    counts
        Whether to tell how far the run is.
    every_s
        Seconds between two such lines.
    """

    def __init__(self, logs: JsonLogs, counts: bool, every_s: float = PROGRESS_SECONDS) -> None:
        self.logs = logs
        self.counts = counts
        self.every_s = every_s
        self.last = time.monotonic()

    def told_failures(self) -> bool:
        """Say that failures stand on stderr already: nobody reads a job's stdout beside its log."""
        return True

    def __enter__(self) -> JsonProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def outcome(self, outcome: Outcome) -> None:
        """Tell how an image ended."""
        self.logs.outcome(outcome)

    def progress(self, progress: EngineProgress) -> None:
        """Tell how far the run is, if it is time."""
        now = time.monotonic()
        if not self.counts or now - self.last < self.every_s:
            return
        self.last = now
        ended = progress.done + progress.skipped + progress.failed + progress.cancelled
        self.logs.write(
            "INFO",
            f"{ended:,} of {progress.total:,} images",
            total=progress.total,
            done=progress.done,
            skipped=progress.skipped,
            failed=progress.failed,
            running=progress.running,
            raw_bytes=progress.raw_bytes,
            total_raw_bytes=progress.total_raw_bytes,
            seconds=round(progress.seconds, 3),
        )

    def note(self, text: str) -> None:
        """Say nothing: it came through Python's logging already."""
