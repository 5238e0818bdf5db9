# SPDX-License-Identifier: Apache-2.0
"""Which archives are extracted, and what came of them: a record each, written when all its files are on the disk."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import threading
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tilewright.dataset.config import DatasetConfig
from tilewright.dataset.in_threads import StoppedError
from tilewright.dataset.stage import read_record, write_record
from tilewright.dataset.unpack import archive_stem, unpack
from tilewright.errors import CorruptError, IoFailedError

__all__ = ["ExtractState", "Extracted"]

_log = logging.getLogger(__name__)
_MOST_SLUG_CHARACTERS = 200
_BEGUN_SUFFIX = ".begun"


@dataclass(frozen=True)
class Extracted:
    """What came of an archive.

    Attributes
    ----------
    archive
        Its name below the folder of archives.
    archive_bytes, archive_mtime_ns
        Of the archive: another one is extracted anew.
    files, bytes
        That were extracted of it.
    damage
        What is wrong with it; None if nothing is.
    fingerprint
        Of all paths and contents.
    seconds
        It took.
    """

    archive: str
    archive_bytes: int
    archive_mtime_ns: int
    files: int
    bytes: int
    damage: str | None
    fingerprint: str
    seconds: float


class ExtractState:
    """The records of a dataset's archives.

    Raises
    ------
    CorruptError
        If one is none.
    """

    def __init__(self, config: DatasetConfig) -> None:
        self._config = config
        self._folder = config.work_dir / "extract"
        read = [_read(path) for path in sorted(self._folder.glob("*.json"))]
        self._known = {extracted.archive: extracted for extracted in read}

    def all(self) -> dict[str, Extracted]:
        """Give all records as they were at first, by the archives' names."""
        return self._known

    def done(self, name: str) -> Extracted | None:
        """Give the record of an archive that is there and extracted; None if it is not, or is another one now."""
        known = self.all().get(name)
        try:
            status = (self._config.raw_dir / name).stat()
        except OSError:
            return None
        if known is None or (known.archive_bytes, known.archive_mtime_ns) != (status.st_size, status.st_mtime_ns):
            return None
        return known if self._target(name).is_dir() and not self._begun(name).exists() else None

    def extract(self, name: str, stop: threading.Event) -> Extracted:
        """Extract an archive, and write the record.

        Raises
        ------
        TilewrightError
            If it cannot be read or written.
        StoppedError
            If ``stop`` was set.
        """
        begun_at = time.monotonic()
        path = self._config.raw_dir / name
        before = _identity(path)
        resumed = self._begin(name, before)
        result = unpack(path, self._target(name), stop, resumed=resumed)
        if _identity(path) != before:
            raise IoFailedError(f"{path}: it changed while it was read", str(path))
        damage = "; ".join(result.damage)
        if damage and not result.files:
            reason = damage if before["archive_bytes"] else "it is empty"
            raise CorruptError(f"{path}: nothing of it can be read: {reason}", str(path))
        # The record must not outlive the files if the machine goes away now.
        os.sync()
        if stop.is_set():
            raise StoppedError
        kept = "1 file is" if result.files == 1 else f"{result.files:,} files are"
        told = f"{damage}; {kept} kept" if damage else None
        seconds = round(time.monotonic() - begun_at, 3)
        extracted = Extracted(
            name,
            **before,
            files=result.files,
            bytes=result.bytes,
            damage=told,
            fingerprint=result.fingerprint,
            seconds=seconds,
        )
        write_record(self._record(name), {"schema_version": 1, **asdict(extracted)})
        self._begun(name).unlink(missing_ok=True)
        return extracted

    def forget(self, names: list[str]) -> None:
        """Remove records of archives of which nothing is left: neither they nor what was extracted of them."""
        if not self._config.raw_dir.is_dir():
            return
        for name in self.all().keys() - set(names):
            if not (self._config.raw_dir / name).exists() and not self._target(name).exists():
                _log.info("%s: it is gone, and so is what was extracted of it", name)
                self._record(name).unlink(missing_ok=True)

    def has_begun(self, names: list[str]) -> bool:
        """Whether one of these archives is extracted in part."""
        return any(self._begun(name).exists() for name in names)

    def seconds_left(self, names: list[str]) -> float | None:
        """Estimate how long these archives take, by how long others took."""
        packed = sum(extracted.archive_bytes for extracted in self.all().values())
        seconds = sum(extracted.seconds for extracted in self.all().values())
        paths = [self._config.raw_dir / name for name in names]
        if not packed or not all(path.exists() for path in paths):
            return None
        workers = min(self._config.num_workers or os.cpu_count() or 1, len(names))
        return sum(path.stat().st_size for path in paths) * seconds / packed / workers

    def _begin(self, name: str, identity: dict[str, int]) -> bool:
        """Note that an archive's extraction begins; gives whether files that are there are of this archive."""
        begun = self._begun(name)
        record = read_record(begun)
        target = self._target(name)
        if record == identity:
            return True
        if (record is not None or self._record(name).exists()) and target.exists():
            _log.warning("%s: it is another archive now; what was extracted of the one before is removed", name)
            shutil.rmtree(target)
        # From here on the record tells of the past only; it goes when there is another.
        write_record(begun, dict(identity))
        return False

    def _target(self, name: str) -> Path:
        return self._config.input_dir / archive_stem(Path(name).name)

    def _record(self, name: str) -> Path:
        return self._folder / f"{_slug(name)}.json"

    def _begun(self, name: str) -> Path:
        return self._folder / f"{_slug(name)}{_BEGUN_SUFFIX}"


def _slug(name: str) -> str:
    quoted = quote(name, safe=" ", errors="surrogateescape")
    if len(quoted) <= _MOST_SLUG_CHARACTERS:
        return quoted
    return f"{quoted[:100]}-{hashlib.sha256(quoted.encode()).hexdigest()[:32]}"


def _identity(path: Path) -> dict[str, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise IoFailedError(f"{path}: cannot be read: {error.strerror or error}", str(path)) from error
    return {"archive_bytes": status.st_size, "archive_mtime_ns": status.st_mtime_ns}


def _read(path: Path) -> Extracted:
    record: dict[str, Any] = read_record(path) or {}
    try:
        return Extracted(**{field.name: record[field.name] for field in fields(Extracted)})
    except KeyError as error:
        raise CorruptError(f"{path}: is no record of an archive ({error}); remove it", str(path)) from error
