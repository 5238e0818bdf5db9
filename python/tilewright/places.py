# SPDX-License-Identifier: Apache-2.0
"""Places of files: paths of this machine, and addresses of stores, web servers and members of archives."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from tilewright import _core

__all__ = ["Place", "Url", "place"]


class Place(Protocol):
    """What a path and an address have in common."""

    def __truediv__(self, name: str, /) -> Place: ...
    def __fspath__(self) -> str: ...

    @property
    def name(self) -> str:
        """The last part."""

    @property
    def parent(self) -> Place:
        """All but the last part."""

    def is_file(self) -> bool:
        """Ask whether there is such a file."""

    def read_text(self, encoding: str = ...) -> str:
        """Read all of it."""


class Url(os.PathLike[str]):
    """An address, with what of :class:`pathlib.Path` has a meaning for it; a Path would make one slash of ``://``.

    Parameters
    ----------
    text
        ``s3://bucket/key``, ``gs://...``, ``az://container/key``, ``https://host/path``, ``zip://{archive}/member``.

    Examples
    --------
    >>> address = Url("s3://bucket/images/") / "a.tif"
    >>> print(address, address.name, address.parent)
    s3://bucket/images/a.tif a.tif s3://bucket/images
    """

    def __init__(self, text: str) -> None:
        self._text = text.rstrip("/")

    def __truediv__(self, name: str, /) -> Url:
        return Url(f"{self._text}/{name}")

    def __fspath__(self) -> str:
        return self._text

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"Url({self._text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Url) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    @property
    def name(self) -> str:
        """The last part."""
        return self._text.rpartition("/")[2]

    @property
    def parent(self) -> Url:
        """All but the last part."""
        return Url(self._text.rpartition("/")[0])

    def is_file(self) -> bool:
        """Ask whether there is such an object."""
        return _core.file_exists(self)

    def read_text(self, encoding: str = "utf-8") -> str:
        """Read all of it."""
        return _core.read_bytes(self).decode(encoding)

    def write_text(self, text: str, encoding: str = "utf-8") -> int:
        """Write it, whole or not at all; gives the number of characters."""
        _core.write_bytes(self, text.encode(encoding))
        return len(text)


def place(text: str | os.PathLike[str]) -> Path | Url:
    """Give an address for what is one, else a path.

    Examples
    --------
    >>> place("gs://bucket/key")
    Url('gs://bucket/key')
    """
    name = os.fspath(text)
    return Url(name) if _core.is_url(name) else Path(name)
