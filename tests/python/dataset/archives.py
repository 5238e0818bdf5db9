# SPDX-License-Identifier: Apache-2.0
"""Archives in the format of 3D Street View, made for tests."""

from __future__ import annotations

import bz2
import functools
import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

__all__ = ["PACKERS", "annotation", "members_of", "stem_of", "tar_of", "tree", "zip_of"]

MTIME = 1_450_000_000
PACKERS = {
    "gzip": functools.partial(gzip.compress, mtime=0),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "plain": lambda content: content,
}


def stem_of(dataset_id: int, number: int) -> str:
    """Give the name of an image and its annotation, without the suffix."""
    return f"{dataset_id:07d}_{1000 + number:07d}_{number % 3:07d}_{number // 3:07d}"


def annotation(dataset_id: int, number: int) -> str:
    """Give a line "d" as the data set has it: runs of spaces, exponents, a negative heading."""
    target, view = number // 3, number % 3
    latitude, longitude = 36.1 + dataset_id / 1000 + target / 5000, -115.17 + target / 7000
    return (
        f"d {dataset_id} {target} {1000 + number} {view} "
        f" {latitude:.15e} {longitude:.15e}  6.481528000000000e+02  -2.939905e-02 -9.995678e-01 0 "
        f" {latitude + 1e-4:.15e} {longitude:.15e} 6.428045e+02 1.468759559608981e+01"
        f" -6.236738248856333e+01 2.000843336507016e+01 0\n"
    )


@functools.lru_cache(maxsize=4096)
def picture(seed: int, side_px: int = 64) -> bytes:
    """Give a JPEG; another one for each seed."""
    rows, columns = np.mgrid[0:side_px, 0:side_px]
    waves = np.stack(
        [np.sin((rows + seed) / 9), np.cos(columns / (7 + seed % 5)), np.sin((rows * columns + seed) / 99)]
    )
    packed = io.BytesIO()
    samples = (127 + 120 * waves.transpose(1, 2, 0)).astype(np.uint8)
    Image.fromarray(samples).save(packed, "JPEG", quality=85)
    return packed.getvalue()


def members_of(dataset_id: int, images: int) -> dict[str, bytes]:
    """Give the files of an archive, by their paths in it."""
    files = {}
    for number in range(images):
        path = f"{dataset_id:04d}/{stem_of(dataset_id, number)}"
        files[f"{path}.jpg"] = picture(dataset_id * 1009 + number)
        files[f"{path}.txt"] = annotation(dataset_id, number).encode()
    return files


def tar_of(files: dict[str, bytes], packed: str = "gzip") -> bytes:
    """Make an archive of files, with their folders; gzip unless told otherwise, as the real ones called .tar are."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for folder in sorted({name.rpartition("/")[0] for name in files} - {""}):
            archive.addfile(_info(folder, tarfile.DIRTYPE))
        for name, data in files.items():
            info = _info(name, tarfile.REGTYPE)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return PACKERS[packed](content.getvalue())


def zip_of(files: dict[str, bytes]) -> bytes:
    """Make a zip archive of files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2015, 6, 7, 8, 9, 10)), data)
    return content.getvalue()


def tree(folder: Path) -> dict[str, bytes]:
    """Read all files below a folder, hidden ones too."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def _info(name: str, kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.mtime = kind, MTIME
    return info
