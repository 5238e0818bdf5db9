# SPDX-License-Identifier: Apache-2.0
"""Rasters as NumPy arrays: read windows, look at headers, write PNG and GeoTIFF.

Arrays have the shape (band, row, column). What is read is a view of the reader's own buffer, and what is written is
read where it lies, whatever its strides: nothing is copied on the way.

All sample types of GDAL come through: ``uint8`` to ``float64`` as NumPy's types of that name, ``complex_float32`` and
``complex_float64`` as ``complex64`` and ``complex128``. NumPy has no complex integers; ``complex_int16`` and
``complex_int32`` are structured arrays with the fields ``"real"`` and ``"imag"``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from tilewright import _core
from tilewright._core import (
    BandInfo,
    ColorEntry,
    GroundControlPoint,
    OpenOptions,
    RasterInfo,
    Size,
    Window,
    WrittenFile,
)
from tilewright.errors import InvalidArgumentError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from tilewright._core import Compression, RasterFormat

__all__ = [
    "BandInfo",
    "ColorEntry",
    "GroundControlPoint",
    "OpenOptions",
    "RasterInfo",
    "Samples",
    "Size",
    "StrPath",
    "Window",
    "WrittenFile",
    "cropped",
    "info",
    "info_of",
    "png_refusal",
    "preview",
    "read",
    "read_mask",
    "write",
]

StrPath: TypeAlias = str | os.PathLike[str]
Samples: TypeAlias = "npt.NDArray[Any]"


def info(path: StrPath, options: OpenOptions | None = None, *, page: int | None = None) -> RasterInfo:
    """Read what a raster's header says.

    Parameters
    ----------
    path
        A GeoTIFF, COG, PNG, JPEG, JP2, WebP, GIF or BMP; its content decides, not its name.
    options
        What to refuse; the defaults if None.
    page
        Page of a multi-page TIFF, from 1; that of `options` if None.

    Returns
    -------
    RasterInfo
        Size, sample type, georeferencing, nodata, colours, metadata, and how the file is stored.

    Raises
    ------
    NotFoundError, PermissionDeniedError, IoFailedError
        If the file cannot be read.
    CorruptError
        If it is empty, damaged, or not what its name says.
    UnsupportedError
        If it is of another format or its codec is unknown.
    ResourceError
        If it is larger than `options` allow.

    Examples
    --------
    >>> import numpy as np
    >>> written = write("grey.tif", np.zeros((20, 30), np.uint16))
    >>> found = info("grey.tif")
    >>> found.shape, found.type, found.dtype
    ((1, 20, 30), 'uint16', dtype('uint16'))
    """
    return _core.read_raster_info(path, _options(options, page))


def read(
    path: StrPath, window: Window | None = None, *, page: int | None = None, options: OpenOptions | None = None
) -> Samples:
    """Read samples.

    Parameters
    ----------
    path
        A raster; see :func:`info`.
    window
        The part to read, which must lie in the image; all of it if None.
    page
        Page of a multi-page TIFF, from 1; that of `options` if None.
    options
        What to refuse; the defaults if None.

    Returns
    -------
    numpy.ndarray
        Shape (band, row, column), the file's own sample type; a view of pixel-interleaved memory that nobody else uses,
        so it may be written to.

    Raises
    ------
    InvalidArgumentError
        If the window does not lie in the image.
    TilewrightError
        As :func:`info` does, and CorruptError where samples cannot be decoded.

    Examples
    --------
    >>> import numpy as np
    >>> written = write("ramp.tif", np.arange(12, dtype=np.uint8).reshape(3, 4))
    >>> read("ramp.tif", Window(1, 0, 2, 2))
    array([[[1, 2],
            [5, 6]]], dtype=uint8)
    """
    return _core.read(path, window, _options(options, page))


def read_mask(
    path: StrPath, window: Window | None = None, *, page: int | None = None, options: OpenOptions | None = None
) -> npt.NDArray[np.uint8]:
    """Read the mask of a dataset: 0 for hidden and 255 for valid pixels; all 255 if it has none.

    Nodata values and alpha bands are no such mask; the bands of :func:`info` tell of them. Parameters and errors are
    those of :func:`read`.

    Returns
    -------
    numpy.ndarray
        Shape (row, column), uint8.
    """
    mask: npt.NDArray[np.uint8] = _core.read_mask(path, window, _options(options, page))[0]
    return mask


def preview(
    path: StrPath, max_side_px: int = 1024, *, page: int | None = None, options: OpenOptions | None = None
) -> Samples:
    """Read a smaller image for looking at: nearest neighbours, from as few blocks as possible.

    Parameters
    ----------
    path
        A raster; see :func:`info`.
    max_side_px
        Longest side of the result, in pixels; a smaller raster comes whole.
    page, options
        As for :func:`read`.

    Returns
    -------
    numpy.ndarray
        Shape (band, row, column), the file's own sample type.
    """
    return _core.read_preview(path, max_side_px, _options(options, page))


def info_of(array: npt.ArrayLike, **fields: Any) -> RasterInfo:
    """Describe an array as a raster.

    Parameters
    ----------
    array
        Shape (row, column) or (band, row, column).
    **fields
        Further fields of RasterInfo: ``epsg``, ``crs_wkt``, ``geotransform``, ``band``, ``metadata``, ...

    Returns
    -------
    RasterInfo
        One band counts as grey, three as red, green and blue; more are of no colour unless `band` says so, and in
        particular no band is taken for alpha.

    Examples
    --------
    >>> import numpy as np
    >>> [band.color_interpretation for band in info_of(np.zeros((3, 20, 30), np.uint8)).band]
    ['Red', 'Green', 'Blue']
    """
    samples = _samples(array)
    bands = samples.shape[0]
    colors = {1: ["Gray"], 3: ["Red", "Green", "Blue"]}.get(bands, ["Undefined"] * bands)
    described = RasterInfo(
        size=Size(samples.shape[2], samples.shape[1]),
        bands=bands,
        type=_core.pixel_type_of(samples.dtype),
        band=[BandInfo(color_interpretation=color) for color in colors],
    )
    return described.replace(**fields)


def cropped(info: RasterInfo, window: Window) -> RasterInfo:
    """Describe the part of a raster inside a window: size, geotransform, GCPs and RPCs shifted."""
    return _core.cropped(info, window)


def png_refusal(info: RasterInfo) -> str | None:
    """Say why PNG cannot hold the samples of such a raster exactly; None if it can.

    Examples
    --------
    >>> import numpy as np
    >>> png_refusal(info_of(np.zeros((3, 20, 30), np.uint16))) is None
    True
    >>> png_refusal(info_of(np.zeros((20, 30), np.float32))) is None
    False
    """
    return _core.png_refusal(info)


def write(
    path: StrPath,
    array: npt.ArrayLike,
    *,
    info: RasterInfo | None = None,
    mask: npt.ArrayLike | None = None,
    format: RasterFormat | None = None,
    compression: Compression = "fast",
    workers: int = 0,
) -> WrittenFile:
    """Write an array as PNG or GeoTIFF. The file is whole or absent.

    Parameters
    ----------
    path
        Where to; an existing file is replaced.
    array
        Shape (row, column) or (band, row, column), any strides; read where it lies.
    info
        Georeferencing, nodata, colours, metadata; see :func:`info_of`, which is used if None. Of the shape and type of
        `array`.
    mask
        Shape (row, column): False or 0 where pixels are hidden. GeoTIFF only.
    format
        ``"png"`` or ``"tiff"``; by the path's ending if None.
    compression
        ``"fast"``, ``"balanced"`` or ``"small"``; all are lossless.
    workers
        Threads; 0: one a processor.

    Returns
    -------
    WrittenFile
        Path, size and SHA-256.

    Raises
    ------
    InvalidArgumentError
        If `array`, `info` and `mask` do not fit each other, or the ending tells no format.
    UnsupportedError
        If the format cannot hold the samples; the message says why.
    PermissionDeniedError, IoFailedError, ResourceError
        If the file cannot be written.

    Examples
    --------
    >>> import numpy as np
    >>> written = write("one.png", np.full((3, 20, 30), 7, np.uint8), compression="small")
    >>> written.path.name, info("one.png").driver
    ('one.png', 'PNG')

    With a place on the ground, in metres of UTM zone 32:

    >>> ground = np.zeros((20, 30), np.uint16)
    >>> where = (500000, 10, 0, 5200000, 0, -10)
    >>> _ = write("ground.tif", ground, info=info_of(ground, epsg=32632, geotransform=where))
    >>> info("ground.tif").epsg, info("ground.tif").geotransform == where
    (32632, True)
    """
    samples = _samples(array)
    described = info_of(samples) if info is None else info
    expected = (described.shape, described.dtype)
    if expected != (samples.shape, samples.dtype):
        raise InvalidArgumentError(
            f"info describes samples of {expected[0]} {expected[1]}, not the array's {samples.shape} {samples.dtype}",
            os.fsdecode(path),
        )
    hidden: Samples | None = None
    if mask is not None:
        hidden = _mask(mask)
        if hidden.shape != samples.shape[1:]:
            raise InvalidArgumentError(
                f"the mask's shape {hidden.shape} is not the image's {samples.shape[1:]}", os.fsdecode(path)
            )
        described = described.replace(mask="per_dataset")
    elif described.mask == "per_dataset":
        raise InvalidArgumentError("info tells of a mask; give it, or info.replace(mask='none')", os.fsdecode(path))
    return _core.write_raster(path, format or _format_of(path), samples, described, hidden, compression, workers)


def _format_of(path: StrPath) -> RasterFormat:
    ending = Path(os.fsdecode(path)).suffix.lower()
    if ending == ".png":
        return "png"
    if ending in (".tif", ".tiff"):
        return "tiff"
    raise InvalidArgumentError(
        f"the ending '{ending}' tells no format; end the name in .png, .tif or .tiff, or give format", os.fsdecode(path)
    )


def _options(options: OpenOptions | None, page: int | None) -> OpenOptions:
    options = OpenOptions() if options is None else options
    return options if page is None else options.replace(page=page)


# NumPy takes longer to load than all else together, and the command line needs none of it: hence here.


def _mask(mask: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """Turn what hides pixels where it is False into a mask as files hold it."""
    import numpy as np  # noqa: PLC0415

    hidden: npt.NDArray[np.uint8] = np.where(np.asarray(mask), np.uint8(255), np.uint8(0))
    return hidden


def _samples(array: npt.ArrayLike) -> Samples:
    """View an array as (band, row, column) in the machine's byte order; copies only to swap or align bytes."""
    import numpy as np  # noqa: PLC0415

    if isinstance(array, np.ma.MaskedArray):
        raise InvalidArgumentError("a masked array would lose its mask; give array.data, and mask=~array.mask to write")
    samples = np.asarray(array)
    if samples.ndim == 2:
        samples = samples[np.newaxis]
    if samples.ndim != 3:
        raise InvalidArgumentError(
            f"an image has the shape (row, column) or (band, row, column), not {np.shape(array)}", "array"
        )
    return np.require(samples, samples.dtype.newbyteorder("="), "A")
