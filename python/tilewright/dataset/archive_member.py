# SPDX-License-Identifier: Apache-2.0
"""What archives of all kinds have in common."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["ArchiveMember", "MemberError", "safe_path"]


class MemberError(Exception):
    """A member that cannot be had in full; the message is the reason."""


@dataclass(frozen=True)
class ArchiveMember:
    """A file or folder in an archive, or what is neither.

    Attributes
    ----------
    name
        As it stands there.
    kind
        ``"file"``, ``"folder"``, or what else it is, for people: ``"a link"``.
    size_bytes
        Of a file.
    mtime_ns
        When it was changed.
    pieces
        The bytes of a file, to be taken before the next member; raises `MemberError`.
    """

    name: str
    kind: str
    size_bytes: int
    mtime_ns: int
    pieces: Iterator[bytes]


def safe_path(name: str) -> str:
    """Give a member's path below the folder that it is extracted into; "" is that folder.

    Raises
    ------
    MemberError
        If it leads anywhere else.
    """
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/"):
        raise MemberError("its path is absolute")
    if ".." in parts:
        raise MemberError("its path leads out of the folder")
    if "\0" in name:
        raise MemberError("its name has a zero byte")
    return "/".join(parts)
