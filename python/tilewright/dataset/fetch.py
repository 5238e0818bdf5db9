# SPDX-License-Identifier: Apache-2.0
"""One archive fetched: resumed, tried again, checked, and named only when it is whole."""

from __future__ import annotations

import hashlib
import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tilewright.dataset.in_threads import StoppedError
from tilewright.dataset.manifest import ManifestEntry
from tilewright.dataset.part_file import PartFile
from tilewright.dataset.shown_url import shown_url, url_identity
from tilewright.dataset.source import Answer, ContentChangedError, Source, SourceError, Version
from tilewright.dataset.stage import DISK_IS_FULL

__all__ = ["Fetch", "FetchError", "Fetched", "file_has"]

_log = logging.getLogger(__name__)
#: Before the first further attempt; twice as long before each that follows.
FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0
_PIECE_BYTES = 1 << 20


class FetchError(Exception):
    """Why an archive is not there; the message names its address."""


@dataclass(frozen=True)
class Fetched:
    """An archive that is there.

    Attributes
    ----------
    size_bytes
        Of its file.
    validator
        Of what the server has, if it told one.
    was_there
        Whether somebody else put it there.
    """

    size_bytes: int
    validator: str | None
    was_there: bool = False


@dataclass(frozen=True)
class Fetch:
    """Fetches an archive to its place.

    Attributes
    ----------
    entry
        What is fetched.
    target
        Where to.
    source
        Where from.
    retries
        Further attempts in a row that bring nothing.
    stop
        When set, the fetch ends by `StoppedError`; what has come is kept.
    on_bytes
        Told how many have come, piece by piece.
    """

    entry: ManifestEntry
    target: Path
    source: Source
    retries: int
    stop: threading.Event
    on_bytes: Callable[[int], object]

    def __call__(self) -> Fetched:
        """Fetch it; a file that is there is replaced only if it is not what would come.

        Raises
        ------
        FetchError
            If it cannot be had.
        StoppedError
            If ``stop`` was set.
        """
        try:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            return self._until_it_is_here(PartFile(self.target))
        except SourceError as error:
            if self.stop.is_set():
                raise StoppedError from None
            raise FetchError(f"{shown_url(self.entry.url)}: {error}") from error
        except OSError as error:
            what = "the disk is full" if error.errno in DISK_IS_FULL else error.strerror or str(error)
            raise FetchError(f"{self.target}: cannot be written: {what}") from error

    def _until_it_is_here(self, part: PartFile) -> Fetched:
        furthest = part.size_bytes()
        vain = 0
        while True:
            try:
                return self._attempt(part)
            except SourceError as error:
                if isinstance(error, ContentChangedError):
                    part.remove()
                reached = part.size_bytes()
                vain = 1 if reached > furthest else vain + 1
                furthest = max(furthest, reached)
                if not error.passes or vain > self.retries or self.stop.is_set():
                    raise
                wait_s = max(error.wait_s, random.uniform(0, min(_LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (vain - 1))))
                _log.info("%s: %s; again in %.1f s", shown_url(self.entry.url), error, wait_s)
                self._rest(wait_s)

    def _attempt(self, part: PartFile) -> Fetched:
        identity = url_identity(self.entry.url)
        version = part.version_of(identity)
        first = part.size_bytes()
        if version.size_bytes is not None and first > version.size_bytes:
            part.remove()
            first = 0
        elif first and first == version.size_bytes:
            # All but its name was done before; it was on the disk, or its checksum will tell.
            with part.appending():
                pass
            return self._finished(part, first, version)
        with self.source.opened(self.entry.url, first, version) as answer:
            if self._is_there(answer):
                part.remove()
                return Fetched(self.target.stat().st_size, answer.version.validator, was_there=True)
            if answer.first == 0:
                part.begin(identity, answer.version)
            with part.appending() as file:
                for piece in answer.pieces:
                    self._go_on()
                    file.write(piece)
                    self.on_bytes(len(piece))
        self._go_on()
        size, told = part.size_bytes(), answer.version.size_bytes
        if told is not None and size < told:
            raise SourceError(f"it ended after {size:,} of {told:,} bytes", passes=True)
        if told is not None and size > told:
            raise ContentChangedError(f"{size:,} bytes came instead of {told:,}")
        return self._finished(part, size, answer.version)

    def _is_there(self, answer: Answer) -> bool:
        """Whether a file that somebody put there is what would come."""
        try:
            size = self.target.stat().st_size
        except FileNotFoundError:
            return False
        if self.entry.checksum is not None:
            return answer.version.size_bytes in (None, size) and file_has(self.target, self.entry.checksum, self.stop)
        return size == answer.version.size_bytes

    def _finished(self, part: PartFile, size: int, version: Version) -> Fetched:
        if self.entry.checksum is not None and not file_has(part.path, self.entry.checksum, self.stop):
            part.remove()
            raise SourceError(f"what came has another {self.entry.checksum[0]} than the manifest says; it was removed")
        part.finish(version.mtime_ns)
        return Fetched(size, version.validator)

    def _go_on(self) -> None:
        if self.stop.is_set():
            raise StoppedError

    def _rest(self, wait_s: float) -> None:
        if self.stop.wait(wait_s):
            raise StoppedError


def file_has(path: Path, checksum: tuple[str, str], stop: threading.Event) -> bool:
    """Check a file's hash, of ``("sha-256", "3a5f...")``."""
    kind, digest = checksum
    hashed = hashlib.new(kind.replace("-", ""), usedforsecurity=False)
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            if stop.is_set():
                raise StoppedError
            hashed.update(piece)
    return hashed.hexdigest() == digest
