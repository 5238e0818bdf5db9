# SPDX-License-Identifier: Apache-2.0
"""Tasks of a plan as texts, for machines other than the one that runs the job.

The job's run stays where it is: lock, plan, journal, state, log and report. Its tasks go out as texts, one JSON object
each, are done by :func:`run_tasks` on any machine that sees the job's folders under the same names, and come back as
outcomes. :mod:`tilewright.dask_runner` does so on a Dask cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from tilewright import _core
from tilewright._core import (
    BatchJob,
    BatchPlan,
    ChipJob,
    ChipPlan,
    CompositeJob,
    CompositePlan,
    Dispatch,
    Outcome,
    SentTask,
    ThumbnailJob,
    ThumbnailPlan,
)

if TYPE_CHECKING:
    from tilewright._core import AnyJob

__all__ = ["Dispatch", "Elsewhere", "ImageJob", "Job", "SentTask", "for_other_machines", "run_tasks", "task_texts"]

#: Jobs that make something of each image below a folder.
ImageJob: TypeAlias = BatchJob | ChipJob | ThumbnailJob
Job: TypeAlias = ImageJob | CompositeJob
#: Called about twenty times a second while a job runs: takes tasks, and tells how those taken before ended.
Elsewhere: TypeAlias = Callable[[Dispatch], object]


def task_texts(plan: BatchPlan | ChipPlan | CompositePlan | ThumbnailPlan) -> list[str]:
    """Give the tasks of a plan as texts; none for images that the plan skips or fails, as there is nothing to do.

    Examples
    --------
    >>> import json
    >>> import numpy as np
    >>> from tilewright import BatchJob, plan_batch, raster
    >>> written = raster.write("scene.tif", np.zeros((3, 1200, 1100), np.uint8))
    >>> [json.loads(text)["source"] for text in task_texts(plan_batch(BatchJob(".", "out")))]
    ['scene.tif']
    """
    return _core.task_texts(plan)


def for_other_machines(job: AnyJob) -> AnyJob:
    """Give a job as other machines need it: absolute folders, no share, no plan file; of thumbnails with its stamp.

    Raises
    ------
    InvalidArgumentError
        If the job can never work.
    NotFoundError, PermissionDeniedError
        If there is no input.
    """
    return _core.for_other_machines(job)


def run_tasks(
    job: Job,
    texts: Sequence[str],
    *,
    workers: int = 0,
    memory_bytes: int = 0,
    on_tick: Callable[[], object] | None = None,
) -> list[Outcome]:
    """Do tasks that were planned elsewhere, in C++ threads, without lock, journal, report and index.

    Parameters
    ----------
    job
        As :func:`for_other_machines` gives it.
    texts
        Tasks of this job. They may come from anywhere: each is read strictly, nothing is read outside the job's input
        or written outside its output, and all are looked at before any is begun.
    workers, memory_bytes
        What this machine gives: threads, and the budget of all of them; 0: what the job says.
    on_tick
        Called about twenty times a second from the calling thread; if it raises, the tasks are stopped.

    Returns
    -------
    list of Outcome
        One a text, in their order. That of a thumbnail has a ``record``, its line of ``thumbnails.jsonl``.

    Raises
    ------
    InvalidArgumentError
        For a text that is no task of this job, and for two with one key or output.
    NotFoundError, PermissionDeniedError
        If this machine does not see the input.

    Examples
    --------
    >>> import numpy as np
    >>> from tilewright import BatchJob, plan_batch, raster
    >>> written = raster.write("scene.tif", np.zeros((3, 1200, 1100), np.uint8))
    >>> job = for_other_machines(BatchJob(".", "out"))
    >>> [outcome.status for outcome in run_tasks(job, task_texts(plan_batch(job)))]
    ['done']
    """
    return _core.run_tasks(job, texts, workers, memory_bytes, on_tick)
