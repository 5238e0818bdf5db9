# SPDX-License-Identifier: Apache-2.0
"""One archive unpacked: what is readable of it, and nothing outside its folder."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import tarfile
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from tilewright.dataset.archive_member import ArchiveMember, MemberError, safe_path
from tilewright.dataset.archive_stream import ArchiveStream, compression_of
from tilewright.dataset.stage import DISK_IS_FULL
from tilewright.dataset.tar_members import is_tar_header, tar_members
from tilewright.dataset.zip_members import ZIP_MAGICS, zip_members
from tilewright.errors import IoFailedError, ResourceError, TilewrightError

__all__ = ["ARCHIVE_SUFFIXES", "Unpacked", "archive_stem", "is_archive", "unpack"]

#: Of names; what a file is its content tells.
ARCHIVE_SUFFIXES = (".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".tbz2", ".tbz", ".txz", ".tar", ".zip")
#: A member on its way; there is one at a time, so a kill leaves one at most, which the next run writes over.
_PART_NAME = ".tilewright.part"
#: What a member may be to blame for: its path is a folder, or leads through a file, or is too long.
_OF_PATHS = {errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ, errno.ENOTEMPTY}
_HEAD_BYTES = 512
_MOST_NAMED = 5


@dataclass
class Unpacked:
    """What came of an archive.

    Attributes
    ----------
    files, written
        Files that are there, and those of them that were not there before.
    bytes
        Of all files.
    damage
        What is wrong with the archive; empty if nothing is.
    fingerprint
        Of all paths and contents.
    """

    files: int = 0
    written: int = 0
    bytes: int = 0
    damage: list[str] = field(default_factory=list)
    fingerprint: str = ""


def archive_stem(name: str) -> str:
    """Give the name of the folder that an archive is extracted into.

    Examples
    --------
    >>> [archive_stem(name) for name in ("0003.tar", "0003.TAR.GZ", "0003.bin")]
    ['0003', '0003', '0003.bin']
    """
    suffix = next((end for end in ARCHIVE_SUFFIXES if name.lower().endswith(end)), "")
    return name[: len(name) - len(suffix)] or name


def is_archive(path: Path) -> bool:
    """Whether a file is an archive, by its content; one that is called so and cannot be read is one, too.

    Raises
    ------
    OSError
        If it cannot be read at all.
    """
    if path.name.lower().endswith(ARCHIVE_SUFFIXES):
        return True
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith(ZIP_MAGICS):
        return True
    if compression_of(head) is None:
        return is_tar_header(head)
    with ArchiveStream(path) as stream:
        return is_tar_header(stream.read(_HEAD_BYTES))


def unpack(path: Path, folder: Path, stop: threading.Event, *, resumed: bool = False) -> Unpacked:
    """Extract all regular files of an archive.

    A file under its name is whole. Members that are links or devices, or lead out of the folder, are refused; they are
    damage, as what cannot be read is.

    Parameters
    ----------
    path
        The archive.
    folder
        Where to; made if it is not there.
    stop
        When set, `StoppedError` is raised soon.
    resumed
        Keep files of the right size, which are of this archive.

    Raises
    ------
    ResourceError
        If the disk is full.
    IoFailedError
        If the archive cannot be read, or a file not be written.
    StoppedError
        If ``stop`` was set.
    """
    return _Unpacking(folder, resumed).unpacked(path, stop)


class _Unpacking:
    def __init__(self, folder: Path, resumed: bool) -> None:
        self._folder = folder
        self._resumed = resumed
        self._result = Unpacked()
        self._refused: list[str] = []
        self._contents: dict[str, tuple[int, int]] = {}
        #: Folders, with the file that a member in them is until it is whole.
        self._made: dict[str, Path] = {}

    def unpacked(self, path: Path, stop: threading.Event) -> Unpacked:
        damage = self._result.damage
        try:
            with path.open("rb") as file:
                is_zip = file.read(len(ZIP_MAGICS[0])) in ZIP_MAGICS
        except OSError as error:
            raise IoFailedError(f"{path}: cannot be read: {error.strerror or error}", str(path)) from error
        try:
            self._make("")
        except MemberError as error:
            raise IoFailedError(f"{self._folder}: cannot be a folder: {error}", str(self._folder)) from error
        if is_zip:
            self._take_all(zip_members(path, damage, stop))
        else:
            with ArchiveStream(path, stop) as stream:
                self._take_all(tar_members(stream, damage))
                damage += stream.damage
        if self._refused:
            more = f", and {len(self._refused) - _MOST_NAMED:,} more" if len(self._refused) > _MOST_NAMED else ""
            listed = "; ".join(self._refused[:_MOST_NAMED])
            are = "member is" if len(self._refused) == 1 else "members are"
            damage.append(f"{len(self._refused):,} {are} not extracted: {listed}{more}")
        self._result.files = len(self._contents)
        self._result.bytes = sum(size for size, _ in self._contents.values())
        self._result.fingerprint = _fingerprint(self._contents)
        return self._result

    def _take_all(self, members: Iterator[ArchiveMember]) -> None:
        for member in members:
            try:
                self._take(member)
            except MemberError as error:
                self._refused.append(f"{member.name}: {error}")

    def _take(self, member: ArchiveMember) -> None:
        name = safe_path(member.name)
        if member.kind not in ("file", "folder"):
            raise MemberError(f"it is {member.kind}")
        if member.kind == "folder":
            self._make(name)
            return
        parent, _, last = name.rpartition("/")
        if last in ("", _PART_NAME):
            raise MemberError("no file can have such a name")
        part = self._make(parent)
        # Of members with one name the last one stays, as tar has it; they are one file.
        again = name in self._contents
        known = self._resumed and not again and _size_of(part.with_name(last)) == member.size_bytes
        self._contents[name] = _seen(member) if known else _write(member, part, last)
        self._result.written += not known and not again

    def _make(self, name: str) -> Path:
        """Make a folder below, once; gives the part in it."""
        if name in self._made:
            return self._made[name]
        folder = self._folder / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _require_inside(self._folder, name)
            part = folder / _PART_NAME
            part.unlink(missing_ok=True)
        except OSError as error:
            raise _of_writing(error, folder) from error
        self._made[name] = part
        return part


def _write(member: ArchiveMember, part: Path, name: str) -> tuple[int, int]:
    """Write a file beside the part, whole or not at all; gives its size and CRC."""
    try:
        with open_part(part) as file:
            seen = _seen(member, file)
        with contextlib.suppress(OverflowError):  # A time that no file can have.
            os.utime(part, ns=(member.mtime_ns, member.mtime_ns))
        part.replace(f"{part.parent}/{name}")
    except BaseException as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        if isinstance(error, OSError) and not isinstance(error, TilewrightError):
            raise _of_writing(error, part.with_name(name)) from error
        raise
    return seen


def open_part(path: Path) -> BinaryIO:
    """Open a file for a member's bytes."""
    return path.open("wb")


