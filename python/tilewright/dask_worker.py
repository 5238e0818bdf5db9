# SPDX-License-Identifier: Apache-2.0
"""What runs on the workers of a Dask cluster: a look at what they see, and batches of tasks."""

from __future__ import annotations

import asyncio
import ctypes
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tilewright import _core
from tilewright._core import Outcome
from tilewright.errors import NotFoundError, PermissionDeniedError, TilewrightError
from tilewright.tasks import Job

__all__ = ["Places", "Share", "UnwantedError", "do_batch", "let_go", "problem_here", "runs_under_way", "try_places"]

#: How long a worker may take to let go of batches that were given up.
LET_GO_SECONDS = 5.0


@dataclass(frozen=True)
class Places:
    """What is there to be seen from every machine that works for a run."""

    run: str  #: tells runs from each other
    input: str
    sample: str  #: a file of the input, or the input itself
    sample_bytes: int  #: its size; -1 where the input is a folder without files, or in a store
    output: str
    token: str  #: a file in the output that holds `run`


def problem_here(places: Places) -> TilewrightError | None:
    """Tell what keeps this machine from working for a run: runs on a worker."""
    on = f"on {socket.gethostname()}"
    way_out = "give a folder that all workers see under this path, or a store"
    try:
        if places.sample_bytes < 0:
            is_same = _core.is_folder(places.sample)
        else:
            is_same = _core.file_size_bytes(places.sample) == places.sample_bytes
    except TilewrightError as error:
        return NotFoundError(f"{places.input}: is not seen {on} ({error.message}); {way_out}", places.input)
    if not is_same:
        return NotFoundError(f"{places.input}: {on} this is another folder; {way_out}", places.input)
    try:
        if _core.read_bytes(places.token).decode() != places.run:
            return NotFoundError(f"{places.output}: {on} this is another folder; {way_out}", places.output)
    except TilewrightError as error:
        return NotFoundError(f"{places.output}: is not seen {on} ({error.message}); {way_out}", places.output)
    trial = f"{places.token.removesuffix('.part')}-{uuid.uuid4().hex}.part"
    try:
        _core.write_bytes(trial, places.run.encode())
        _core.remove_file(trial)
    except TilewrightError as error:
        return PermissionDeniedError(f"{places.output}: cannot be written {on}: {error.message}", places.output)
    return None


async def try_places(places: Places) -> TilewrightError | None:
    """Look from a worker, in a thread of its own: a folder of the net that hangs must not keep it from answering."""
    return await asyncio.to_thread(problem_here, places)


@dataclass(frozen=True)
class Share:
    """What of a worker is given to a batch."""

    threads: int
    memory_bytes: int  #: of all workers on its machine, before its own limit
    neighbours: int  #: workers on its machine


class UnwantedError(Exception):
    """Whoever sent the batch has given it up or is gone."""


#: Batches under way in this process, by run; a worker does one at a time, and more wait.
_under_way: dict[str, int] = {}
_under_way_lock = threading.Lock()
_turns: dict[str, threading.Lock] = {}
#: Runs that ended; a batch of theirs may still be on its way.
_given_up: set[str] = set()


def keep_freed_memory() -> None:
    """Have a worker keep what it frees for what it takes next.

    Dask sets the C library to give back all that is free beyond 64 KiB, at once and each time; for work in buffers of
    megabytes that is a tenth of the time.
    """
    if os.environ.get("MALLOC_TRIM_THRESHOLD_") != "65536":  # Someone else's choice, or not the C library.
        return
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        trim_threshold, mmap_threshold = -1, -3
        library.mallopt(trim_threshold, 64 << 20)
        library.mallopt(mmap_threshold, 32 << 20)


@contextmanager
def counted_as_under_way(run: str) -> Iterator[None]:
    with _under_way_lock:
        _under_way[run] = _under_way.get(run, 0) + 1
    try:
        yield
    finally:
        with _under_way_lock:
            _under_way[run] -= 1
            if not _under_way[run]:
                del _under_way[run]


def runs_under_way() -> list[str]:
    """Name the runs that this process has a batch of."""
    with _under_way_lock:
        return list(_under_way)


async def let_go(run: str) -> None:
    """Have a worker stop what it does for a run, and wait until it has."""
    _given_up.add(run)
    end = time.monotonic() + LET_GO_SECONDS
    while run in _under_way and time.monotonic() < end:
        await asyncio.sleep(0.02)


def do_batch(job: Job, texts: Sequence[str], share: Share, run: str) -> tuple[list[Outcome], float]:
    """Do the tasks of a batch, in C++ threads, and tell how long it took: runs on a worker."""
    from distributed import get_worker  # noqa: PLC0415 - a worker has it

    worker = get_worker()
    key = worker.get_current_task()

    def require_wanted() -> None:
        # Dask cannot stop a thread; it says here that nobody waits for it any more, whatever became of who did.
        state = worker.state.tasks.get(key)
        if run in _given_up or state is None or state.state == "cancelled":
            raise UnwantedError(key)

    memory_bytes = share.memory_bytes // share.neighbours
    if limit := worker.memory_manager.memory_limit:
        memory_bytes = min(memory_bytes, limit // 2)  # The rest is Dask's, which ends a worker that reaches its limit.
    turn = _turns.setdefault(worker.address, threading.Lock())
    with counted_as_under_way(run):
        require_wanted()
        while not turn.acquire(timeout=0.05):
            require_wanted()
        try:
            keep_freed_memory()
            begun = time.perf_counter()
            outcomes = _core.run_tasks(job, texts, share.threads, memory_bytes, require_wanted)
            return outcomes, time.perf_counter() - begun
        finally:
            turn.release()
