# SPDX-License-Identifier: Apache-2.0
"""What all sources of archives have in common, web servers and stores."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Answer", "ContentChangedError", "Source", "SourceError", "Version"]


class SourceError(Exception):
    """Why an address gives nothing.

    Parameters
    ----------
    reason
        For people, without the address.
    passes
        Whether it may give something later.
    wait_s
        How long the server asks to wait before.
    """

    def __init__(self, reason: str, *, passes: bool = False, wait_s: float = 0.0) -> None:
        super().__init__(reason)
        self.passes = passes
        self.wait_s = wait_s


class ContentChangedError(SourceError):
    """What is there is not what the part is the beginning of."""

    def __init__(self, reason: str = "it changed while it was read") -> None:
        super().__init__(reason, passes=True)


@dataclass(frozen=True)
class Version:
    """Which content an address has.

    Attributes
    ----------
    size_bytes
        None if the server does not say.
    validator
        Another one with every change; None: nobody can tell whether it changed.
    mtime_ns
        None if unknown.
    """

    size_bytes: int | None = None
    validator: str | None = None
    mtime_ns: int | None = None


@dataclass(frozen=True)
class Answer:
    """Content on its way.

    Attributes
    ----------
    version
        What it is of.
    first
        Where it begins: where it was asked to, or 0.
    pieces
        The bytes.
    """

    version: Version
    first: int
    pieces: Iterator[bytes]


class Source(Protocol):
    """Where archives are."""

    def opened(self, url: str, first: int, version: Version) -> AbstractContextManager[Answer]:
        """Ask for what is at an address, from byte ``first`` if that is still of ``version``, else from the beginning.

        Raises
        ------
        SourceError
            Also while the pieces arrive.
        """

    def hang_up(self) -> None:
        """Make all that are waiting for bytes stop, in whatever thread they are."""
