# SPDX-License-Identifier: Apache-2.0
"""Members of tar archives, also of those in which headers or the end are missing."""

from __future__ import annotations

import math
import tarfile
from collections.abc import Iterator

from tilewright.dataset.archive_member import ArchiveMember, MemberError
from tilewright.dataset.archive_stream import ArchiveStream

__all__ = ["is_tar_header", "tar_members"]

_BLOCK = tarfile.BLOCKSIZE
_ZEROS = bytes(_BLOCK)
#: Paths and other texts of headers; no real one comes near.
_MOST_TEXT_BYTES = 1 << 20
_MOST_DIGITS = 8
_KINDS = {
    **dict.fromkeys((tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE), "file"),
    tarfile.DIRTYPE: "folder",
    tarfile.SYMTYPE: "a link",
    tarfile.LNKTYPE: "a link",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a pipe",
    tarfile.GNUTYPE_SPARSE: "a sparse file",
}
#: Whatever size their headers tell.
_WITHOUT_DATA = (
    tarfile.DIRTYPE,
    tarfile.SYMTYPE,
    tarfile.LNKTYPE,
    tarfile.CHRTYPE,
    tarfile.BLKTYPE,
    tarfile.FIFOTYPE,
)
_SPARSE_FLAG_AT = 482
_SPARSE_NEXT_FLAG_AT = 504


def is_tar_header(block: bytes) -> bool:
    """Whether a member of a tar archive begins so."""
    return len(block) == _BLOCK and _header(block) is not None


def tar_members(stream: ArchiveStream, damage: list[str]) -> Iterator[ArchiveMember]:
    """Give the members, whatever of them can be found.

    Parameters
    ----------
    stream
        The archive, unpacked.
    damage
        Told what is wrong, as it is found.
    """
    return _Tar(stream, damage).members()


class _Tar:
    def __init__(self, stream: ArchiveStream, damage: list[str]) -> None:
        self._stream = stream
        self._damage = damage
        self._at = 0
        self._ended = False

    def members(self) -> Iterator[ArchiveMember]:
        """Give them; a member's data are passed over where nobody takes them."""
        told: dict[str, str] = {}
        always: dict[str, str] = {}
        while (header := self._next_header()) is not None:
            if header.type in (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK):
                text = self._text(header).partition(b"\0")[0].decode("utf-8", "surrogateescape")
                told |= {"path": text} if header.type == tarfile.GNUTYPE_LONGNAME else {}
                continue
            if header.type in (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE):
                (always if header.type == tarfile.XGLTYPE else told).update(self._pax(header))
                continue
            yield from self._member(header, {**always, **told})
            told = {}
        if not self._ended and not self._stream.damage:
            self._damage.append("its end mark is missing: members may be, too")

    def _member(self, header: tarfile.TarInfo, told: dict[str, str]) -> Iterator[ArchiveMember]:
        name = told.get("path", header.name)
        kind = _KINDS.get(header.type, "of an unknown kind")
        if "GNU.sparse.major" in told or "GNU.sparse.map" in told:
            kind = _KINDS[tarfile.GNUTYPE_SPARSE]
        size = 0 if header.type in _WITHOUT_DATA else header.size
        seconds = float(header.mtime)
        try:
            size = size if header.type in _WITHOUT_DATA else int(told.get("size", size))
            seconds = float(told.get("mtime", seconds))
        except ValueError:
            self._damage.append(f"the header of {name!r} is malformed")
        mtime_ns = round(seconds * 1e9) if math.isfinite(seconds) else 0
        end = self._at + math.ceil(max(size, 0) / _BLOCK) * _BLOCK
        yield ArchiveMember(name, kind, size, mtime_ns, self._data(size))
        self._skip(end - self._at)

    def _data(self, size: int) -> Iterator[bytes]:
        for piece in self._stream.pieces(size):
            self._at += len(piece)
            size -= len(piece)
            yield piece
        if size:
            raise MemberError(f"{size:,} bytes are missing at its end")

    def _next_header(self) -> tarfile.TarInfo | None:
        """Give the next header that is one, passing over what is none."""
        zeros = skipped = behind = 0
        header = None
        while len(block := self._take(_BLOCK)) == _BLOCK:
            if block == _ZEROS:
                zeros += 1
                continue
            header = _header(block)
            if header is not None:
                break
            skipped += not zeros
            behind += bool(zeros)
        self._ended = header is None and zeros > 0
        if skipped:
            self._damage.append(f"a header is malformed: {skipped * _BLOCK:,} bytes were passed over")
        elif zeros and header is not None:
            self._damage.append(f"members follow {zeros * _BLOCK:,} bytes of zeros, where it should end")
        elif behind:
            self._damage.append(f"{behind * _BLOCK:,} bytes behind its end are no members")
        elif block and header is None:
            self._damage.append("it ends within a header")
        if header is not None and header.type == tarfile.GNUTYPE_SPARSE and block[_SPARSE_FLAG_AT]:
            while len(block := self._take(_BLOCK)) == _BLOCK and block[_SPARSE_NEXT_FLAG_AT]:
                pass
        return header

    def _text(self, header: tarfile.TarInfo) -> bytes:
        size = min(header.size, _MOST_TEXT_BYTES)
        text = self._take(size)
        self._skip(math.ceil(header.size / _BLOCK) * _BLOCK - len(text))
        return text

    def _pax(self, header: tarfile.TarInfo) -> dict[str, str]:
        """Read ``length key=value`` lines."""
        text = self._text(header)
        told = {}
        while text:
            digits = text[:_MOST_DIGITS].partition(b" ")[0]
            length = int(digits) if digits.isdigit() else 0
            key, equals, value = text[len(digits) + 1 : max(length - 1, 0)].partition(b"=")
            if not equals:
                self._damage.append("an extended header is malformed")
                break
            told[key.decode("utf-8", "replace")] = value.decode("utf-8", "surrogateescape")
            text = text[length:]
        return told

    def _take(self, size: int) -> bytes:
        taken = self._stream.read(size)
        self._at += len(taken)
        return taken

    def _skip(self, size: int) -> None:
        for piece in self._stream.pieces(size):
            self._at += len(piece)


def _header(block: bytes) -> tarfile.TarInfo | None:
    try:
        header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return None
    return header if header.size >= 0 else None
