# SPDX-License-Identifier: Apache-2.0
"""Outputs, state and logs, copied to a place that outlives the machine, and brought back from there.

A file is stored under its SHA-256, so a copy is never changed; ``checkpoint.json`` names the copies that belong
together, and is written last. A kill in between leaves the checkpoint as it was.
"""

from __future__ import annotations

import contextlib
import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tilewright import _core
from tilewright.dataset.config import DatasetConfig
from tilewright.dataset.file_hash import sha256_of
from tilewright.errors import CorruptError, TilewrightError
from tilewright.places import place

__all__ = ["Checkpoint"]

_log = logging.getLogger(__name__)
_LISTING = "checkpoint.json"
#: Reckoned with until a file was copied.
_LEAST_BYTES_A_SECOND = 20e6


class Checkpoint:
    """The copy of a dataset's outputs, state and logs; nothing where the configuration names no place for it."""

    def __init__(self, config: DatasetConfig) -> None:
        self._config = config
        self._root = None if config.checkpoint_uri is None else place(config.checkpoint_uri)
        self._known: dict[Path, tuple[tuple[int, int], str]] = {}
        self._saved_at = time.monotonic()
        self._bytes_a_second = _LEAST_BYTES_A_SECOND

    def restore(self) -> int:
        """Bring back what is missing here; gives the number of files.

        Raises
        ------
        CorruptError
            If a file is not what was copied.
        """
        brought = 0
        for name, copy in self._listed().items():
            path = self._path(name)
            if path.exists():
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f".{path.name}.part")
            _core.copy_file(self._object(copy["sha256"]), part)
            if sha256_of(part) != copy["sha256"]:
                part.unlink()
                raise CorruptError(f"{self._root}: its copy of {name} is damaged", str(self._root))
            part.replace(path)
            brought += 1
        if brought:
            _log.info("%d files brought back from %s", brought, self._root)
        return brought

    def save_if_due(self) -> None:
        """Copy what changed if the last time is ``checkpoint_interval`` ago."""
        if time.monotonic() - self._saved_at >= self._config.checkpoint_interval:
            self.save()

    def save_what_fits(self, within_s: float) -> None:
        """Copy what changed, as far as time and store allow; what is not copied is told in the log."""
        try:
            self.save(within_s)
        except (TilewrightError, OSError) as error:
            _log.warning("the checkpoint is not up to date: %s", error)

    def save(self, within_s: float | None = None) -> bool:
        """Copy what changed.

        Parameters
        ----------
        within_s
            Leave out files that may take longer; the copies of before then stay.

        Returns
        -------
        bool
            Whether all is copied.
        """
        if self._root is None:
            return True
        ends = None if within_s is None else time.monotonic() + within_s
        before = self._listed()
        stored = {copy["sha256"] for copy in before.values()}
        now: dict[str, dict[str, Any]] = {}
        left_out = []
        # What is small goes first: with little time, that is the most.
        for size, name, path in sorted(self._files()):
            if ends is not None and time.monotonic() + size / self._bytes_a_second > ends:
                left_out.append(name)
                continue
            try:
                now[name] = {"sha256": self._store(path, stored)}
            except FileNotFoundError:
                continue  # A thread has done with it.
        if left_out:
            _log.warning("no time is left to copy %s; their copies of before stay", ", ".join(left_out))
            now = {**before, **now}
        if now != before:
            listing = json.dumps({"schema_version": 1, "files": now}, indent=1, sort_keys=True)
            _core.write_bytes(self._root / _LISTING, listing.encode())
            for digest in stored - {copy["sha256"] for copy in now.values()}:
                _core.remove_file(self._object(digest))
        self._saved_at = time.monotonic()
        return not left_out

    def _store(self, path: Path, stored: set[str]) -> str:
        """Copy a file unless that was done before; gives the name of its copy."""
        while True:
            digest = self._digest(path)
            if digest in stored:
                return digest
            begun = time.monotonic()
            _core.copy_file(path, self._object(digest))
            # The log may have grown under our hands.
            if self._digest(path) == digest:
                break
            _core.remove_file(self._object(digest))
        stored.add(digest)
        size = self._known[path][0][0]
        if size >= _LEAST_BYTES_A_SECOND:
            self._bytes_a_second = size / max(time.monotonic() - begun, 1e-3)
        return digest

    def _files(self) -> Iterator[tuple[int, str, Path]]:
        """Give what is copied: its size, its name there, and where it is."""
        work_dir = self._config.work_dir
        files = [("dataset.h5", self._config.hdf5_path), ("dataset.parquet", self._config.parquet_path)]
        for path in work_dir.rglob("*"):
            relative = path.relative_to(work_dir)
            if not any(part.startswith(".") for part in relative.parts):
                files.append((f"work/{relative.as_posix()}", path))
        for name, path in files:
            # Threads of a stage make and remove some meanwhile; what is empty, as a new log, tells nothing.
            with contextlib.suppress(FileNotFoundError):
                if path.is_file() and (size := path.stat().st_size):
                    yield size, name, path

    def _path(self, name: str) -> Path:
        if name == "dataset.h5":
            return self._config.hdf5_path
        if name == "dataset.parquet":
            return self._config.parquet_path
        relative = Path(name.removeprefix("work/"))
        if relative.is_absolute() or ".." in relative.parts:
            raise CorruptError(f"{self._root}: its list names {name!r}", str(self._root))
        return self._config.work_dir / relative

    def _object(self, digest: str) -> Any:
        assert self._root is not None
        return self._root / "objects" / digest

    def _listed(self) -> dict[str, dict[str, Any]]:
        if self._root is None or not _core.file_exists(self._root / _LISTING):
            return {}
        try:
            listing = json.loads(_core.read_bytes(self._root / _LISTING))
            files: dict[str, dict[str, Any]] = listing["files"]
        except (ValueError, LookupError, TypeError) as error:
            raise CorruptError(f"{self._root}/{_LISTING}: is no list of a checkpoint ({error})") from error
        return files

    def _digest(self, path: Path) -> str:
        """Hash a file, once as long as it stays as it is."""
        status = path.stat()
        seen = (status.st_size, status.st_mtime_ns)
        if path not in self._known or self._known[path][0] != seen:
            self._known[path] = seen, sha256_of(path)
        return self._known[path][1]
