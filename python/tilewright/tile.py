# SPDX-License-Identifier: Apache-2.0
"""Cut images into slices with proofs, prove them, and put them together again, bit for bit.

Long calls run on threads without the GIL; Ctrl-C stops them within a fraction of a second and leaves nothing half
written. `progress`, where a function takes it, is called from the calling thread with the number of bytes of decoded
samples dealt with so far; what it raises stops the call and comes out of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from tilewright import _core
from tilewright._core import (
    Comparison,
    FileIdentity,
    Manifest,
    SliceRecord,
    TesselateOptions,
    VerifyProblem,
    VerifyResult,
    WrittenFile,
)
from tilewright.errors import InvalidArgumentError, TilewrightError
from tilewright.layout import Layout
from tilewright.raster import RasterInfo, Samples, StrPath, _samples, info_of

if TYPE_CHECKING:
    from tilewright._core import Compression, SourceCheck

__all__ = [
    "ByteProgress",
    "Comparison",
    "FileIdentity",
    "Manifest",
    "SliceRecord",
    "TesselateOptions",
    "VerifyProblem",
    "VerifyResult",
    "WrittenFile",
    "compare",
    "read_manifest",
    "reconstruct",
    "reconstruct_array",
    "tesselate",
    "verify",
    "verify_folder",
    "verify_images_identical",
]

ByteProgress: TypeAlias = Callable[[int], object]


def tesselate(
    source: StrPath | Samples,
    folder: StrPath,
    options: TesselateOptions | Layout | None = None,
    *,
    info: RasterInfo | None = None,
    workers: int = 0,
    progress: ByteProgress | None = None,
) -> Manifest:
    """Cut one image into slices and prove them: slice files, then the manifest, last and atomically.

    The image is read once, by bands of rows; memory is bounded whatever its size. Slices of an earlier call in the same
    folder are removed. If the call fails or is stopped, nothing of it stays.

    Parameters
    ----------
    source
        A raster, or an array of the shape (row, column) or (band, row, column) with any strides, read where it lies.
    folder
        Where the slices and ``metadata.json`` go; made if it does not exist.
    options
        How to cut and store; a layout alone stands for ``TesselateOptions(layout)``. Eight pieces if None.
    info
        Of an array: georeferencing, nodata, colours, metadata; see :func:`tilewright.raster.info_of`.
    workers
        Threads; 0: one a processor. The bytes written do not depend on it.
    progress
        See above; the whole is ``raster.raw_bytes`` of the manifest.

    Returns
    -------
    Manifest
        What was written.

    Raises
    ------
    InvalidArgumentError
        If the layout cannot be for such an image, or `info` does not fit the array.
    UnsupportedError
        If a format was asked for that cannot hold the samples; the message says why.
    TilewrightError
        As :func:`tilewright.raster.info` and :func:`tilewright.raster.write` do.

    Examples
    --------
    >>> import numpy as np
    >>> from tilewright.layout import GridLayout
    >>> image = np.arange(3 * 60 * 100, dtype=np.uint16).reshape(3, 60, 100)
    >>> manifest = tesselate(image, "slices", GridLayout(rows=2, columns=2))
    >>> [slice.filename for slice in manifest.slices][:2]
    ['slice_0_0_0_50_30.png', 'slice_1_50_0_100_30.png']
    >>> bool((reconstruct_array("slices") == image).all())
    True
    """
    chosen = _tesselate_options(options)
    if isinstance(source, (str, bytes, os.PathLike)):
        if info is not None:
            raise InvalidArgumentError("info is for arrays; a file tells its own", os.fsdecode(source))
        return _core.tesselate(source, folder, chosen, workers, progress)
    samples = _samples(source)
    described = info_of(samples) if info is None else info
    if (described.shape, described.dtype) != (samples.shape, samples.dtype):
        raise InvalidArgumentError(
            f"info describes samples of {described.shape} {described.dtype}, not the array's {samples.shape} "
            f"{samples.dtype}",
            "info",
        )
    if described.mask != "none":
        raise InvalidArgumentError(
            "an array has no mask; write it with raster.write(..., mask=...) and tesselate the file", "info"
        )
    return _core.tesselate_array(samples, described, folder, chosen, workers, progress)


def read_manifest(path: StrPath) -> Manifest:
    """Read a manifest from its file or from the folder that holds it, and check what it says.

    Raises
    ------
    CorruptError
        If it is no manifest, contradicts itself, or names a file outside its folder.
    UnsupportedError
        If it was written by a newer version.
    NotFoundError, PermissionDeniedError, IoFailedError
        If it cannot be read.
    """
    return _core.read_manifest(path)


def reconstruct(
    manifest: Manifest | StrPath,
    output: StrPath,
    *,
    compression: Compression = "fast",
    workers: int = 0,
    progress: ByteProgress | None = None,
) -> WrittenFile:
    """Put a tesselated image together again: the same samples, mask, georeferencing and metadata.

    Slices are proven on the way, so nothing unproven is written; memory is bounded. The output is whole or absent.

    Parameters
    ----------
    manifest
        A manifest, its file, or the folder that holds it.
    output
        Ends in ``.png`` where PNG holds the samples, else in ``.tif`` or ``.tiff``. An existing file is replaced, but
        neither the original nor a slice.
    compression
        ``"fast"``, ``"balanced"`` or ``"small"``.
    workers
        Threads; 0: one a processor.
    progress
        See above; the whole is ``manifest.raster.raw_bytes``.

    Returns
    -------
    WrittenFile
        Path, size and SHA-256.

    Raises
    ------
    NotFoundError, CorruptError
        If a slice is missing, altered or truncated; the message names it.
    InvalidArgumentError
        If the output's name has another ending, or is that of a slice or of the original itself.
    UnsupportedError
        If the output's format cannot hold the samples.
    """
    return _core.reconstruct(_manifest(manifest), output, compression, workers, progress)


def reconstruct_array(
    manifest: Manifest | StrPath, *, workers: int = 0, progress: ByteProgress | None = None
) -> Samples:
    """Put a tesselated image together in memory; parameters and errors are those of :func:`reconstruct`.

    Returns
    -------
    numpy.ndarray
        Shape (band, row, column), the sample type of the image.
    """
    return _core.reconstruct_array(_manifest(manifest), workers, progress)


def verify(
    path: StrPath,
    *,
    source: SourceCheck = "never",
    workers: int = 0,
    progress: ByteProgress | None = None,
) -> VerifyResult:
    """Prove the slices of one image: files, samples, and that the slices cover it. Needs no original.

    Parameters
    ----------
    path
        ``metadata.json``, or the folder that holds it.
    source
        Whether to compare with the original too: ``"never"``, ``"if_present"`` where it is found, or ``"required"``,
        where a missing original is a problem. It is looked for where the manifest says; a relative path from the
        current folder, then from the manifest's folder and each folder above it.
    workers
        Threads; 0: one a processor.
    progress
        See above.

    Returns
    -------
    VerifyResult
        ``ok``, and each problem with its file. Damaged slices raise nothing.

    Raises
    ------
    TilewrightError
        As :func:`read_manifest` does, if the manifest itself cannot be read.
    """
    return _core.verify(path, source, workers, progress)


def verify_folder(
    folder: StrPath,
    *,
    source: SourceCheck = "never",
    workers: int = 0,
    progress: ByteProgress | None = None,
) -> list[VerifyResult]:
    """Prove every manifest at and below a folder; parameters are those of :func:`verify`.

    Returns
    -------
    list of VerifyResult
        One a manifest; one that cannot be read is a result with a problem.

    Raises
    ------
    NotFoundError
        If there is no manifest at all.
    """
    return _core.verify_folder(folder, source, workers, progress)


def compare(a: StrPath, b: StrPath, *, workers: int = 0, progress: ByteProgress | None = None) -> Comparison:
    """Compare two rasters: samples bit for bit in their own type, and all that is said of them.

    Codec and block layout may differ; a TIFF and its reconstruction are ``identical``. Memory is bounded.

    Raises
    ------
    TilewrightError
        As :func:`tilewright.raster.read` does for either.

    Examples
    --------
    >>> import numpy as np
    >>> from tilewright import raster
    >>> one = raster.write("one.tif", np.zeros((20, 30), np.uint8))
    >>> two = raster.write("two.tif", np.eye(20, 30, dtype=np.uint8))
    >>> found = compare("one.tif", "two.tif")
    >>> found.identical, found.different_samples, found.total_samples
    (False, 20, 600)
    """
    return _core.compare(a, b, workers, progress)


_FORMER_ANSWERS = (
    "file_sizes_match", "md5_hashes_match", "dimensions_match", "pixels_identical", "overall_identical",
)  # fmt: skip
_ANSWERS = (
    "types_match",
    "masks_identical",
    "nodata_identical",
    "georeferencing_identical",
    "color_identical",
    "metadata_identical",
)


def verify_images_identical(a: StrPath, b: StrPath) -> dict[str, Any]:
    """Compare two rasters and tell it with the keys of the tool that came before.

    Returns
    -------
    dict
        ``images``, ``file_sizes_match``, ``md5_hashes_match``, ``dimensions_match``, ``pixels_identical``,
        ``overall_identical``, ``md5_hash1``, ``md5_hash2``, ``dimensions1``, ``dimensions2`` as (width, height);
        where samples differ ``different_pixels`` and ``total_pixels`` (both count samples, as ever) and
        ``difference_percentage``; and ``types_match``, ``masks_identical``, ``nodata_identical``,
        ``georeferencing_identical``, ``color_identical``, ``metadata_identical``, ``differences``.

        ``overall_identical`` is about the images, ``Comparison.identical``; the files may differ in size and hash.

        A raster that cannot be read raises nothing: as ever there is a key ``error`` with the reason then (and
        ``error_type`` with its code), every answer is False, and sizes and hashes are missing. :func:`compare` raises.

    Examples
    --------
    >>> import numpy as np
    >>> from tilewright import raster
    >>> one = raster.write("one.tif", np.zeros((20, 30), np.uint8))
    >>> two = raster.write("two.png", np.zeros((20, 30), np.uint8))
    >>> verify_images_identical("one.tif", "two.png")["overall_identical"]
    True
    """
    result: dict[str, Any] = {"images": [os.fsdecode(a), os.fsdecode(b)]}
    try:
        found = compare(a, b)
    except TilewrightError as error:
        return {
            **result,
            **dict.fromkeys((*_FORMER_ANSWERS, *_ANSWERS), False),
            "differences": [],
            "error": str(error),
            "error_type": error.code,
        }
    result |= {
        "file_sizes_match": found.file_sizes_match,
        "md5_hashes_match": found.md5_hashes_match,
        "dimensions_match": found.dimensions_match,
        "pixels_identical": found.pixels_identical,
        "overall_identical": found.identical,
        "md5_hash1": found.md5_hash_a,
        "md5_hash2": found.md5_hash_b,
        "dimensions1": tuple(found.dimensions_a),
        "dimensions2": tuple(found.dimensions_b),
    }
    if found.different_samples:
        result["different_pixels"] = found.different_samples
        result["total_pixels"] = found.total_samples
        result["difference_percentage"] = 100.0 * found.different_samples / found.total_samples
    for key in (*_ANSWERS, "differences"):
        result[key] = getattr(found, key)
    return result


def _manifest(manifest: Manifest | StrPath) -> Manifest:
    return manifest if isinstance(manifest, Manifest) else read_manifest(manifest)


def _tesselate_options(options: TesselateOptions | Layout | None) -> TesselateOptions:
    if options is None:
        return TesselateOptions()
    return options if isinstance(options, TesselateOptions) else TesselateOptions(options)
