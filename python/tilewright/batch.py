# SPDX-License-Identifier: Apache-2.0
"""Batches: every TIFF below a folder into proven slices, resumable at any moment.

Messages of a run go to the logger ``tilewright.batch``, beside ``batch_processing.log`` in the output folder.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeAlias

from tilewright import _core
from tilewright import display as _display  # noqa: F401 - gives classes their notebook faces
from tilewright._core import BatchJob, BatchPlan, BatchReport, Dispatch, EngineProgress, Outcome, PlannedImage, Shard
from tilewright.chip_index import write_geoparquet
from tilewright.errors import UnsupportedError
from tilewright.places import Url, place
from tilewright.progress_bar import progress_bar
from tilewright.raster import StrPath
from tilewright.report_page import page_at_end, write_report_page
from tilewright.run_log import log_to

__all__ = [
    "BatchJob",
    "BatchPlan",
    "BatchReport",
    "BatchTesselator",
    "EngineProgress",
    "OnOutcome",
    "OnProgress",
    "Outcome",
    "PlannedImage",
    "Shard",
    "ShardRule",
    "merge_shards",
    "parse_shard",
    "plan_batch",
    "run_batch",
    "shard_folder",
    "zip_results",
]

ShardRule: TypeAlias = Literal["modulo", "contiguous", "size"]
OnProgress: TypeAlias = Callable[[EngineProgress], object]
OnOutcome: TypeAlias = Callable[[Outcome], object]


def plan_batch(job: BatchJob) -> BatchPlan:
    """Scan and plan, before a pixel is decoded. The same input gives the same plan, byte for byte.

    Folders are judged each alone: TIFFs in any case of their ending are taken; a folder with JPEGs but no TIFF is
    passed over and counted.

    Raises
    ------
    InvalidArgumentError
        If the job can never work: 0 pieces, an overlap not smaller than the tile, an output inside itself.
    NotFoundError, PermissionDeniedError
        If the input cannot be listed. What is wrong with single images is in the plan.

    Examples
    --------
    >>> import numpy as np
    >>> from tilewright import raster
    >>> written = raster.write("scene.tif", np.zeros((3, 1200, 1100), np.uint8))
    >>> plan = plan_batch(BatchJob(".", "out", num_pieces=6))
    >>> [(str(image.source), image.slices) for image in plan.images]
    [('scene.tif', 6)]
    """
    return _core.plan_batch(job)


def run_batch(
    job: BatchJob,
    *,
    on_progress: OnProgress | None = None,
    on_outcome: OnOutcome | None = None,
    progress: bool = False,
    elsewhere: Callable[[Dispatch], object] | None = None,
) -> BatchReport:
    """Run a batch: plan, cut with resume, prove, report.

    One image's failure never stops the batch. Ctrl-C, a signal handler that raises, or a callback that raises stops it
    within about a second; state and report are saved first, and the same call goes on where it stopped.

    Parameters
    ----------
    job
        What to cut and where to.
    on_progress
        Called about ten times a second with counts and bytes, from the calling thread.
    on_outcome
        Called once an image as it ends, from the calling thread.
    progress
        Show a bar, as a widget in notebooks.
    elsewhere
        Hands the tasks to other machines, called with the run's :class:`~tilewright.tasks.Dispatch` about twenty times
        a second; None: they are done here. See :mod:`tilewright.dask_runner`.

    Returns
    -------
    BatchReport
        Its fields, or the keys of ``batch_report.json``: ``report["batch_summary"]``.

    Raises
    ------
    TilewrightError
        As :func:`plan_batch` does; PermissionDeniedError, IoFailedError or ResourceError if the output folder itself
        cannot be written; AlreadyExistsError if another run holds it.
    """
    with progress_bar(shown=progress) as show:

        def tell(counts: EngineProgress) -> None:
            show(counts)
            if on_progress is not None:
                on_progress(counts)

        # Workers leave the page to merge_shards().
        page = page_at_end(job.output_dir) if job.shard.count == 1 else contextlib.nullcontext()
        with page:
            return _core.run_batch(job, tell, on_outcome, log_to(__name__), elsewhere)


def parse_shard(text: str, rule: ShardRule = "modulo") -> Shard:
    """Tell which worker this is.

    Parameters
    ----------
    text
        "3/50" (the fourth of fifty), "auto", which asks the engine that started it: Cloud Run, AWS Batch, Slurm,
        SageMaker; or "auto/50" with the count, which Kubernetes does not tell.
    rule
        "modulo": image i goes to worker i % count; "contiguous": each worker gets images that follow each other;
        "size": the largest image first, each to the worker that has the fewest bytes.

    Raises
    ------
    InvalidArgumentError
        Naming the variable, if what the engine tells is missing or makes no sense.

    Examples
    --------
    >>> parse_shard("3/50")
    Shard(index=3, count=50, rule='modulo', attempt=0)
    """
    return _core.parse_shard(text, rule)


def shard_folder(output_dir: StrPath, shard: Shard) -> Path:
    """Tell where a worker's reports lie: ``output_dir``, or a folder of its own in ``shards``."""
    return _core.shard_folder(output_dir, shard)


def merge_shards(output_dir: StrPath) -> BatchReport:
    """Merge what the workers of a plan wrote into one report, with its page; of chips also their indexes.

    A worker that was killed tells what it ended by its journal; its other images count as cancelled. Workers that have
    not begun are named in ``missing_shards``.

    Raises
    ------
    NotFoundError
        If no worker wrote a report there.
    CorruptError
        If workers of different counts did, or if what one wrote cannot be read.
    """
    report = _core.merge_shards(output_dir)
    if report.outputs == "chips":
        write_geoparquet(output_dir)
    write_report_page(output_dir)
    return report


class BatchTesselator:
    """A batch as the tool that came before had it: ``BatchTesselator(job).run_batch()``.

    Parameters
    ----------
    job
        What to cut and where to.
    """

    def __init__(self, job: BatchJob) -> None:
        self.job = job

    def plan(self) -> BatchPlan:
        """Scan and plan; see :func:`plan_batch`."""
        return plan_batch(self.job)

    def run_batch(
        self,
        *,
        on_progress: OnProgress | None = None,
        on_outcome: OnOutcome | None = None,
        progress: bool = False,
    ) -> BatchReport:
        """Run the batch; see the function :func:`run_batch`."""
        return run_batch(self.job, on_progress=on_progress, on_outcome=on_outcome, progress=progress)


def zip_results(output_dir: StrPath, archive: StrPath | None = None) -> Path:
    """Pack an output folder into one archive, beside it.

    Parameters
    ----------
    output_dir
        The job's output folder.
    archive
        Where to; ``<output_dir>_results.zip`` if None. Replaced if it exists, and whole or absent.

    Returns
    -------
    pathlib.Path
        The archive. Slices are compressed already and are stored as they are.
    """
    import zipfile  # noqa: PLC0415 - few runs end in an archive

    if isinstance(place(output_dir), Url):
        raise UnsupportedError("results in a store are not packed; copy them to a folder first", str(output_dir))
    folder = Path(os.path.abspath(output_dir))  # noqa: PTH100 a link keeps its own name
    target = Path(f"{folder}_results.zip") if archive is None else Path(archive)
    part = target.with_name(f".{target.name}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED, strict_timestamps=False) as packed:
            for path in sorted(folder.rglob("*")):
                # Names that begin with a dot are a run's own: locks, and files being written.
                if path.is_file() and not path.name.startswith("."):
                    packed.write(path, path.relative_to(folder))
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target