def _seen(member: ArchiveMember, file: BinaryIO | None = None) -> tuple[int, int]:
    """Pass a file's bytes on; gives their number and CRC."""
    size = crc = 0
    for piece in member.pieces:
        size += len(piece)
        crc = zlib.crc32(piece, crc)
        if file is not None:
            file.write(piece)
    return size, crc


def _of_writing(error: OSError, path: Path) -> Exception:
    if error.errno in DISK_IS_FULL:
        return ResourceError(f"{path}: cannot be written: the disk is full", str(path))
    if error.errno in _OF_PATHS:
        return MemberError(f"it cannot be written: {error.strerror}")
    return IoFailedError(f"{path}: cannot be written: {error.strerror or error}", str(path))


def _require_inside(root: Path, name: str) -> None:
    """Refuse folders that links of others lead out of the root."""
    data_filter = getattr(tarfile, "data_filter", None)
    if data_filter is not None:
        try:
            data_filter(tarfile.TarInfo(name), str(root))
        except tarfile.TarError as error:
            raise MemberError(str(error)) from error
    if not (root / name).resolve().is_relative_to(root.resolve()):
        raise MemberError("a link leads it out of the folder")


def _size_of(path: Path) -> int | None:
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _fingerprint(contents: dict[str, tuple[int, int]]) -> str:
    digest = hashlib.sha256()
    for name, (size, crc) in sorted(contents.items()):
        digest.update(f"{name}\0{size}\0{crc:08x}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
