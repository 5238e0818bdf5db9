# SPDX-License-Identifier: Apache-2.0
"""The beginning of an archive, while the rest is on its way."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from tilewright.dataset.source import Version
from tilewright.dataset.stage import read_record, write_record
from tilewright.errors import CorruptError

__all__ = ["PART_SUFFIXES", "PartFile"]

#: Of files that are no archives, whatever is in them.
PART_SUFFIXES = (".part", ".part.json")
#: What a machine loses at most that goes away without a word.
_SYNC_BYTES = 64 << 20


class PartFile:
    """``{archive}.part``, with ``.part.json`` that tells of which version it is the beginning.

    Parameters
    ----------
    target
        The archive.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(f"{target.name}.part")
        self._record_path = target.with_name(f"{target.name}.part.json")

    def size_bytes(self) -> int:
        """Give its size; 0 if it is not there."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def version_of(self, identity: str) -> Version:
        """Give the version it is the beginning of; if it is of another address, or of none, it is removed."""
        try:
            record = read_record(self._record_path)
        except CorruptError:
            record = None
        if record is not None and record.get("url") == identity:
            with contextlib.suppress(KeyError):
                return Version(record["size_bytes"], record["validator"], record["mtime_ns"])
        self.remove()
        return Version()

    def begin(self, identity: str, version: Version) -> None:
        """Begin anew."""
        # In this order: bytes of before are never taken for the beginning of this version.
        self.path.unlink(missing_ok=True)
        write_record(
            self._record_path,
            {
                "url": identity,
                "size_bytes": version.size_bytes,
                "validator": version.validator,
                "mtime_ns": version.mtime_ns,
            },
        )

    def appending(self) -> PartWriter:
        """Open it to write behind what is there."""
        return PartWriter(self.path)

    def finish(self, mtime_ns: int | None) -> None:
        """Give it the archive's name; it is on the disk by then."""
        if mtime_ns is not None:
            # Downloaded again, it is still the archive that was extracted.
            os.utime(self.path, ns=(mtime_ns, mtime_ns))
        self.path.replace(self.target)
        folder = os.open(self.target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self._record_path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove it and its record."""
        self.path.unlink(missing_ok=True)
        self._record_path.unlink(missing_ok=True)


class PartWriter:
    """Writes to the disk, not only to memory that ends with the machine."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("ab")
        self._unsynced = 0

    def __enter__(self) -> PartWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._sync()
        finally:
            self._file.close()

    def write(self, piece: bytes) -> None:
        """Append."""
        self._file.write(piece)
        self._unsynced += len(piece)
        if self._unsynced >= _SYNC_BYTES:
            self._sync()

    def _sync(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._unsynced = 0
