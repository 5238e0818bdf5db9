# SPDX-License-Identifier: Apache-2.0
"""Messages of Python's logging, as lines for log collectors."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from tilewright.cli.json_logs import SEVERITIES, JsonLogs

__all__ = ["listening"]


@contextmanager
def listening(logs: JsonLogs) -> Iterator[None]:
    """Hand all that is logged to `logs`: by this package, by others, and Python's warnings."""
    root = logging.getLogger()
    own = logging.getLogger("tilewright")
    handler = _Handler(logs)
    root.addHandler(handler)
    level, propagated = own.level, own.propagate
    own.setLevel(logging.DEBUG)
    own.propagate = True
    logging.captureWarnings(True)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        own.setLevel(level)
        own.propagate = propagated
        root.removeHandler(handler)


class _Handler(logging.Handler):
    """Takes what goes to Python's logging; how tasks end is told by their outcomes, with figures."""

    def __init__(self, logs: JsonLogs) -> None:
        super().__init__()
        self.logs = logs

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(record, "task", ""):
            return
        severity = record.levelname if record.levelname in SEVERITIES else "INFO"
        foreign = None if record.name.partition(".")[0] == "tilewright" else record.name
        self.logs.write(severity, record.getMessage(), logger=foreign)
