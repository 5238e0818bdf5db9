# SPDX-License-Identifier: Apache-2.0
"""Training chips: a few windows of every image, disjoint in and across rounds, dealt to folders for annotators.

Messages of a run go to the logger ``tilewright.chip``, beside ``batch_processing.log`` in the output folder.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from tilewright import _core
from tilewright import display as _display  # noqa: F401 - gives classes their notebook faces
from tilewright._core import (
    BatchReport,
    ChipCounts,
    ChipJob,
    ChipLayout,
    ChipPlan,
    ChipRecord,
    ChipSet,
    Dispatch,
    EngineProgress,
    OpenOptions,
    PlacedChip,
    PlannedChips,
    Shard,
)
from tilewright.batch import OnOutcome, OnProgress
from tilewright.chip_index import why_no_geoparquet, write_geoparquet
from tilewright.progress_bar import progress_bar
from tilewright.raster import StrPath
from tilewright.report_page import page_at_end
from tilewright.run_log import log_to

if TYPE_CHECKING:
    from tilewright._core import ChipFormat, ChipResume, Compression

__all__ = [
    "ChipCounts",
    "ChipJob",
    "ChipLayout",
    "ChipPlan",
    "ChipRecord",
    "ChipSet",
    "PlacedChip",
    "PlannedChips",
    "chip_folder",
    "extract_chips",
    "place_chips",
    "plan_chips",
    "read_chip_sets",
    "run_chips",
    "write_geoparquet",
    "write_index",
]


def place_chips(
    width_px: int, height_px: int, layout: ChipLayout, *, prefix: str = "A", source: str = ""
) -> list[PlacedChip]:
    """Place one round of chips: no two overlap, nor do those of any earlier round (B keeps clear of A).

    Parameters
    ----------
    width_px, height_px
        Size of the image, each at least 1 px.
    layout
        How many, how large, and how far from the edges.
    prefix
        The round: ``"A"``, then ``"B"``, ... Another prefix is a round of its own that knows of no other.
    source
        The source's path relative to the input, with ``/`` between its parts: what the places are drawn from.

    Returns
    -------
    list of PlacedChip
        ``layout.count`` of them; one without a place has a reason instead of a window.

    Raises
    ------
    InvalidArgumentError
        If the image is empty, the layout out of range, or the prefix not 1 to 16 letters, digits and hyphens.

    Examples
    --------
    >>> chips = place_chips(11664, 8750, ChipLayout(4, 1024), source="cogs/cap-29792.tif")
    >>> [(c.window.x_px, c.window.y_px) for c in chips if c.window]
    [(3466, 2144), (8668, 1429), (2773, 5374), (7583, 5090)]
    """
    return _core.place_chips(width_px, height_px, layout, prefix, source)


def chip_folder(stem: str, folders: int = 10) -> str:
    """Give the folder that a source's chips go to: the MD5 of its stem modulo the folders, plus 1.

    Examples
    --------
    >>> chip_folder("cap-29792")
    '09'
    """
    return _core.chip_folder(stem, folders)


def plan_chips(job: ChipJob) -> ChipPlan:
    """Scan and plan, before a pixel is decoded. The same input gives the same plan, byte for byte.

    Raises
    ------
    InvalidArgumentError
        If the job can never work: 0 chips, a prefix with an underscore, more annotators than folders.
    NotFoundError, PermissionDeniedError
        If the input cannot be listed. What is wrong with single images is in the plan.
    """
    return _core.plan_chips(job)


def run_chips(
    job: ChipJob,
    *,
    on_progress: OnProgress | None = None,
    on_outcome: OnOutcome | None = None,
    progress: bool = False,
    elsewhere: Callable[[Dispatch], object] | None = None,
) -> BatchReport:
    """Run one round: plan, cut with resume, prove, index, report.

    One image's failure never stops the others, and an image too small for a chip is skipped and counted. Ctrl-C stops
    it within about a second; the same call goes on where it stopped and cuts only what is missing or wrong.

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
        ``report["details"]`` counts the chips, also by folder and annotator; not of an interrupted run, nor of one
        worker of several.

    Raises
    ------
    TilewrightError
        As :func:`plan_chips` does; InvalidArgumentError if chips of another round lie in the output that were placed
        by other options; PermissionDeniedError, IoFailedError or ResourceError if the output cannot be written;
        AlreadyExistsError if another run holds it.
    """
    with progress_bar(shown=progress) as show:

        def tell(counts: EngineProgress) -> None:
            show(counts)
            if on_progress is not None:
                on_progress(counts)

        # Workers leave the page to merge_shards().
        page = page_at_end(job.output_dir) if job.shard.count == 1 else contextlib.nullcontext()
        with page:
            report = _core.run_chips(job, tell, on_outcome, log_to(__name__), elsewhere)
    if job.shard.count == 1 and not report.interrupted and not write_geoparquet(job.output_dir):
        log_to(__name__)("INFO", f"no chips.parquet: {why_no_geoparquet()}", "")
    return report


def extract_chips(
    input_dir: StrPath,
    output_dir: StrPath,
    *,
    count: int = 4,
    size_px: int = 1024,
    folders: int = 10,
    prefix: str = "A",
    margin_px: int = 10,
    seed: int = 0,
    format: ChipFormat = "auto",
    compression: Compression = "fast",
    max_nodata: float = 1.0,
    annotators: int = 0,
    max_workers: int = 0,
    io_threads: int = 0,
    memory_bytes: int = 0,
    retries: int = 3,
    resume: ChipResume = "sizes",
    open: OpenOptions | None = None,
    shard: Shard | None = None,
    plan_file: StrPath | None = None,
    on_progress: OnProgress | None = None,
    on_outcome: OnOutcome | None = None,
    progress: bool = False,
) -> BatchReport:
    """Cut one round of training chips out of every TIFF below a folder, or out of one raster.

    Chips lie in ``output_dir/01``, ``02``, ...; beside them ``chips.csv``, ``chips.geojson``, ``chips.parquet`` (with
    pyarrow) and the report.

    Parameters
    ----------
    input_dir
        A folder, or one file.
    output_dir
        Made if it does not exist.
    count
        Chips an image, 1 to 1,000.
    size_px
        Side of a chip.
    folders
        Folders that the images are dealt to.
    prefix
        The round: ``"A"``, then ``"B"``, then ``"C"``; no chip overlaps one of an earlier round.
    margin_px
        What stays free at every edge of an image.
    seed
        Another seed, other places.
    format
        ``"auto"``: PNG where it holds every bit, else GeoTIFF.
    compression
        Time for size; all are lossless.
    max_nodata
        Chips with a larger share of pixels without data are drawn again in their cell, then skipped; 1: off.
    annotators
        Task lists to write, to as many people; 0: none.
    max_workers
        Threads; 0: one a processor. The bytes written do not depend on it.
    io_threads
        Images under way while some wait for a store; 0: eight a worker where one is read or written.
    memory_bytes
        Budget of all threads; 0: a quarter of what the machine has.
    retries
        Further attempts after an error that may pass.
    resume
        What of an earlier run is trusted: files of the recorded size, of the recorded hash, or nothing (``"never"``).
    open
        What to refuse.
    shard
        Which of the images this worker cuts, of several that share the round; when all are done,
        :func:`tilewright.batch.merge_shards` writes the indexes.
    plan_file
        What was found, frozen: written by the first that lists the input, read by all others.
    on_progress, on_outcome, progress
        As for :func:`run_chips`.

    Returns
    -------
    BatchReport
        ``report["details"]`` counts the chips, also by folder and annotator; not of an interrupted run, nor of one
        worker of several.

    Raises
    ------
    TilewrightError
        As :func:`run_chips`.

    Examples
    --------
    >>> import numpy as np
    >>> from tilewright import raster
    >>> written = raster.write("scene.tif", np.zeros((3, 900, 800), np.uint8))
    >>> extract_chips("scene.tif", "chips", size_px=256)["details"]["chips"]
    4
    """
    job = ChipJob(
        input_dir,
        output_dir,
        count=count,
        size_px=size_px,
        folders=folders,
        prefix=prefix,
        margin_px=margin_px,
        seed=seed,
        format=format,
        compression=compression,
        max_nodata=max_nodata,
        annotators=annotators,
        max_workers=max_workers,
        io_threads=io_threads,
        memory_bytes=memory_bytes,
        retries=retries,
        resume=resume,
        open=OpenOptions() if open is None else open,
        shard=Shard() if shard is None else shard,
        plan_file=plan_file,
    )
    return run_chips(job, on_progress=on_progress, on_outcome=on_outcome, progress=progress)


def read_chip_sets(output_dir: StrPath) -> list[ChipSet]:
    """Read what every run and machine recorded in an output folder, sorted by prefix and source.

    Raises
    ------
    CorruptError
        If a record is none, contradicts itself or names a file outside its folder.
    """
    return _core.read_chip_sets(output_dir)


def write_index(output_dir: StrPath, *, folders: int = 10, annotators: int = 0) -> ChipCounts:
    """Write the indexes of an output folder anew from its records; for when several machines cut its chips.

    Returns
    -------
    ChipCounts
        Chips by folder and annotator.
    """
    counts = _core.write_chip_index(output_dir, folders, annotators)
    write_geoparquet(output_dir)
    return counts
