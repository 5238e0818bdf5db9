# SPDX-License-Identifier: Apache-2.0
"""The same plan on a Dask cluster: tasks in batches, C++ threads in each worker, one journal and one report here.

Needs ``pip install 'tilewright[dask]'`` here, and the same version of tilewright on every worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import json
import os
import threading
import time
import uuid
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from tilewright import __version__, _core
from tilewright._core import BatchReport, CompositeJob, Outcome, ThumbnailJob
from tilewright.batch import OnOutcome, OnProgress, run_batch
from tilewright.chip import ChipJob, run_chips
from tilewright.composite import run_composite, windows_folder
from tilewright.core import default_memory_budget_bytes
from tilewright.dask_worker import Places, Share, do_batch, let_go, try_places
from tilewright.errors import (
    InvalidArgumentError,
    IoFailedError,
    NotFoundError,
    PermissionDeniedError,
    TilewrightError,
)
from tilewright.extras import extra
from tilewright.places import Url, place
from tilewright.run_log import log_to
from tilewright.task_sender import Done, Lost, TaskSender, Unfit
from tilewright.tasks import Job, for_other_machines
from tilewright.thumbnail import run_thumbnails, stamped

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["connect", "run"]

#: What workers must have installed.
DISTRIBUTION = "tilewright"
#: How long a scheduler may take to answer, and a cluster without workers to get one.
CONNECT_SECONDS = 5.0
#: How often to ask who is there.
WATCH_SECONDS = 0.5


def run(
    job: Job,
    client: Client,
    *,
    on_progress: OnProgress | None = None,
    on_outcome: OnOutcome | None = None,
    on_note: Callable[[str], object] | None = None,
    progress: bool = False,
) -> BatchReport:
    """Run a job on a Dask cluster: plan here, do the tasks there, write journal, state, log and report here.

    Outputs, report and exit are those of :func:`tilewright.run_batch`, :func:`~tilewright.run_chips`,
    :func:`~tilewright.run_thumbnails` or :func:`~tilewright.composite.run_composite`, byte for byte, and so is
    resuming. Input and output must be seen by all workers under the same paths; that is tried before anything is done.

    Parameters
    ----------
    job
        A BatchJob, ChipJob, ThumbnailJob or CompositeJob; its plan is computed here, as everywhere. Each worker process
        takes as many threads as Dask gave it, or ``max_workers`` if that is less; workers on one machine share its
        memory budget. The COG of a CompositeJob is made here, of the windows that the workers made.
    client
        Of the cluster; not an asynchronous one. It is left as it is.
    on_progress, on_outcome, progress
        As for :func:`tilewright.run_batch`.
    on_note
        Told what happens to workers: that one died, or cannot take part. Notes also go to the logger
        ``tilewright.dask_runner``.

    Returns
    -------
    BatchReport
        As of a run on this machine.

    Raises
    ------
    TilewrightError
        As the run on this machine. NotFoundError, PermissionDeniedError or InvalidArgumentError, naming the worker, if
        one does not see input or output, cannot write, or has another version of tilewright or none; NotFoundError if
        there are no workers; IoFailedError if scheduler or workers go away for good. What is done is kept, and the same
        call goes on.

    Examples
    --------
    >>> import numpy as np
    >>> from distributed import Client
    >>> from tilewright import BatchJob, raster
    >>> written = raster.write("scene.tif", np.zeros((3, 1200, 1100), np.uint8))
    >>> with Client(processes=False, n_workers=1, dashboard_address=":0") as client:
    ...     report = run(BatchJob("scene.tif", "out"), client)
    >>> report.done
    1
    """
    if getattr(client, "asynchronous", False):
        raise InvalidArgumentError("asynchronous clients are not for runs; give Client(..., asynchronous=False)")
    if isinstance(job, ThumbnailJob):
        job = stamped(job)
    write = log_to(__name__)

    def note(text: str) -> None:
        write("WARNING", text, "")
        if on_note is not None:
            on_note(text)

    sent_job = for_other_machines(job)
    with shown_places(sent_job) as places, workers_of(client, sent_job, places) as workers:
        sender = TaskSender(workers, note)
        run_job = runner_of(job)
        return run_job(job, on_progress=on_progress, on_outcome=on_outcome, progress=progress, elsewhere=sender)


def runner_of(job: Job) -> Callable[..., BatchReport]:
    """Give what runs a job here."""
    if isinstance(job, ThumbnailJob):
        return run_thumbnails
    if isinstance(job, CompositeJob):
        return run_composite
    return run_chips if isinstance(job, ChipJob) else run_batch


@contextmanager
def connect(address: str) -> Iterator[Client]:
    """Connect to a scheduler; the client is closed at the end of the block.

    Parameters
    ----------
    address
        ``"tcp://host:8786"``, ``"host:8786"``, or the path of a scheduler file.

    Raises
    ------
    NotFoundError
        If nobody answers there; after 5 s at most.
    UnsupportedError
        If Dask is not installed.
    """
    with extra("dask"):
        from distributed import Client  # noqa: PLC0415 - optional, and slow to load

    scheduler = scheduler_in(address) if address.endswith(".json") or Path(address).is_file() else address
    require_answer(scheduler)
    client = Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False, name="tilewright")
    try:
        yield client
    finally:
        client.close(timeout=CONNECT_SECONDS)


def scheduler_in(scheduler_file: str) -> str:
    """Read where a scheduler is from the file that it wrote."""
    try:
        address = json.loads(Path(scheduler_file).read_text(encoding="utf-8"))["address"]
    except OSError as error:
        raise NotFoundError(f"{scheduler_file}: cannot be read: {error.strerror}", scheduler_file) from error
    except (ValueError, LookupError, TypeError) as error:
        raise InvalidArgumentError(f"{scheduler_file}: is no scheduler file of Dask", scheduler_file) from error
    return str(address)


def require_answer(scheduler: str) -> None:
    """See that a scheduler answers. A Client that finds none would be noisy, and slow, when it goes."""
    from distributed import Security  # noqa: PLC0415
    from distributed.comm import connect as open_comm  # noqa: PLC0415

    async def knock() -> None:
        comm = await open_comm(scheduler, timeout=CONNECT_SECONDS, **Security().get_connection_args("client"))
        await comm.close()

    try:
        # In a thread of its own: notebooks have a loop running in theirs.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, knock()).result()
    except (OSError, TimeoutError) as error:
        raise NotFoundError(
            f"{scheduler}: no Dask scheduler answers there; start one with `dask scheduler`, or mend the address",
            scheduler,
        ) from error
    except (ValueError, TypeError, LookupError, RuntimeError) as error:
        raise InvalidArgumentError(f"{scheduler}: is no address of a Dask scheduler: {error}", scheduler) from error


def input_of(job: Job) -> Path | Url:
    """Give what a job reads; of a composite the first dataset."""
    return place(job.datasets[0] if isinstance(job, CompositeJob) else job.input_dir)


def output_of(job: Job) -> Path | Url:
    """Give the folder that a job writes to."""
    if isinstance(job, CompositeJob):
        return place(windows_folder(job))
    output = place(job.output_dir)
    return output / job.stamp if isinstance(job, ThumbnailJob) else output


def first_file(folder: Path, but: Path | Url) -> Path | None:
    """Give some file below a folder, none of the output's."""
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if Path(root, name) != but)
        for name in sorted(files):
            path = Path(root, name)
            if path.is_file():
                return path
    return None


