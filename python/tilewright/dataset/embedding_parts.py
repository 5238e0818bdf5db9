# SPDX-License-Identifier: Apache-2.0
"""Embeddings as they come: a file a flush, whole or absent, never changed."""

from __future__ import annotations

import io
import json
import logging
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tilewright import _core

__all__ = ["EmbeddingParts"]

_log = logging.getLogger(__name__)
_BLOCK_ROWS = 16384
_ENOUGH_FILES = 3


class EmbeddingParts:
    """What is embedded of rows, in a folder of its own for rows and model.

    Parameters
    ----------
    folder
        May be absent.
    rows
        How many there are.

    Attributes
    ----------
    done : numpy.ndarray
        Shape (row,), bool: embedded, or known to have no embedding.
    unreadable : dict
        Rows without an embedding, and why.
    """

    def __init__(self, folder: Path, rows: int) -> None:
        self.folder = folder
        self.done = np.zeros(rows, dtype=bool)
        self.unreadable: dict[int, str] = {}
        self._files: list[Path] = []
        # Where the embedding of each row lies: its file's number, and its place there.
        self._file_of = np.full(rows, -1, dtype=np.int32)
        self._place_of = np.zeros(rows, dtype=np.int32)
        for path in sorted(folder.glob("part-*.npz")):
            self._take_up(path)

    def add(
        self, rows: npt.NDArray[np.int64], embeddings: npt.NDArray[np.float32], unreadable: Mapping[int, str]
    ) -> None:
        """Write what was made of rows; when this returns, a kill loses none of it.

        Parameters
        ----------
        rows
            Those that have an embedding.
        embeddings
            Shape (row, number).
        unreadable
            Rows that have none, and why.
        """
        number = int(self._files[-1].stem.rpartition("-")[2]) + 1 if self._files else 1
        path = self.folder / f"part-{number:07d}.npz"
        written = io.BytesIO()
        reasons = np.frombuffer(json.dumps({str(row): why for row, why in unreadable.items()}).encode(), np.uint8)
        np.savez(written, rows=rows, embeddings=embeddings, unreadable=reasons)
        self.folder.mkdir(parents=True, exist_ok=True)
        _core.write_bytes(path, written.getvalue())
        self._note(path, rows, unreadable)

    def blocks(self, numbers: int) -> Iterator[tuple[int, npt.NDArray[np.float32]]]:
        """Give (first row, embeddings of it and those after) of all rows; zeros where there is none.

        Parameters
        ----------
        numbers
            Of an embedding.
        """
        loaded: dict[int, npt.NDArray[np.float32]] = {}
        for first in range(0, len(self.done), _BLOCK_ROWS):
            files = self._file_of[first : first + _BLOCK_ROWS]
            places = self._place_of[first : first + _BLOCK_ROWS]
            block = np.zeros((len(files), numbers), dtype=np.float32)
            needed = {int(number) for number in np.unique(files) if number >= 0}
            loaded = {number: kept for number, kept in loaded.items() if number in needed}
            for number in needed:
                if number not in loaded:
                    loaded[number] = _read(self._files[number])[1]
                here = files == number
                block[here] = loaded[number][places[here]]
            yield first, block

    def seconds_for(self, rows: int) -> float | None:
        """Reckon how long so many rows take, by when files were written; None where too few were."""
        if len(self._files) < _ENOUGH_FILES:
            return None
        first, last = (self._files[place].stat().st_mtime for place in (0, -1))
        made = int((self._file_of > 0).sum())
        return rows * (last - first) / made if made and last > first else None

    def _take_up(self, path: Path) -> None:
        try:
            rows, embeddings, unreadable = _read(path)
            if len(rows) != len(embeddings) or any(not 0 <= row < len(self.done) for row in (*rows, *unreadable)):
                raise ValueError("it tells of other rows")
        except (zipfile.BadZipFile, OSError, ValueError, KeyError, EOFError) as error:
            # Its rows count as not done, and are made again.
            _log.warning("%s: cannot be read and is made again (%s)", path, error)
            path.unlink()
            return
        self._note(path, rows, unreadable)

    def _note(self, path: Path, rows: npt.NDArray[np.int64], unreadable: Mapping[int, str]) -> None:
        self._file_of[rows] = len(self._files)
        self._place_of[rows] = np.arange(len(rows))
        self._files.append(path)
        self.done[rows] = True
        self.done[list(unreadable)] = True
        self.unreadable.update(unreadable)


def _read(path: Path) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32], dict[int, str]]:
    with path.open("rb") as file, np.load(file) as part:
        told: dict[str, Any] = json.loads(part["unreadable"].tobytes())
        return part["rows"], part["embeddings"], {int(row): why for row, why in told.items()}
