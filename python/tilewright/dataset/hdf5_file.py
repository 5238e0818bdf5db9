# SPDX-License-Identifier: Apache-2.0
"""The file that training reads. It is never changed in place: a new one takes the name when it is whole.

HDF5 itself has no way to survive a program that is killed while it writes: its tables of contents reach the disk in any
order. So whatever happens, the file of that name opens, and holds nothing that was not finished.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from tilewright import _core
from tilewright.dataset.careful_file import CarefulFile
from tilewright.dataset.image_table import ImageTable
from tilewright.dataset.splits import SPLITS
from tilewright.errors import CorruptError, IoFailedError

__all__ = [
    "SCHEMA_VERSION",
    "embeddings_identity",
    "groups",
    "index_identity",
    "neighbours_identity",
    "neighbours_shapes",
    "valid_images",
    "write_embeddings",
    "write_index",
    "write_neighbours",
]

SCHEMA_VERSION = 1
_INDEX = "index_identity"
_EMBEDDINGS = "embeddings_identity"
_NEIGHBOURS = "neighbours_identity"
_MASK = "backbone_completed_mask"
_DEGREES = {"Target Point Latitude": "degrees_north", "Target Point Longitude": "degrees_east"}
#: Rows of a chunk of neighbours, as the file's first readers have it.
_CHUNK_ROWS = 1024


def index_identity(path: Path) -> dict[str, Any] | None:
    """Tell which rows the file holds, and how they were shared out; None if there is no file."""
    text = _attribute(path, _INDEX)
    return None if text is None else dict(json.loads(text))


def embeddings_identity(path: Path) -> dict[str, Any] | None:
    """Tell of which rows and by which model the file's embeddings are; None if it has none."""
    text = _attribute(path, _EMBEDDINGS)
    return None if text is None else dict(json.loads(text))


def neighbours_identity(path: Path) -> dict[str, Any] | None:
    """Tell of which rows and how many the file's neighbours are; None if it has none."""
    text = _attribute(path, _NEIGHBOURS)
    return None if text is None else dict(json.loads(text))


def neighbours_shapes(path: Path) -> dict[str, tuple[int, int]]:
    """Give (targets, neighbours) of each split."""
    with h5py.File(path, "r") as file:
        return {split: file[f"metadata/knn_indices_geo_{split}"].shape for split in SPLITS}


def groups(path: Path) -> list[str] | None:
    """Name what the file holds; None if there is no file."""
    if not path.exists():
        return None
    with h5py.File(path, "r") as file:
        return sorted(file)


def valid_images(path: Path) -> int | None:
    """Give the number of rows whose image could be read; None if that is not known yet."""
    if not path.exists():
        return None
    with h5py.File(path, "r") as file:
        return len(file["images/valid_indices"]) if "images/valid_indices" in file else None


def write_index(
    path: Path, table: ImageTable, splits: Mapping[str, npt.NDArray[np.int64]], identity: Mapping[str, Any]
) -> None:
    """Write rows and splits; embeddings of the same rows stay.

    Parameters
    ----------
    path
        Of the file.
    table
        Its rows.
    splits
        Keys of targets, by split.
    identity
        ``"rows"``: the table's fingerprint; and how targets were shared out.
    """
    before = index_identity(path)
    with _amended(path) if before and before["rows"] == table.fingerprint else _new(path) as file:
        for name in ("splits", *(f"metadata/{name}" for name in file.get("metadata", ()) if name != _MASK)):
            if name in file:
                del file[name]
        file.attrs.pop(_NEIGHBOURS, None)
        file.attrs["schema_version"] = SCHEMA_VERSION
        file.attrs["tilewright_version"] = _core.__version__
        file.attrs[_INDEX] = json.dumps(identity, sort_keys=True)
        metadata = file.require_group("metadata")
        metadata.attrs["key"] = "TargetID = DatasetID * 1000000000 + the id in its annotation"
        for name in ("DatasetID", "PatchID", "StreetViewID"):
            _create(metadata, name, table.numbers(name))
        # What readers take for a target's name: ids of annotations are unique within one dataset only.
        _create(metadata, "TargetID", table.target_keys)
        for name in ("Image filename", "Subpath"):
            _create(metadata, name, np.array(table.texts(name), dtype=object), dtype=h5py.string_dtype("utf-8"))
        for name, units in _DEGREES.items():
            _create(metadata, name, table.numbers(name)).attrs["units"] = units
        group = file.create_group("splits")
        for split in SPLITS:
            _create(group, split, splits[split])
            _create(metadata, f"target_id_order_{split}", np.sort(splits[split]))