@contextmanager
def shown_places(job: Job) -> Iterator[Places]:
    """Lay a token into the job's output, so that workers can prove that they see the same folder."""
    run = uuid.uuid4().hex
    source, output = input_of(job), output_of(job)
    is_folder = _core.is_folder(source)
    sample = source if not is_folder else first_file(source, output) if isinstance(source, Path) else None
    size_bytes = _core.file_size_bytes(sample) if sample else -1
    token = output / f".dask-{run}.part"
    try:
        if isinstance(output, Path):
            output.mkdir(parents=True, exist_ok=True)
        _core.write_bytes(token, run.encode())
    except TilewrightError:
        raise
    except OSError as error:
        raise PermissionDeniedError(f"{output}: cannot be written: {error.strerror}", str(output)) from error
    try:
        yield Places(run, str(source), str(sample or source), size_bytes, str(output), str(token))
    finally:
        _core.remove_file(token)


# The workers, as they are seen from here.


def host_of(address: str) -> str:
    """Give the machine of a worker's address: tcp://10.0.0.5:3456."""
    _, _, rest = address.rpartition("://")
    return rest.rpartition(":")[0] or rest


#: A batch that was submitted, and what comes of it.
SentBatch: TypeAlias = "tuple[Any, Future[tuple[list[Outcome], float]]]"
Result = TypeVar("Result")


