# SPDX-License-Identifier: Apache-2.0
"""Thumbnails: small pictures of any raster, one at a time or of a whole folder, and squares as models take them.

Overviews, and JPEGs decoded at 1/2, 1/4 or 1/8, are read in place of the whole image. Images are turned upright.
Palettes and CMYK become RGB; samples of more than 8 bits are stretched so that the 2nd percentile is black and the 98th
white; alpha, masks and nodata become alpha.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from tilewright import _core
from tilewright import display as _display  # noqa: F401 - gives classes their notebook faces
from tilewright._core import (
    BatchReport,
    Dispatch,
    EngineProgress,
    PlannedThumbnail,
    Size,
    SquareOptions,
    ThumbnailForecast,
    ThumbnailJob,
    ThumbnailOptions,
    ThumbnailPlan,
    WrittenThumbnail,
)
from tilewright.batch import OnOutcome, OnProgress, shard_folder
from tilewright.places import place
from tilewright.progress_bar import progress_bar
from tilewright.raster import OpenOptions, StrPath
from tilewright.report_page import page_at_end
from tilewright.run_log import log_to

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from tilewright.errors import TilewrightError

__all__ = [
    "PlannedThumbnail",
    "SquareOptions",
    "ThumbnailForecast",
    "ThumbnailJob",
    "ThumbnailOptions",
    "ThumbnailPlan",
    "WrittenThumbnail",
    "make_thumbnail",
    "plan_thumbnails",
    "read_squares",
    "run_thumbnails",
    "stamped",
    "thumbnail_name",
    "thumbnail_size",
    "write_thumbnail",
]


def thumbnail_size(image: Size, box: Size) -> Size:
    """Give the size of a thumbnail: Pillow's rule for fitting into a box, proportions kept, never enlarged.

    Parameters
    ----------
    image
        Of the image as it is looked at, px.
    box
        What to fit into, px.

    Raises
    ------
    InvalidArgumentError
        If a side is less than 1 px.

    Examples
    --------
    >>> size = thumbnail_size(Size(400, 300), Size(100, 100))
    >>> size.width_px, size.height_px
    (100, 75)
    """
    return _core.thumbnail_size(image, box)


def thumbnail_name(source_name: str) -> str:
    """Give the name of a thumbnail: the source's, with ``.png`` behind it if it is not that of a picture.

    Examples
    --------
    >>> thumbnail_name("a.JPG"), thumbnail_name("b.jp2")
    ('a.JPG', 'b.jp2.png')
    """
    return _core.thumbnail_name(source_name)


def make_thumbnail(
    path: StrPath, width_px: int = 100, height_px: int | None = None, *, options: OpenOptions | None = None
) -> npt.NDArray[np.uint8]:
    """Make a small picture of a raster.

    Parameters
    ----------
    path
        A GeoTIFF, COG, PNG, JPEG, JP2, WebP, GIF or BMP; its content decides, not its name.
    width_px, height_px
        The box that it fits into; a square if only one is given.
    options
        What to refuse, and the page of a multi-page TIFF; the defaults if None.

    Returns
    -------
    numpy.ndarray
        Shape (band, row, column), uint8: grey or RGB, and one band more of alpha unless all is opaque.

    Raises
    ------
    NotFoundError, PermissionDeniedError, IoFailedError
        If the file cannot be read.
    CorruptError
        If it is damaged, empty, or not what its name says.
    UnsupportedError
        If it is of another format or its codec is unknown.
    ResourceError
        If it is larger than `options` allow.

    Examples
    --------
    >>> import numpy as np
    >>> from tilewright import raster
    >>> written = raster.write("scene.tif", np.zeros((3, 300, 400), np.uint8))
    >>> make_thumbnail("scene.tif").shape
    (3, 75, 100)
    """
    picture: npt.NDArray[np.uint8] = _core.make_thumbnail(path, _options(width_px, height_px, 75, options))
    return picture


def read_squares(
    paths: Iterable[StrPath],
    size_px: int = 224,
    *,
    mean: Sequence[float] = (0.485, 0.456, 0.406),
    std: Sequence[float] = (0.229, 0.224, 0.225),
    workers: int = 0,
    options: OpenOptions | None = None,
) -> tuple[npt.NDArray[np.float32], list[TilewrightError | None]]:
    """Read images as models of vision take them: the square in the middle, resampled, its samples normalised.

    Colours are as :func:`make_thumbnail` has them; what is transparent is put on white, and grey comes three times.
    Pixels are averaged over their area; smaller images are enlarged cubically.

    Parameters
    ----------
    paths
        Images of any size and format; as for :func:`make_thumbnail`.
    size_px
        Side of the squares, 1 to 16384.
    mean, std
        Of red, green and blue: each sample becomes ``(sample / 255 - mean) / std``.
    workers
        Threads; 0: one a processor.
    options
        As for :func:`make_thumbnail`.

    Returns
    -------
    numpy.ndarray
        Shape (image, 3, row, column), float32; zeros for an image that cannot be read.
    list of TilewrightError or None
        Why an image cannot be read, one entry for each.

    Raises
    ------
    InvalidArgumentError
        If size, mean or std can never work. What is wrong with single images is in the list.

    Examples
    --------
    >>> import numpy as np
    >>> from tilewright import raster
    >>> written = raster.write("scene.tif", np.full((3, 300, 400), 255, np.uint8))
    >>> squares, errors = read_squares(["scene.tif", "missing.tif"], mean=(0, 0, 0), std=(1, 1, 1))
    >>> squares.shape, float(squares[0].min()), float(squares[1].max())
    ((2, 3, 224, 224), 1.0, 0.0)
    >>> [error and error.code for error in errors]
    [None, 'not_found']
    """
    opened = OpenOptions() if options is None else options
    return _core.read_squares(list(paths), SquareOptions(size_px, mean, std, open=opened), workers)


def write_thumbnail(
    source: StrPath,
    target: StrPath,
    width_px: int = 100,
    height_px: int | None = None,
    *,
    quality: int = 75,
    options: OpenOptions | None = None,
) -> WrittenThumbnail:
    """Make a thumbnail and write it. The file is whole or absent.

    Parameters
    ----------
    source
        As for :func:`make_thumbnail`.
    target
        Where to; JPEG, PNG, GIF, BMP, TIFF or WebP by its extension, PNG for any other. Replaced if it exists. JPEG and
        BMP have no alpha: what is transparent becomes white.
    width_px, height_px
        The box that it fits into; a square if only one is given.
    quality
        Of JPEG and WebP, 1 to 100.
    options
        As for :func:`make_thumbnail`.

    Returns
    -------
    WrittenThumbnail
        Its size in pixels; path, size in bytes and SHA-256.

    Raises
    ------
    TilewrightError
        As :func:`make_thumbnail` does; PermissionDeniedError, IoFailedError or ResourceError if it cannot be written.
    """
    return _core.write_thumbnail(source, target, _options(width_px, height_px, quality, options))


def stamped(job: ThumbnailJob) -> ThumbnailJob:
    """Give a job the name of its run, so that its folder is known beforehand.

    A stamp that was given stays. Else it is that of the plan file, which is written if there is none yet; else, where
    workers share the run, the minute (UTC) of the newest file in the input, which all of them see alike; else this
    minute.

    Raises
    ------
    TilewrightError
        As :func:`plan_thumbnails` does.

    Examples
    --------
    >>> stamped(ThumbnailJob(".", "out", stamp="20251203T1530Z")).stamp
    '20251203T1530Z'
    """
    return _core.stamped(job)


def plan_thumbnails(job: ThumbnailJob) -> ThumbnailPlan:
    """List and plan, before a pixel is decoded.

    Raises
    ------
    InvalidArgumentError
        If the job can never work: no size, a stamp that is none, a plan file of another input.
    NotFoundError, PermissionDeniedError
        If the input cannot be listed. What is wrong with single images is in the plan.

    Examples
    --------
    >>> import numpy as np
    >>> from tilewright import raster
    >>> written = raster.write("scene.tif", np.zeros((3, 300, 400), np.uint8))
    >>> plan = plan_thumbnails(ThumbnailJob(".", "out", stamp="20251203T1530Z"))
    >>> [(str(image.source), str(image.thumbnail), image.forecast.thumbnail.height_px) for image in plan.images]
    [('scene.tif', 'scene.tif', 75)]
    """
    return _core.plan_thumbnails(job)


def run_thumbnails(
    job: ThumbnailJob,
    *,
    on_progress: OnProgress | None = None,
    on_outcome: OnOutcome | None = None,
    progress: bool = False,
    elsewhere: Callable[[Dispatch], object] | None = None,
) -> BatchReport:
    """Make thumbnails of every image below a folder, into ``<output_dir>/<stamp>/``.

    Of several workers each makes its share; :func:`tilewright.batch.merge_shards` of the stamped folder merges what
    they report.

    One image's failure never stops the others. Ctrl-C stops within about a second; the same job with the same stamp
    goes on where it stopped.

    Parameters
    ----------
    job
        What to make and where to.
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
        Of the images; ``other_files`` are those that are none.

    Raises
    ------
    TilewrightError
        As :func:`plan_thumbnails` does; PermissionDeniedError, IoFailedError or ResourceError if the output cannot be
        written; AlreadyExistsError if another run holds it.
    """
    job = stamped(job)
    with progress_bar(shown=progress) as show:

        def tell(counts: EngineProgress) -> None:
            show(counts)
            if on_progress is not None:
                on_progress(counts)

        with page_at_end(shard_folder(place(job.output_dir) / job.stamp, job.shard)):
            return _core.run_thumbnails(job, tell, on_outcome, log_to(__name__), elsewhere)


def _options(width_px: int, height_px: int | None, quality: int, options: OpenOptions | None) -> ThumbnailOptions:
    box = Size(width_px, width_px if height_px is None else height_px)
    return ThumbnailOptions(box, quality, open=OpenOptions() if options is None else options)