def write_embeddings(
    path: Path,
    blocks: Iterator[tuple[int, npt.NDArray[np.float32]]],
    shape: tuple[int, int],
    unreadable: Mapping[int, str],
    identity: Mapping[str, Any],
) -> None:
    """Add embeddings, or put them in the place of others.

    Parameters
    ----------
    path
        Of the file.
    blocks
        (first row, embeddings of it and those after), which cover all rows.
    shape
        (rows, numbers of an embedding).
    unreadable
        Rows without an embedding, and why; zeros stand there, and the mask says so.
    identity
        Of which rows, and by which model.
    """
    with _amended(path) as file:
        for name in ("backbone_embeddings", "images", f"metadata/{_MASK}"):
            if name in file:
                del file[name]
        embeddings = file.create_dataset(
            "backbone_embeddings", shape, np.float32, chunks=None if 0 in shape else True, **_lzf(shape)
        )
        for first, block in blocks:
            embeddings[first : first + len(block)] = block
        missing = np.array(sorted(unreadable), dtype=np.int64)
        mask = np.ones(shape[0], dtype=bool)
        mask[missing] = False
        _create(file["metadata"], _MASK, mask)
        images = file.create_group("images")
        _create(images, "valid_indices", np.flatnonzero(mask).astype(np.int64))
        _create(images, "unreadable_indices", missing)
        reasons = np.array([unreadable[int(row)] for row in missing], dtype=object)
        _create(images, "unreadable_reasons", reasons, dtype=h5py.string_dtype("utf-8"))
        file.attrs["backbone_output_size"] = shape[1]
        file.attrs[_EMBEDDINGS] = json.dumps(identity, sort_keys=True)


def write_neighbours(
    path: Path,
    found: Mapping[str, tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]],
    identity: Mapping[str, Any],
) -> None:
    """Add the neighbours of each split's targets, or put them in the place of others.

    Parameters
    ----------
    path
        Of the file.
    found
        For each split (indices into its ``target_id_order``, distances in metres), both (targets, neighbours).
    identity
        Of which rows, and how many.
    """
    with _amended(path) as file:
        metadata = file["metadata"]
        for split, (indices, distances) in found.items():
            for name, values in (("indices", indices), ("distances", distances)):
                here = f"knn_{name}_geo_{split}"
                if here in metadata:
                    del metadata[here]
                storage: dict[str, Any] = {}
                if values.size:
                    chunk = (min(_CHUNK_ROWS, len(values)), values.shape[1])
                    storage = {"chunks": chunk, "compression": "gzip", "compression_opts": 4}
                metadata.create_dataset(here, data=values, **storage)
            metadata[f"knn_distances_geo_{split}"].attrs["units"] = "m"
        file.attrs[_NEIGHBOURS] = json.dumps(identity, sort_keys=True)


def _create(group: Any, name: str, values: npt.NDArray[Any], dtype: Any = None) -> Any:
    return group.create_dataset(name, data=values, dtype=dtype, **_lzf(values.shape))


def _lzf(shape: tuple[int, ...]) -> dict[str, Any]:
    # What is empty cannot be chunked.
    return {} if 0 in shape else {"compression": "lzf"}


def _attribute(path: Path, name: str) -> str | None:
    if not path.exists():
        return None
    try:
        with h5py.File(path, "r") as file:
            text = file.attrs.get(name)
            return None if text is None else str(text)
    except OSError as error:
        raise CorruptError(f"{path}: is no HDF5 file, or a damaged one ({error}); move it away", str(path)) from error


@contextmanager
def _new(path: Path) -> Iterator[Any]:
    """Open an empty file that takes the name when the block has ended well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with _put_in_place(part, path, "w") as file:
        yield file


@contextmanager
def _amended(path: Path) -> Iterator[Any]:
    """Open a copy that takes the name when the block has ended well."""
    part = path.with_name(f".{path.name}.part")
    try:
        shutil.copyfile(path, part)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _not_written(path, error) from error
        raise
    with _put_in_place(part, path, "r+") as file:
        yield file


@contextmanager
def _put_in_place(part: Path, path: Path, mode: str) -> Iterator[Any]:
    disk = CarefulFile(part, "r+" if mode == "r+" else "w+")
    try:
        with disk:
            try:
                with h5py.File(disk, mode, libver="v110") as file:
                    yield file
                os.fsync(disk.fileno())
            except Exception:
                # What it reads of a disk that is full may be anything.
                if disk.error is None:
                    raise
            if disk.error is not None:
                raise _not_written(path, disk.error) from disk.error
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _not_written(path: Path, error: OSError) -> IoFailedError:
    return IoFailedError(f"{path}: cannot be written: {error.strerror}; what was there before stays", str(path))