class Workers:
    """The workers of a cluster, for a TaskSender. Threads of its own ask the scheduler, so that no call waits."""

    def __init__(self, client: Client, job: Job, places: Places) -> None:
        self.client = client
        self.job = job
        self.places = places
        self.scheduler = str(client.scheduler.address)
        self.memory_bytes = job.memory_bytes or default_memory_budget_bytes()
        self.fit: dict[str, int] = {}  #: those that can take part, and their threads
        self.all: dict[str, int] = {}
        self.problems: dict[str, TilewrightError] = {}
        self.new_problems: list[tuple[str, TilewrightError]] = []
        self.failure: BaseException | None = None  #: why the scheduler does not answer
        self.batches: dict[int, SentBatch] = {}
        self.closing = threading.Event()
        self.watcher = threading.Thread(target=self._watch, name="tilewright-dask-watch", daemon=True)

    # Who is there.

    def open(self) -> None:
        """Try what the first workers can, and go on watching."""
        end = time.monotonic() + CONNECT_SECONDS
        while not (there := self._threads_by_worker()):
            if time.monotonic() > end:
                raise NotFoundError(
                    f"{self.scheduler}: the cluster has no workers; start some: dask worker {self.scheduler}",
                    self.scheduler,
                )
            time.sleep(0.1)
        self._admit(there)
        for error in self.problems.values():
            raise error
        self.watcher.start()

    def _threads_by_worker(self) -> dict[str, int]:
        return dict(self.client.nthreads())

    def _watch(self) -> None:
        while not self.closing.wait(WATCH_SECONDS):
            try:
                self._admit(self._threads_by_worker())
            except BaseException as error:  # Told by present(), in the thread of the run.
                self.failure = error
                return

    def _admit(self, there: dict[str, int]) -> None:
        """Take note of who is there; those who are new must show that they see what they need."""
        new = [address for address in there if address not in self.all]
        if new:
            for address, problem in self._problems_of(new).items():
                if problem is not None:
                    self.problems[address] = problem
                    self.new_problems.append((address, problem))
        self.all = there
        self.fit = {address: threads for address, threads in there.items() if address not in self.problems}

    def _problems_of(self, addresses: list[str]) -> dict[str, TilewrightError | None]:
        # Asked without a word of ours first: a worker without tilewright could not even read the question.
        versions = self.client.run(importlib.metadata.version, DISTRIBUTION, workers=addresses, on_error="return")
        problems: dict[str, TilewrightError | None] = {}
        same = []
        for address, version in versions.items():
            if version == __version__:
                same.append(address)
            elif isinstance(version, str):
                text = f"has tilewright {version}, and here it is {__version__}; install the same version there"
                problems[address] = InvalidArgumentError(f"{address}: the worker {text}", address)
            elif isinstance(version, importlib.metadata.PackageNotFoundError):
                text = f"has no tilewright; there: pip install tilewright=={__version__}"
                problems[address] = InvalidArgumentError(f"{address}: the worker {text}", address)
            # Others went away meanwhile.
        if same:
            for address, problem in self.client.run(try_places, self.places, workers=same, on_error="return").items():
                if problem is None or isinstance(problem, TilewrightError):
                    problems[address] = problem
        return problems

    # What a TaskSender calls.

    def present(self) -> Mapping[str, int]:
        """Give the workers that can take part, and their threads."""
        if self.failure is None and self.client.status == "closed":
            self.failure = ConnectionError("the connection is closed")
        if self.failure is not None:
            raise IoFailedError(
                f"{self.scheduler}: the Dask scheduler went away ({self.failure}); the same call goes on where it "
                "stopped",
                self.scheduler,
            ) from self.failure
        most = self.job.max_workers
        return {address: min(threads, most) if most else threads for address, threads in self.fit.items()}

    def send(self, machine: str, number: int, texts: Sequence[str]) -> None:
        """Submit a batch to a worker."""
        neighbours = sum(host_of(address) == host_of(machine) for address in self.all)
        share = Share(self.present().get(machine, 1), self.memory_bytes, max(1, neighbours))
        future = self.client.submit(
            do_batch,
            self.job,
            texts,
            share,
            self.places.run,
            key=f"tilewright-{self.places.run}-{number}",
            workers=[machine],
            allow_other_workers=False,
            pure=False,
        )

        async def result() -> tuple[list[Outcome], float]:
            outcomes: tuple[list[Outcome], float] = await self.client.gather(future, asynchronous=True)
            return outcomes

        self.batches[number] = (future, self._on_loop(result()))

    def _on_loop(self, coroutine: Coroutine[Any, Any, Result]) -> Future[Result]:
        return asyncio.run_coroutine_threadsafe(coroutine, self.client.loop.asyncio_loop)

    def ended(self) -> Iterable[tuple[int, Done | Lost | Unfit]]:
        """Give the batches that ended."""
        for number, (_, fetched) in list(self.batches.items()):
            if fetched.done():
                del self.batches[number]
                yield number, end_of(fetched)

    def forget(self, number: int) -> None:
        """Release a batch; a worker that still has it stops."""
        batch = self.batches.pop(number, None)
        if batch is not None:
            self._cancel([batch])

    def _cancel(self, batches: Sequence[SentBatch]) -> None:
        async def cancel() -> None:
            await self.client.cancel([future for future, _ in batches], asynchronous=True)
            # What was to come of them ends now, with errors that nobody asks for.
            await asyncio.gather(*(asyncio.wrap_future(fetched) for _, fetched in batches), return_exceptions=True)

        self._on_loop(cancel())

    def close(self) -> None:
        """Give up what is under way, and wait until the workers let go of it: another run may begin at once."""
        self.closing.set()
        batches = list(self.batches.values())
        self.batches.clear()
        with contextlib.suppress(Exception):  # A scheduler that is gone has given them up.
            if batches and self.failure is None:
                self._cancel(batches)
                self.client.run(let_go, self.places.run, on_error="ignore")


def end_of(fetched: Future[tuple[list[Outcome], float]]) -> Done | Lost | Unfit:
    """Tell how a batch ended."""
    if fetched.cancelled():
        return Lost("Dask gave it up", is_its_own=False)
    error = fetched.exception()
    if error is None:
        outcomes, seconds = fetched.result()
        return Done(outcomes, seconds)
    if isinstance(error, CancelledError):
        return Lost("Dask gave it up", is_its_own=False)
    if isinstance(error, TilewrightError):
        return Unfit(error)
    return Lost(f"{type(error).__name__}: {error}")


@contextmanager
def workers_of(client: Client, job: Job, places: Places) -> Iterator[Workers]:
    """Open the workers of a cluster for one run."""
    workers = Workers(client, job, places)
    try:
        workers.open()
        yield workers
    finally:
        workers.close()
