# SPDX-License-Identifier: Apache-2.0
"""How a worker is set up."""

from __future__ import annotations

from dataclasses import dataclass, field

from tilewright.core import available_processors, default_memory_budget_bytes
from tilewright.errors import InvalidArgumentError
from tilewright.worker.auth import Authenticator

__all__ = ["DRAIN_SECONDS", "MAX_BODY_BYTES", "WorkerSettings"]

#: Platforms kill what has not ended ten seconds after SIGTERM.
DRAIN_SECONDS = 8.0
#: Twenty thousand datasets in an envelope of Pub/Sub.
MAX_BODY_BYTES = 4 << 20


@dataclass(frozen=True)
class WorkerSettings:
    """What a worker may do, for whom, and how much of it at a time.

    Parameters
    ----------
    authenticator
        Who may send requests.
    allow_read, allow_write
        Prefixes of places; none: nothing.
    concurrency
        Requests worked at at a time, at least 1; more are answered with 429.
    workers
        Threads of all of them; 0: one a processor.
    memory_bytes
        Budget of all of them; 0: a quarter of what there is.
    max_body_bytes
        Larger bodies are refused unread.
    dead_letters
        Where requests that can never succeed are recorded, to be acknowledged; empty: they are answered with 400.
    drain_seconds
        What running work is given to end after SIGTERM.

    Raises
    ------
    InvalidArgumentError
        For numbers that can never work.
    """

    authenticator: Authenticator
    allow_read: tuple[str, ...] = ()
    allow_write: tuple[str, ...] = ()
    concurrency: int = 1
    workers: int = 0
    memory_bytes: int = 0
    max_body_bytes: int = MAX_BODY_BYTES
    dead_letters: str = ""
    drain_seconds: float = DRAIN_SECONDS
    workers_a_request: int = field(init=False)
    memory_bytes_a_request: int = field(init=False)

    def __post_init__(self) -> None:
        for name, least in (("concurrency", 1), ("workers", 0), ("memory_bytes", 0), ("max_body_bytes", 1)):
            if getattr(self, name) < least:
                raise InvalidArgumentError(f"{name}: must be at least {least}", name)
        if not 0 <= self.drain_seconds <= 3600:
            raise InvalidArgumentError("drain_seconds: must be between 0 and 3600", "drain_seconds")
        workers = self.workers or available_processors()
        memory_bytes = self.memory_bytes or default_memory_budget_bytes()
        object.__setattr__(self, "workers_a_request", max(1, workers // self.concurrency))
        object.__setattr__(self, "memory_bytes_a_request", max(1, memory_bytes // self.concurrency))
