# SPDX-License-Identifier: Apache-2.0
"""Members of zip archives whose list, which stands at their end, is gone: each tells of itself, too."""

from __future__ import annotations

import calendar
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from tilewright.dataset.archive_member import ArchiveMember, MemberError
from tilewright.dataset.archive_stream import ArchiveStream

__all__ = ["found_zip_members", "zip_mtime_ns"]

_LOCAL = b"PK\x03\x04"
_HEADER = struct.Struct("<4x2xHHHHIIIHH")
_ENCRYPTED, _SIZES_FOLLOW, _UTF_8 = 0x1, 0x8, 0x800
_STORED, _DEFLATED = 0, 8
_PIECE_BYTES = 64 << 10
_FAR = 0xFFFFFFFF
_ZIP64 = 1


def found_zip_members(stream: ArchiveStream) -> Iterator[ArchiveMember]:
    """Give the members that can be found; of links nothing but what they lead to is known, which is a file, then.

    Parameters
    ----------
    stream
        The archive.
    """
    while _is_found(stream):
        head = stream.read(_HEADER.size)
        if len(head) < _HEADER.size:
            return
        flags, method, time, date, crc, packed, size, name_bytes, extra_bytes = _HEADER.unpack(head)
        name, extra = stream.read(name_bytes), stream.read(extra_bytes)
        if len(extra) < extra_bytes:
            return
        if _FAR in (packed, size):
            size, packed = _far_sizes(extra, size, packed)
        text = name.decode("utf-8" if flags & _UTF_8 else "cp437", "surrogateescape")
        kind = "folder" if text.endswith("/") else "encrypted" if flags & _ENCRYPTED else "file"
        data = _Data(stream, method, None if flags & _SIZES_FOLLOW else (packed, size, crc))
        # Sizes that follow are known when it is too late: then no file that is there is kept instead.
        at = (date >> 9) + 1980, date >> 5 & 15, date & 31, time >> 11, time >> 5 & 63, (time & 31) * 2
        yield ArchiveMember(text, kind, -1 if flags & _SIZES_FOLLOW else size, zip_mtime_ns(at), data.pieces())
        data.skip()


def zip_mtime_ns(at: tuple[int, int, int, int, int, int]) -> int:
    """Give the time of a year, month, day, hour, minute and second."""
    # Of no zone: the same everywhere is better than another on every machine.
    year, month, day, *time = at
    try:
        return calendar.timegm((year, max(month, 1), max(day, 1), *time, 0, 0, 0)) * 10**9
    except ValueError:
        return 0


def _is_found(stream: ArchiveStream) -> bool:
    """Go on to where the next member begins."""
    window = b""
    while piece := stream.read(_PIECE_BYTES):
        window += piece
        at = window.find(_LOCAL)
        if at >= 0:
            stream.unread(window[at:])
            return True
        window = window[1 - len(_LOCAL) :]
    return False


def _far_sizes(extra: bytes, size: int, packed: int) -> tuple[int, int]:
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        if kind == _ZIP64 and length >= 16 and len(extra) >= 20:
            far: tuple[int, int] = struct.unpack_from("<QQ", extra, 4)
            return far
        extra = extra[4 + length :]
    return size, packed


@dataclass
class _Data:
    """The data of one member; ``told``: packed size, size, CRC."""

    stream: ArchiveStream
    method: int
    told: tuple[int, int, int] | None
    _left: int = 0

    def __post_init__(self) -> None:
        self._left = 0 if self.told is None else self.told[0]

    def pieces(self) -> Iterator[bytes]:
        """Give them, and raise `MemberError` behind the last piece if they are not what was packed."""
        if self.method not in (_STORED, _DEFLATED) or (self.method == _STORED and self.told is None):
            raise MemberError("it is packed in a way that cannot be read without the list of members")
        size = crc = 0
        for piece in self._packed() if self.method == _STORED else self._inflated():
            size += len(piece)
            crc = zlib.crc32(piece, crc)
            yield piece
        _, told_size, told_crc = self.told or (0, *self._descriptor(size))
        if (size, crc) != (told_size, told_crc):
            raise MemberError("its data are damaged" if size == told_size else "its data end too early")

    def skip(self) -> None:
        """Pass over what was not taken."""
        for _ in self._packed():
            pass

    def _packed(self) -> Iterator[bytes]:
        while self._left and (piece := self.stream.read(min(self._left, _PIECE_BYTES))):
            self._left -= len(piece)
            yield piece

    def _inflated(self) -> Iterator[bytes]:
        unpacker = zlib.decompressobj(-15)
        try:
            while not unpacker.eof:
                packed = self.stream.read(_PIECE_BYTES if self.told is None else min(self._left, _PIECE_BYTES))
                if not packed:
                    return
                self._left -= 0 if self.told is None else len(packed)
                while packed and not unpacker.eof:
                    yield unpacker.decompress(packed, 16 * _PIECE_BYTES)
                    packed = unpacker.unconsumed_tail
            if self.told is None:
                self.stream.unread(unpacker.unused_data)
        except zlib.error as error:
            raise MemberError(str(error).rpartition(": ")[2]) from error

    def _descriptor(self, size: int) -> tuple[int, int]:
        """Read the size and CRC that follow the data."""
        said = self.stream.read(24)
        at = 4 if said.startswith(b"PK\x07\x08") else 0
        wide = len(said) >= at + 20 and struct.unpack_from("<Q", said, at + 12)[0] == size
        self.stream.unread(said[at + (20 if wide else 12) :])
        if len(said) < at + 12:
            raise MemberError("its data end too early")
        (crc,) = struct.unpack_from("<I", said, at)
        return (size if wide else struct.unpack_from("<I", said, at + 8)[0]), crc
