# SPDX-License-Identifier: Apache-2.0
"""What is known of archives that are there: later runs ask no server for them."""

from __future__ import annotations

import threading
import time
from typing import Any

from tilewright.dataset.config import DatasetConfig
from tilewright.dataset.fetch import Fetched, file_has
from tilewright.dataset.manifest import ManifestEntry
from tilewright.dataset.shown_url import url_identity
from tilewright.dataset.stage import read_record, write_record

__all__ = ["DownloadState"]

#: A record older than the files costs a question to the server for each.
_SAVE_S = 2.0
#: Of the time, at most one part in so many is spent on saving.
_PARTS = 50


class DownloadState:
    """The record of a dataset's downloads."""

    def __init__(self, config: DatasetConfig) -> None:
        self._raw_dir = config.raw_dir
        self._path = config.work_dir / "download.json"
        record = read_record(self._path) or {}
        self._archives: dict[str, dict[str, Any]] = record.get("archives", {})
        self._rate: float | None = record.get("bytes_per_second")
        self._come = 0
        self._lock = threading.Lock()
        self._begun_at = time.monotonic()
        self._save_at = self._begun_at + _SAVE_S

    def has(self, entry: ManifestEntry) -> bool:
        """Whether an archive is there, and is the one that was fetched."""
        record = self._archives.get(entry.out)
        if record is None or record["url"] != url_identity(entry.url):
            return False
        if entry.checksum is not None and record["checksum"] != "=".join(entry.checksum):
            return False
        try:
            return (self._raw_dir / entry.out).stat().st_size == int(record["size_bytes"])
        except OSError:
            return False

    def proven(self, entry: ManifestEntry, stop: threading.Event) -> Fetched | None:
        """Give an archive that is there, if it has the checksum that the manifest gives only now."""
        if entry.checksum is None or not self.has(ManifestEntry(entry.url, entry.out)):
            return None
        if not file_has(self._raw_dir / entry.out, entry.checksum, stop):
            return None
        record = self._archives[entry.out]
        return Fetched(record["size_bytes"], record["validator"], was_there=True)

    def size_bytes(self, entry: ManifestEntry) -> int:
        """Give the size of an archive that is there."""
        return int(self._archives[entry.out]["size_bytes"])

    def come(self, count: int) -> None:
        """Note bytes that have come; by any thread."""
        with self._lock:
            self._come += count

    def add(self, entry: ManifestEntry, fetched: Fetched) -> None:
        """Note an archive that is there."""
        self._archives[entry.out] = {
            "url": url_identity(entry.url),
            "size_bytes": fetched.size_bytes,
            "validator": fetched.validator,
            "checksum": None if entry.checksum is None else "=".join(entry.checksum),
        }

    def save_if_due(self) -> None:
        """Write it down now and then."""
        if time.monotonic() >= self._save_at:
            self.save()

    def save(self) -> None:
        """Write it down."""
        begun = time.monotonic()
        if self._come:
            self._rate = self._come / max(begun - self._begun_at, 1e-3)
        write_record(self._path, {"schema_version": 1, "archives": self._archives, "bytes_per_second": self._rate})
        took = time.monotonic() - begun
        self._save_at = begun + max(_SAVE_S, _PARTS * took)

    def seconds_left(self, there: int, have_bytes: int, begun_bytes: int, missing: int) -> float | None:
        """Estimate by what came before, taking it that what is missing is as large as what is there."""
        if not self._rate or not there:
            return None
        return max(have_bytes / there * missing - begun_bytes, 0.0) / self._rate
