# SPDX-License-Identifier: Apache-2.0
"""What requests are made of: places that are allowed, outputs that nobody else writes, and calls of the library."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tilewright._core import ChipJob, Outcome, ThumbnailJob
from tilewright.composite import write_composite
from tilewright.errors import InvalidArgumentError
from tilewright.places import Url, place
from tilewright.task_request import job_from_dict
from tilewright.tasks import ImageJob, run_tasks
from tilewright.worker.allowed import AllowedPlaces, archive_of
from tilewright.worker.median_options import read_median_options
from tilewright.worker.payload import MedianRequest, TasksRequest
from tilewright.worker.refusal import TRANSIENT_RETRY_S, RefusedError, refusal_of, status_of_codes
from tilewright.worker.running import Done, Work

__all__ = ["Share", "median_work", "tasks_work"]

#: Of a task's members, those that name something below the job's input or output.
_SOURCE = "source"
_OUTPUTS = ("output_folder", "thumbnail")
#: Threads that wait for stores, and attempts, that a job may ask for.
_MOST_IO_THREADS, _MOST_RETRIES = 256, 20
#: How many of the tasks that failed an answer names.
_MOST_NAMED = 20


@dataclass(frozen=True)
class Share:
    """What of this machine a request is given."""

    allow_read: AllowedPlaces
    allow_write: AllowedPlaces
    workers: int = 1  #: threads
    memory_bytes: int = 0  #: budget of all of them; 0: what the job says


def median_work(request: MedianRequest, share: Share) -> Work:
    """Make a window of a composite.

    Raises
    ------
    RefusedError
        For options that are none, and for places that are not allowed.
    """
    target = request.destination
    try:
        given = read_median_options(request.options, request.stack, request.files)
    except InvalidArgumentError as error:
        raise refusal_of(error) from error
    outputs = given.outputs(target)
    for output in outputs:
        _require_writable(output, share.allow_write)
    sources = [*request.datasets, *map(str, given.stack.masks)]
    for source in sources:
        share.allow_read.require(source)
    for output in outputs:
        if output in sources:
            raise RefusedError.for_good(f"{output}: would be read and written", where="destination")
    x, y, width, height = request.window

    def do(require_time: Callable[[], None]) -> Done:
        written = write_composite(
            target,
            list(request.datasets),
            window=(x, y, width, height),
            options=given.options,
            stack=given.stack,
            files=given.files,
            memory_bytes=share.memory_bytes,
            workers=share.workers,
            on_progress=lambda _: require_time(),
        )
        return Done(skipped=written.skipped)

    return Work(f"median {target}", _digest("median", request.model_dump()), frozenset(map(_claim, outputs)), do)


def tasks_work(request: TasksRequest, share: Share) -> Work:
    """Do tasks of a job that was planned elsewhere.

    Raises
    ------
    RefusedError
        For a job or tasks that can be none, and for places that are not allowed.
    """
    try:
        job = job_from_dict(request.kind, request.job)
    except InvalidArgumentError as error:
        raise refusal_of(error) from error
    source, output = str(job.input_dir), str(job.output_dir)
    share.allow_read.require(source)
    _require_writable(output, share.allow_write)
    _require_moderate(job)
    # Thumbnails lie in a folder of their run.
    below = f"{output}/{job.stamp}" if isinstance(job, ThumbnailJob) else output
    for number, task in enumerate(request.tasks):
        # The library lets no name lead out of the job's folders; links in them might.
        _require_below(source, task.get(_SOURCE), share.allow_read, f"tasks.{number}.{_SOURCE}")
        for name in _OUTPUTS:
            _require_below(below, task.get(name), share.allow_write, f"tasks.{number}.{name}")
    if isinstance(job, ChipJob):
        _require_links_below(output, share.allow_write)
    texts = [json.dumps(task) for task in request.tasks]

    def do(require_time: Callable[[], None]) -> Done:
        outcomes = run_tasks(job, texts, workers=share.workers, memory_bytes=share.memory_bytes, on_tick=require_time)
        _require_success(outcomes)
        return Done(all(outcome.status == "skipped" for outcome in outcomes), tuple(outcomes))

    count = f"{len(texts)} tasks" if len(texts) > 1 else "1 task"
    claims = frozenset(f"{_claim(output)}\n{request.kind}\n{task.get('key')}" for task in request.tasks)
    return Work(f"{request.kind} {output}: {count}", _digest("tasks", request.model_dump()), claims, do)


def _require_success(outcomes: list[Outcome]) -> None:
    failed = [outcome for outcome in outcomes if outcome.status not in ("done", "skipped")]
    if not failed:
        return
    status = status_of_codes([outcome.code or outcome.status for outcome in failed])
    told = "; ".join(f"{outcome.key}: {outcome.message or outcome.status}" for outcome in failed[:_MOST_NAMED])
    more = f"; and {len(failed) - _MOST_NAMED} more" if len(failed) > _MOST_NAMED else ""
    raise RefusedError(
        status,
        f"{len(failed)} of {len(outcomes)} tasks failed: {told}{more}",
        code=failed[0].code or failed[0].status,
        where=failed[0].key,
        retry_after_s=TRANSIENT_RETRY_S if status == 503 else 0,
        poison=status in (400, 403),
    )


def _require_writable(target: str, allowed: AllowedPlaces) -> None:
    allowed.require(target)
    if archive_of(target) is not None or target.startswith(("https://", "http://")):
        raise RefusedError.for_good(
            f"{target}: archives and web servers are only read", code="unsupported", where=target
        )


def _require_below(folder: str, name: Any, allowed: AllowedPlaces, where: str) -> None:
    """See where a name in a local folder leads; the library sees to all else."""
    root = place(folder)
    if isinstance(root, Url) or not isinstance(name, str):
        return
    if Path(name).is_absolute():
        raise RefusedError.for_good(f"{where}: expected a path inside the job's folder", where=where)
    allowed.require(str(root if root.is_file() else root / name))


def _require_links_below(folder: str, allowed: AllowedPlaces) -> None:
    """See where the folders in a local one lead: chips are dealt to them."""
    root = place(folder)
    if isinstance(root, Path) and root.is_dir():
        for entry in root.iterdir():
            if entry.is_symlink():
                allowed.require(str(entry))


def _require_moderate(job: ImageJob) -> None:
    """Refuse jobs that would take more of this machine than it was told to give."""
    for key, value, most in (("io_threads", job.io_threads, _MOST_IO_THREADS), ("retries", job.retries, _MOST_RETRIES)):
        if value > most:
            raise RefusedError.for_good(f"job.{key}: {value:,} is more than the {most} of a worker", where=f"job.{key}")


def _claim(target: str) -> str:
    given = place(target)
    return str(given) if isinstance(given, Url) else os.path.realpath(given)


def _digest(kind: str, request: dict[str, Any]) -> str:
    text = json.dumps([kind, request], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
