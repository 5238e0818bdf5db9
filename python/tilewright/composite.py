# SPDX-License-Identifier: Apache-2.0
"""Composites: one image of many co-registered datasets, pixel by pixel.

A sample is one pixel of one dataset, all bands together. It is dropped if any of its bands has the nodata or the
saturated value, is NaN, or if a mask or alpha hides it. Of what is left a rule makes the pixel:

``luminance``
    the sample whose sum of bands is in the middle: of k, number k // 2 of the sorted, equal ones in the order of the
    datasets. A whole sample, never a mixture.
``quantile``
    of each band by itself the value number ``int(quantile * k)`` of the sorted: one that was seen.
``medoid``
    the sample with the least sum of Euclidean distances to the others.
``geomedian``
    the point with the least sum of distances to the samples (Weiszfeld's iterations as Vardi and Zhang mended them,
    doi:10.1073/pnas.97.4.1423), float32.
``mean``, ``count``
    float32; uint16, one band.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tilewright import _core
from tilewright import display as _display  # noqa: F401 - gives classes their notebook faces
from tilewright._core import (
    BatchReport,
    CogOptions,
    CompositeFiles,
    CompositeJob,
    CompositeOptions,
    CompositePlan,
    Dispatch,
    EngineProgress,
    PlannedWindow,
    RasterInfo,
    SkippedDataset,
    StackOptions,
    Window,
    WrittenComposite,
    WrittenMosaic,
    windows_folder,
)
from tilewright.batch import OnOutcome, OnProgress, shard_folder
from tilewright.progress_bar import progress_bar
from tilewright.raster import StrPath
from tilewright.report_page import page_at_end
from tilewright.run_log import log_to

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from tilewright._core import GeoTransform

__all__ = [
    "CogOptions",
    "Composite",
    "CompositeFiles",
    "CompositeJob",
    "CompositeOptions",
    "CompositePlan",
    "PlannedWindow",
    "SkippedDataset",
    "StackOptions",
    "WrittenComposite",
    "WrittenMosaic",
    "composite",
    "plan_composite",
    "run_composite",
    "windows_folder",
    "write_composite",
    "write_mosaic",
]

WindowLike = Window | tuple[int, int, int, int]


@dataclass(frozen=True)
class Composite:
    """One window of many datasets, made into one image."""

    image: npt.NDArray[np.generic]
    """(band, row, column); nodata where no sample was left."""
    mask: npt.NDArray[np.uint8]
    """(row, column): 255 where a sample was left, 0 where none."""
    counts: npt.NDArray[np.uint16]
    """(row, column): how many samples counted."""
    datasets: npt.NDArray[np.uint16] | None
    """(row, column): number of the dataset that was chosen, from 0; 65535 for none. None if the rule chooses none."""
    info: RasterInfo
    """Of the image: place, type, nodata."""
    skipped: list[SkippedDataset]
    """Datasets that could not be read, where ``skip_bad`` allows some."""

    @property
    def geotransform(self) -> GeoTransform | None:
        """As :attr:`RasterInfo.geotransform`, of the window."""
        return self.info.geotransform


def composite(
    datasets: Sequence[StrPath],
    window: WindowLike | None = None,
    options: CompositeOptions | None = None,
    *,
    stack: StackOptions | None = None,
    memory_bytes: int = 0,
    workers: int = 0,
    on_progress: Callable[[int], object] | None = None,
) -> Composite:
    """Compose a window of co-registered datasets.

    Parameters
    ----------
    datasets
        Paths or URLs of 1 to 32,767 rasters of uint8, uint16, int16 or float32, 1 to 64 bands beside alpha.
    window
        (x, y, width, height), px; all of the image if None.
    options
        The rule, and what is dropped; the defaults if None.
    stack
        Masks, aligning, unreadable datasets.
    memory_bytes
        Budget beside the result; 0: a quarter of what the machine has. The window of every dataset is never in memory
        at once; a small budget reads it in smaller parts.
    workers
        Threads; 0: one a processor.
    on_progress
        Called about twenty times a second with the bytes of samples read so far, from the calling thread. If it raises,
        the work is stopped.

    Raises
    ------
    InvalidArgumentError
        If there is no dataset, the window is empty or not inside, or a dataset does not fit the others: it is named.
    UnsupportedError
        If samples are of another type, or there are more bands.
    NotFoundError, PermissionDeniedError, IoFailedError, CorruptError
        If a dataset cannot be read: it is named.

    Examples
    --------
    >>> import numpy as np
    >>> from tilewright import raster
    >>> for day, value in enumerate([10, 30, 20, 0]):
    ...     written = raster.write(f"day{day}.tif", np.full((3, 4, 4), value, np.uint8))
    >>> made = composite([f"day{day}.tif" for day in range(4)], (0, 0, 2, 2))
    >>> made.image[:, 0, 0].tolist(), int(made.counts[0, 0]), int(made.datasets[0, 0])
    ([20, 20, 20], 3, 2)
    """
    image, mask, counts, chosen, info, skipped = _core.composite(
        [*datasets],
        _window(window),
        options or CompositeOptions(),
        stack or StackOptions(),
        memory_bytes,
        workers,
        on_progress,
    )
    return Composite(image, mask[0], counts[0], None if chosen is None else chosen[0], info, skipped)


def write_composite(
    target: StrPath,
    datasets: Sequence[StrPath],
    window: WindowLike | None = None,
    options: CompositeOptions | None = None,
    *,
    stack: StackOptions | None = None,
    files: CompositeFiles | None = None,
    memory_bytes: int = 0,
    workers: int = 0,
    on_progress: Callable[[int], object] | None = None,
) -> WrittenComposite:
    """Compose a window and write it as a COG, whole or absent.

    Nothing is done if the file is there and says in its metadata that it was made of these datasets, as they are, in
    this way.

    Parameters
    ----------
    target
        Path or URL of the COG.
    files
        What is written beside it, and how; lossless DEFLATE by default.
    datasets, window, options, stack, memory_bytes, workers, on_progress
        As for :func:`composite`.

    Raises
    ------
    TilewrightError
        As :func:`composite`; PermissionDeniedError, IoFailedError or ResourceError if it cannot be written.
    """
    return _core.write_composite(
        target,
        [*datasets],
        _window(window),
        options or CompositeOptions(),
        stack or StackOptions(),
        files or CompositeFiles(),
        memory_bytes,
        workers,
        on_progress,
    )


def plan_composite(job: CompositeJob) -> CompositePlan:
    """Open all datasets and plan the windows, before a pixel is decoded.

    Raises
    ------
    TilewrightError
        As :func:`composite` does for datasets; InvalidArgumentError if the job can never work.
    """
    return _core.plan_composite(job)


def run_composite(
    job: CompositeJob,
    *,
    on_progress: OnProgress | None = None,
    on_outcome: OnOutcome | None = None,
    progress: bool = False,
    elsewhere: Callable[[Dispatch], object] | None = None,
) -> BatchReport:
    """Compose a whole scene: window by window, then one COG of them.

    Windows that are there and were made of the same datasets in this way are left alone, so the same job goes on where
    it stopped. When all stand, and no other worker shares the run, the COG is made and the windows are removed. A
    window that fails stops no other, but no COG is made without it.

    Parameters
    ----------
    job
        What to make and of what.
    on_progress
        Called about ten times a second with counts and bytes, from the calling thread.
    on_outcome
        Called once a window as it ends, from the calling thread.
    progress
        Show a bar, as a widget in notebooks.
    elsewhere
        Has other machines make the windows; see :mod:`tilewright.tasks`. The COG is made of them here.

    Returns
    -------
    BatchReport
        Of the windows.

    Raises
    ------
    TilewrightError
        As :func:`plan_composite` does; PermissionDeniedError, IoFailedError or ResourceError if the output cannot be
        written; AlreadyExistsError if another run holds it.
    """
    with progress_bar(shown=progress, tasks="windows") as show:

        def tell(counts: EngineProgress) -> None:
            show(counts)
            if on_progress is not None:
                on_progress(counts)

        with page_at_end(shard_folder(windows_folder(job), job.shard)):
            return _core.run_composite(job, tell, on_outcome, log_to(__name__), elsewhere)


def write_mosaic(
    target: StrPath,
    tiles: Sequence[StrPath],
    *,
    cog: CogOptions | None = None,
    allow_gaps: bool = False,
    workers: int = 0,
    on_progress: Callable[[int], object] | None = None,
) -> WrittenMosaic:
    """Put tiles together to one COG, whole or absent, some rows at a time.

    Where they lie is told by their geotransforms, or, where none has one, by the windows that
    :func:`write_composite` wrote into them.

    Raises
    ------
    InvalidArgumentError
        If tiles overlap, leave gaps that are not allowed, or do not fit each other: which and where is named.
    TilewrightError
        If a tile cannot be read, or the target not be written.
    """
    return _core.write_mosaic(target, [*tiles], cog or CogOptions(), allow_gaps, workers, on_progress)


def _window(window: WindowLike | None) -> Window | None:
    return Window(*window) if isinstance(window, tuple) else window
