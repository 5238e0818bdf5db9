# SPDX-License-Identifier: Apache-2.0
"""Batches: every TIFF below a folder into proven slices, resumable at any moment.

Messages of a run go to the logger ``tilewright.batch``, beside ``batch_processing.log`` in the output folder.
"""

from __future__ import annotations

import logging
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from tilewright import _core
from tilewright._core import BatchJob, BatchPlan, BatchReport, EngineProgress, Outcome, PlannedImage
from tilewright.progress_bar import progress_bar
from tilewright.raster import StrPath
from tilewright.report_page import write_report_page

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
    "plan_batch",
    "run_batch",
    "zip_results",
]

OnProgress: TypeAlias = Callable[[EngineProgress], object]
OnOutcome: TypeAlias = Callable[[Outcome], object]

_log = logging.getLogger(__name__)


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

        try:
            return _core.run_batch(job, tell, on_outcome, _write_log)
        finally:
            # Of an interrupted run too: the JSON report is on disk whenever the run began.
            if (Path(job.output_dir) / "batch_report.json").is_file():
                write_report_page(job.output_dir)


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


def _write_log(level: str, message: str) -> None:
    _log.log(logging.getLevelName(level), message)
