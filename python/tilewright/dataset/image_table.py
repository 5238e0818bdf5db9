# SPDX-License-Identifier: Apache-2.0
"""The index of a dataset: a row an image, in an order that depends on nothing but the images."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tilewright import _core
from tilewright.dataset.annotation import ID_LIMIT, Annotation
from tilewright.errors import CorruptError

__all__ = ["ImageTable", "target_key"]

_META = b"tilewright"


def target_key(dataset_id: npt.ArrayLike, target_id: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Give the key of targets among those of all datasets: ids of targets are unique within one dataset only.

    Examples
    --------
    >>> int(target_key(75, 6132))
    75000006132
    """
    key: npt.NDArray[np.int64] = np.asarray(dataset_id, np.int64) * ID_LIMIT + np.asarray(target_id, np.int64)
    return key


@dataclass(frozen=True)
class ImageTable:
    """Rows sorted by dataset, target, patch and street view, then by path.

    Attributes
    ----------
    table
        Columns ``DatasetID``, ``TargetID``, ``PatchID``, ``StreetViewID`` (int64), ``Image filename``, ``Subpath``
        (text), ``Target Point Latitude`` and ``Target Point Longitude`` (float64, degrees), and what else annotations
        tell.
    """

    table: pa.Table

    @classmethod
    def of_rows(cls, rows: list[tuple[str, str, int, Annotation]]) -> ImageTable:
        """Make it of (subpath, file name, size in bytes, annotation), in any order."""
        rows = sorted(rows, key=_order)
        told = [annotation for *_, annotation in rows]

        def column(attribute: str, kind: Any) -> Any:
            return pa.array([getattr(annotation, attribute) for annotation in told], kind)

        columns = {
            "DatasetID": column("dataset_id", pa.int64()),
            "TargetID": column("target_id", pa.int64()),
            "PatchID": column("patch_id", pa.int64()),
            "StreetViewID": column("street_view_id", pa.int64()),
            "Image filename": pa.array([row[1] for row in rows], pa.string()),
            "Subpath": pa.array([row[0] for row in rows], pa.string()),
            "Image bytes": pa.array([row[2] for row in rows], pa.int64()),
            "Target Point Latitude": column("target_latitude", pa.float64()),
            "Target Point Longitude": column("target_longitude", pa.float64()),
            "Target Point Height": column("target_height", pa.float64()),
            "Normal": column("normal", pa.list_(pa.float64())),
            "Street View Latitude": column("street_view_latitude", pa.float64()),
            "Street View Longitude": column("street_view_longitude", pa.float64()),
            "Street View Height": column("street_view_height", pa.float64()),
            "Distance": column("distance", pa.float64()),
            "Heading": column("heading", pa.float64()),
            "Pitch": column("pitch", pa.float64()),
            "Roll": column("roll", pa.float64()),
            "Aligned": column("aligned", pa.list_(pa.float64())),
        }
        return cls(pa.table(columns))

    @classmethod
    def described(cls, path: Path) -> dict[str, Any] | None:
        """Read what a file says of itself, without its rows; None if there is no such file.

        Raises
        ------
        CorruptError
            If the file is damaged or none of ours.
        """
        if not path.exists():
            return None
        try:
            described: dict[str, Any] = json.loads(pq.read_metadata(path).metadata[_META])
        except (pa.ArrowInvalid, OSError, ValueError, LookupError, TypeError) as error:
            raise CorruptError(f"{path}: cannot be read as an index ({error}); remove it", str(path)) from error
        return described

    @classmethod
    def read(cls, path: Path) -> ImageTable:
        """Read a table that `write` wrote.

        Raises
        ------
        CorruptError
            If the file is damaged, or its rows are not those it was written with.
        """
        described = cls.described(path)
        try:
            read = cls(pq.read_table(path))
        except (pa.ArrowInvalid, OSError) as error:
            raise CorruptError(f"{path}: cannot be read as an index ({error}); remove it", str(path)) from error
        if described is None or read.fingerprint != described["fingerprint"]:
            raise CorruptError(f"{path}: its rows are not those it was written with; remove it", str(path))
        return read

    def described_by(self, described: dict[str, Any]) -> dict[str, Any]:
        """Add to what is told of a table what it says itself."""
        own = {"fingerprint": self.fingerprint, "rows": len(self), "targets": len(np.unique(self.target_keys))}
        return {**described, **own}

    def write(self, path: Path, described: dict[str, Any]) -> None:
        """Write it as Parquet, whole or not at all, with what `described_by` gave."""
        written = pa.BufferOutputStream()
        meta = {_META: json.dumps(described, sort_keys=True).encode()}
        pq.write_table(self.table.replace_schema_metadata(meta), written)
        path.parent.mkdir(parents=True, exist_ok=True)
        _core.write_bytes(path, written.getvalue().to_pybytes())

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def numbers(self, column: str) -> npt.NDArray[Any]:
        """Give a column of numbers."""
        values: npt.NDArray[Any] = self.table[column].combine_chunks().to_numpy(zero_copy_only=False)
        return values

    def texts(self, column: str) -> list[str]:
        """Give a column of texts."""
        values: list[str] = self.table[column].to_pylist()
        return values

    @cached_property
    def target_keys(self) -> npt.NDArray[np.int64]:
        """The target of each row, as `target_key` has it."""
        return target_key(self.numbers("DatasetID"), self.numbers("TargetID"))

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of all rows: equal where rows mean the same images in the same order."""
        digest = hashlib.sha256()
        for name in self.table.column_names:
            column = self.table[name].combine_chunks()
            digest.update(f"{name}:{len(column)};".encode())
            if pa.types.is_string(column.type):
                digest.update("\n".join(column.to_pylist()).encode())
                continue
            if pa.types.is_list(column.type):
                digest.update(pc.list_value_length(column).to_numpy(zero_copy_only=False).tobytes())
            if pa.types.is_nested(column.type):
                column = pc.list_flatten(column)
            digest.update(column.to_numpy(zero_copy_only=False).tobytes())
        return digest.hexdigest()

    def taken(self, rows: npt.NDArray[np.int64]) -> ImageTable:
        """Give a table of some rows."""
        return ImageTable(self.table.take(pa.array(rows)))


def _order(row: tuple[str, str, int, Annotation]) -> tuple[int, int, int, int, str, str]:
    subpath, filename, _, told = row
    return told.dataset_id, told.target_id, told.patch_id, told.street_view_id, subpath, filename
