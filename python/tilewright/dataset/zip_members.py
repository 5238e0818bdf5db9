# SPDX-License-Identifier: Apache-2.0
"""Members of zip archives."""

from __future__ import annotations

import lzma
import stat
import threading
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from tilewright.dataset.archive_member import ArchiveMember, MemberError
from tilewright.dataset.archive_stream import ArchiveStream
from tilewright.dataset.found_zip_members import found_zip_members, zip_mtime_ns
from tilewright.dataset.in_threads import StoppedError
from tilewright.errors import IoFailedError

__all__ = ["ZIP_MAGICS", "zip_members"]

ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
_PIECE_BYTES = 1 << 20
_ENCRYPTED = 0x1
#: What zipfile raises for fields that contradict each other (texts and offsets too), or that no reader knows.
_MALFORMED = (zipfile.BadZipFile, ValueError, NotImplementedError)
#: And what the unpackers raise for data that are not what was packed.
_DAMAGED = (*_MALFORMED, zlib.error, lzma.LZMAError, EOFError)


def zip_members(path: Path, damage: list[str], stop: threading.Event) -> Iterator[ArchiveMember]:
    """Give the members that the archive's list has; without one, those that can be found.

    Parameters
    ----------
    path
        The archive.
    damage
        Told what is wrong with the list.
    stop
        When set, reading ends by `StoppedError`.
    """
    try:
        opened = zipfile.ZipFile(path)
    except _MALFORMED as error:
        damage.append(f"its list of members cannot be read: {error}")
        with ArchiveStream(path, stop) as stream:
            yield from found_zip_members(stream)
        return
    with opened as archive:
        for member in archive.infolist():
            yield ArchiveMember(
                member.filename,
                _kind(member),
                member.file_size,
                zip_mtime_ns(member.date_time),
                _data(archive, member, stop),
            )


def _kind(member: zipfile.ZipInfo) -> str:
    mode = member.external_attr >> 16
    if member.is_dir():
        return "folder"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "a link" if stat.S_ISLNK(mode) else "a device"
    return "encrypted" if member.flag_bits & _ENCRYPTED else "file"


def _data(archive: zipfile.ZipFile, member: zipfile.ZipInfo, stop: threading.Event) -> Iterator[bytes]:
    try:
        with archive.open(member) as data:
            while piece := data.read(_PIECE_BYTES):
                if stop.is_set():
                    raise StoppedError
                yield piece
    except _DAMAGED as error:
        raise MemberError(str(error) or "it ends too early") from error
    except OSError as error:
        # That of bzip2 has no number; others are of the disk.
        if error.errno is not None:
            raise IoFailedError(
                f"{archive.filename}: cannot be read: {error.strerror}", str(archive.filename)
            ) from error
        raise MemberError(str(error)) from error
