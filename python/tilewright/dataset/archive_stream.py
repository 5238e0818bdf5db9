# SPDX-License-Identifier: Apache-2.0
"""What is packed in a file, as far as it can be unpacked."""

from __future__ import annotations

import bz2
import lzma
import threading
import zlib
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from tilewright.dataset.in_threads import StoppedError
from tilewright.errors import IoFailedError

__all__ = ["COMPRESSIONS", "ArchiveStream", "compression_of"]

#: How a file begins that is packed so.
COMPRESSIONS = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\0": "xz"}
_READ_BYTES = 256 << 10
_MOST_BYTES = 1 << 20
#: What these unpackers made of the piece with the damage is lost.
_SMALL_READ_BYTES = 4 << 10
_GZIP_WINDOW_BITS = 31
_MAGIC_BYTES = max(map(len, COMPRESSIONS))
#: Errors of gzip that say that all was unpacked, but is not what it was; bytes of its trailer that follow.
_CHECKS = {"incorrect data check": 4, "incorrect length check": 0}

Note = Callable[[str], object]


def compression_of(head: bytes) -> str | None:
    """Give ``"gzip"``, ``"bzip2"`` or ``"xz"`` by a file's first bytes; None for what is none of them."""
    return next((name for magic, name in COMPRESSIONS.items() if head.startswith(magic)), None)


class ArchiveStream:
    """The bytes that were packed, up to the first that cannot be had.

    Parameters
    ----------
    path
        A file, packed by gzip, bzip2, xz or not at all, whatever its name is.
    stop
        When set, reading ends by `StoppedError`.

    Attributes
    ----------
    damage : list of str
        Why bytes are missing or in doubt; what is wrong is known when the end is reached.
    """

    def __init__(self, path: Path, stop: threading.Event | None = None) -> None:
        self.damage: list[str] = []
        self._stop = stop or threading.Event()
        self._file = path.open("rb")
        self._path = path
        self._pieces: Iterator[bytes] | None = None
        self._buffer = b""
        self._at = 0

    def __enter__(self) -> ArchiveStream:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, size: int) -> bytes:
        """Give the next bytes; fewer than ``size`` only where they end.

        Raises
        ------
        StoppedError
            If ``stop`` is set.
        OSError
            If the file cannot be read.
        """
        while len(self._buffer) - self._at < size:
            piece = self._next()
            if piece is None:
                break
            self._buffer = self._buffer[self._at :] + piece
            self._at = 0
        taken = self._buffer[self._at : self._at + size]
        self._at += len(taken)
        return taken

    def unread(self, taken: bytes) -> None:
        """Put back the last bytes that were read."""
        self._buffer = taken + self._buffer[self._at :]
        self._at = 0

    def pieces(self, size: int) -> Iterator[bytes]:
        """Give so many bytes in pieces; fewer where they end."""
        while size > 0 and (piece := self.read(min(size, _MOST_BYTES))):
            size -= len(piece)
            yield piece

    def _next(self) -> bytes | None:
        if self._stop.is_set():
            raise StoppedError
        try:
            if self._pieces is None:
                compression = compression_of(self._file.read(_MAGIC_BYTES))
                self._file.seek(0)
                self._pieces = _PIECES[compression](self._file, self.damage.append)
            return next(self._pieces, None)
        except OSError as error:
            raise IoFailedError(f"{self._path}: cannot be read: {error.strerror or error}", str(self._path)) from error


def _plain(file: BinaryIO, note: Note) -> Iterator[bytes]:
    while piece := file.read(_READ_BYTES):
        yield piece


def _gunzipped(file: BinaryIO, note: Note) -> Iterator[bytes]:
    unpacker = None
    packed = b""
    while True:
        if not packed and not (packed := file.read(_READ_BYTES)):
            if unpacker is not None:
                yield unpacker.flush()
                note("the gzip data end too early")
            return
        if unpacker is None:
            packed = _next_part(file, packed, "gzip")
            if not packed:
                return
            unpacker = zlib.decompressobj(_GZIP_WINDOW_BITS)
        before = unpacker.copy()
        try:
            piece = unpacker.decompress(packed, _MOST_BYTES)
        except zlib.error as error:
            reason = str(error).rpartition(": ")[2]
            behind = yield from _before_damage(before, packed)
            if reason not in _CHECKS:
                note(f"the gzip data are damaged: {reason}")
                return
            # Nothing is missing, but something is not what it was. What is packed behind it is as good as before.
            note(f"CRC error in the gzip data: {reason}")
            behind += file.read(max(_CHECKS[reason] - len(behind), 0))
            packed, unpacker = behind[_CHECKS[reason] :], None
            continue
        if piece:
            yield piece
        packed = unpacker.unconsumed_tail
        if unpacker.eof:
            packed, unpacker = unpacker.unused_data, None


def _before_damage(unpacker: zlib._Decompress, packed: bytes) -> Generator[bytes, None, bytes]:
    """Give what is unpacked of the bytes before the damaged one; returns those behind it."""
    at = 0
    step = len(packed)
    while True:
        tried = unpacker.copy()
        try:
            piece = tried.decompress(packed[at : at + step])
        except zlib.error:
            if step == 1:
                return packed[at + 1 :]
            step //= 2
            continue
        unpacker = tried
        at += step
        if piece:
            yield piece


def _next_part(file: BinaryIO, packed: bytes, compression: str) -> bytes:
    """Give the bytes from where the next packed part begins; none if something else follows, or nothing."""
    while not (packed := packed.lstrip(b"\0")):
        if not (packed := file.read(_READ_BYTES)):
            return b""
    packed += file.read(max(_MAGIC_BYTES - len(packed), 0))
    # Programs that unpack pass over what is none of theirs, too.
    return packed if compression_of(packed) == compression else b""


def _unpacked(compression: str, make: Callable[[], Any]) -> Callable[[BinaryIO, Note], Iterator[bytes]]:
    def unpacked(file: BinaryIO, note: Note) -> Iterator[bytes]:
        unpacker = None
        packed = b""
        while True:
            if not packed and (unpacker is None or unpacker.needs_input):
                packed = file.read(_SMALL_READ_BYTES)
                if not packed:
                    if unpacker is not None:
                        note(f"the {compression} data end too early")
                    return
            if unpacker is None:
                packed = _next_part(file, packed, compression)
                if not packed:
                    return
                unpacker = make()
            try:
                piece = unpacker.decompress(packed, _MOST_BYTES)
            except (OSError, ValueError, lzma.LZMAError) as error:
                note(f"the {compression} data are damaged: {error}")
                return
            packed = b""
            if piece:
                yield piece
            if unpacker.eof:
                packed, unpacker = unpacker.unused_data, None

    return unpacked


_PIECES: dict[str | None, Callable[[BinaryIO, Note], Iterator[bytes]]] = {
    None: _plain,
    "gzip": _gunzipped,
    "bzip2": _unpacked("bzip2", bz2.BZ2Decompressor),
    "xz": _unpacked("xz", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ)),
}
