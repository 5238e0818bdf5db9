# SPDX-License-Identifier: Apache-2.0
"""Work under way: so much at a time, none of it twice, and no two pieces on one output."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tilewright._core import Outcome
from tilewright.worker.drain import Drain
from tilewright.worker.refusal import TRANSIENT_RETRY_S, RefusedError

__all__ = ["Done", "Running", "Work"]

#: What is told to those who have to come again, at most.
MOST_RETRY_SECONDS = 60


@dataclass(frozen=True)
class Done:
    """What became of work."""

    skipped: bool  #: it was all there already
    outcomes: tuple[Outcome, ...] = ()  #: of tasks, one each, in their order


@dataclass(frozen=True)
class Work:
    """Something to do."""

    name: str  #: for people
    identity: str  #: the same for the same work
    claims: frozenset[str]  #: the outputs
    do: Callable[[Callable[[], None]], Done]  #: runs in a thread; calls what it is given often, which may raise


@dataclass(frozen=True)
class _UnderWay:
    claims: frozenset[str]
    future: asyncio.Future[Done]
    begun_s: float


class Running:
    """Does work in threads; all calls come from one event loop.

    Parameters
    ----------
    concurrency
        Pieces of work at a time.
    drain
        Once it has begun nothing new is.
    """

    def __init__(self, concurrency: int, drain: Drain) -> None:
        self.concurrency = concurrency
        self.drain = drain
        self.joined = 0  #: requests that waited for work which was under way
        self._threads = ThreadPoolExecutor(concurrency, "tilewright-work")
        self._under_way: dict[str, _UnderWay] = {}
        self._typical_s = float(TRANSIENT_RETRY_S)

    @property
    def count(self) -> int:
        """Pieces of work under way."""
        return len(self._under_way)

    async def run(self, work: Work) -> Done:
        """Do the work, or wait for the same work that is under way.

        It goes on whatever becomes of who waits: what is written then is found when the request comes again.

        Raises
        ------
        RefusedError
            429 if there is no room, or other work is about to write the same output; 503 if the worker is ending.
        Exception
            What the work raised.
        """
        under_way = self._under_way.get(work.identity)
        if under_way is not None:
            self.joined += 1
        else:
            under_way = self._begin(work)
        return await asyncio.shield(under_way.future)

    def _begin(self, work: Work) -> _UnderWay:
        if self.drain.has_begun:
            raise RefusedError(503, "the worker is ending", retry_after_s=TRANSIENT_RETRY_S)
        for other in self._under_way.values():
            if not other.claims.isdisjoint(work.claims):
                raise self._busy("other work is about to write the same output")
        if self.count >= self.concurrency:
            raise self._busy(f"the worker is at {self.count} of {self.concurrency} already")
        future = asyncio.get_running_loop().run_in_executor(self._threads, work.do, self.drain.require_time)
        under_way = self._under_way[work.identity] = _UnderWay(work.claims, future, time.monotonic())
        future.add_done_callback(lambda ended: self._end(work.identity, ended))
        return under_way

    def _end(self, identity: str, ended: asyncio.Future[Done]) -> None:
        under_way = self._under_way.pop(identity)
        self._typical_s = (self._typical_s + time.monotonic() - under_way.begun_s) / 2
        if not ended.cancelled():
            ended.exception()  # Who waited may be gone; asyncio would complain.

    def _busy(self, reason: str) -> RefusedError:
        oldest_s = time.monotonic() - min(other.begun_s for other in self._under_way.values())
        wait_s = math.ceil(self._typical_s - oldest_s)
        return RefusedError(429, reason, retry_after_s=min(max(wait_s, 1), MOST_RETRY_SECONDS))

    def close(self) -> None:
        """Let go of the threads; what still runs in them is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)
