# SPDX-License-Identifier: Apache-2.0
"""Work done by several threads at a time, that stops soon when the one who waits for it is interrupted."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

__all__ = ["StoppedError", "do_in_threads"]

Result = TypeVar("Result")
#: Between two ticks.
_TICK_S = 0.5
#: Spot machines have half a minute left; what threads write they can leave at any time.
_STOP_S = 2.0


class StoppedError(Exception):
    """Work was broken off, because nobody waits for it any more."""


def do_in_threads(
    jobs: Mapping[str, Callable[[], Result]],
    threads: int,
    stop: threading.Event,
    *,
    on_end: Callable[[str, Result | Exception], object],
    on_tick: Callable[[], object],
    on_stop: Callable[[], object] = lambda: None,
) -> None:
    """Do jobs, in their order.

    Parameters
    ----------
    jobs
        By name. They look at ``stop`` often, and raise `StoppedError` when it is set.
    threads
        Jobs at a time.
    stop
        Set when this function is left by an exception: of a callback, or of a signal's handler.
    on_end
        Told each job's result or error; in the caller's thread.
    on_tick
        Called now and then, in the caller's thread.
    on_stop
        Called after ``stop`` was set, to wake jobs that wait for something.
    """
    ended: queue.SimpleQueue[tuple[str, Result | Exception]] = queue.SimpleQueue()

    def do(name: str, job: Callable[[], Result]) -> None:
        try:
            outcome: Result | Exception = job()
        except Exception as error:
            outcome = error
        ended.put((name, outcome))

    pool = ThreadPoolExecutor(threads, thread_name_prefix="tilewright-dataset")
    running = []
    try:
        running += [pool.submit(do, name, job) for name, job in jobs.items()]
        left = len(running)
        while left:
            try:
                name, outcome = ended.get(timeout=_TICK_S)
            except queue.Empty:
                on_tick()
                continue
            left -= 1
            on_end(name, outcome)
            on_tick()
    except BaseException:
        stop.set()
        on_stop()
        pool.shutdown(wait=False, cancel_futures=True)
        # Those that had not begun never end.
        wait([job for job in running if not job.cancelled()], timeout=_STOP_S)
        raise
    pool.shutdown()
