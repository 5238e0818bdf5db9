# SPDX-License-Identifier: Apache-2.0
"""Archives on this machine and in stores, read by ranges."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tilewright import _core
from tilewright.dataset.shown_url import shown_url
from tilewright.dataset.source import Answer, ContentChangedError, SourceError, Version
from tilewright.errors import TilewrightError
from tilewright.places import Place, Url

__all__ = ["PlaceSource"]

PIECE_BYTES = 4 << 20


class PlaceSource:
    """Reads files and objects, for any number of threads."""

    def hang_up(self) -> None:
        """Do nothing: pieces are small, and errors of stores come soon."""

    @contextmanager
    def opened(self, url: str, first: int, version: Version) -> Iterator[Answer]:
        """Ask as `Source` says."""
        where = _place(url)
        try:
            reader = open_place(where)
            now = _version(reader)
            begin = first if now.validator is not None and now == version and first <= reader.size_bytes else 0
            yield Answer(now, begin, _pieces(where, reader, begin))
        except TilewrightError as error:
            reason = str(error).removeprefix(f"{where}: ").replace(url, shown_url(url))
            raise SourceError(reason, passes=error.transient) from error


def open_place(where: Place) -> _core.PlaceReader:
    """Look at a file or object as it is now."""
    return _core.PlaceReader(where)


def _place(url: str) -> Place:
    return Path(unquote(urlsplit(url).path)) if url.startswith("file:") else Url(url)


def _version(reader: _core.PlaceReader) -> Version:
    modified = reader.mtime_ns or None
    return Version(reader.size_bytes, None if modified is None else f"mtime_ns={modified}", modified)


def _pieces(where: Place, reader: _core.PlaceReader, first: int) -> Iterator[bytes]:
    size = reader.size_bytes
    for offset in range(first, size, PIECE_BYTES):
        piece = reader.read_at(offset, min(PIECE_BYTES, size - offset))
        if not piece:
            break
        yield piece
    if _version(open_place(where)) != _version(reader):
        raise ContentChangedError
