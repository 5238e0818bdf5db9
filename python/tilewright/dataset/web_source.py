# SPDX-License-Identifier: Apache-2.0
"""Archives on web servers."""

from __future__ import annotations

import contextlib
import logging
import re
import socket
import threading
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from weakref import WeakSet

import httpx

from tilewright.dataset.shown_url import shown_url
from tilewright.dataset.source import Answer, ContentChangedError, SourceError, Version

__all__ = ["WebSource"]

_PASSING = {408, 429, 500, 502, 503, 504}
_CONNECT_S = 10.0
#: Between two pieces.
_SILENCE_S = 60.0
#: Servers that ask for more are asked again after it.
_LONGEST_WAIT_S = 600.0
_CONTENT_RANGE = re.compile(r"bytes (?:(?P<first>\d+)-\d+|\*)/(?P<size>\d+|\*)")


class WebSource:
    """Reads from web servers, for any number of threads.

    Parameters
    ----------
    connections
        Kept open at most.
    """

    def __init__(self, connections: int) -> None:
        self._client = httpx.Client(
            # An archive is wanted as it is stored: parts of it must fit together.
            headers={"Accept-Encoding": "identity", "User-Agent": "tilewright"},
            timeout=httpx.Timeout(_SILENCE_S, connect=_CONNECT_S, pool=None),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=connections),
            follow_redirects=True,
        )
        self._sockets: WeakSet[socket.socket] = WeakSet()
        self._lock = threading.Lock()
        self._hung_up = False
        # One of its own: others may end before.
        self._filter = _HidingFilter()
        logging.getLogger("httpx").addFilter(self._filter)

    def close(self) -> None:
        """Close all connections."""
        self._client.close()
        logging.getLogger("httpx").removeFilter(self._filter)

    def hang_up(self) -> None:
        """Wake those who wait for bytes: they get an error."""
        with self._lock:
            self._hung_up = True
            for connection in list(self._sockets):
                _shut(connection)

    @contextlib.contextmanager
    def opened(self, url: str, first: int, version: Version) -> Iterator[Answer]:
        """Ask as `Source` says."""
        headers = {}
        if first and version.validator is not None:
            headers = {"Range": f"bytes={first}-", "If-Range": version.validator}
        try:
            with self._client.stream("GET", url, headers=headers, extensions={"trace": self._note}) as response:
                yield _answer(response, first if headers else 0, version)
        except (httpx.UnsupportedProtocol, httpx.TooManyRedirects, httpx.InvalidURL) as error:
            raise SourceError(f"it cannot be asked for: {error}") from None
        except httpx.HTTPError as error:
            raise SourceError(f"the connection failed: {error or type(error).__name__}", passes=True) from None

    def _note(self, event: str, told: dict[str, Any]) -> None:
        """Keep the sockets by which bytes come."""
        if not event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            return
        connection = told["return_value"].get_extra_info("socket")
        with self._lock:
            self._sockets.add(connection)
            if self._hung_up:
                _shut(connection)


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        # Not that of a TLS socket, which is made for one thread.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _answer(response: httpx.Response, asked: int, before: Version) -> Answer:
    status = response.status_code
    if status == HTTPStatus.OK:
        return Answer(_version(response), 0, response.iter_raw())
    told = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
    size = int(told["size"]) if told and told["size"] != "*" else None
    if status == HTTPStatus.PARTIAL_CONTENT and asked:
        if not told or told["first"] is None:
            raise SourceError("the server says 206 without saying which part it gives")
        if int(told["first"]) != asked or not _is_of(response, before) or size not in (None, before.size_bytes or size):
            raise ContentChangedError
        # Without a total, the part's end is the archive's: it was asked for all that is left.
        size = size or before.size_bytes
        return Answer(Version(size, before.validator, before.mtime_ns), asked, response.iter_raw())
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and asked:
        if size == asked and _is_of(response, before):
            return Answer(Version(size, before.validator, before.mtime_ns), asked, iter(()))
        raise ContentChangedError
    raise SourceError(
        f"the server says {status} {response.reason_phrase}".rstrip(),
        passes=status in _PASSING,
        wait_s=_wait_s(response.headers.get("Retry-After", "")),
    )


def _version(response: httpx.Response) -> Version:
    length = response.headers.get("Content-Length", "")
    size = int(length) if length.isdigit() and "Transfer-Encoding" not in response.headers else None
    modified = _seconds(response.headers.get("Last-Modified", ""))
    etag = _strong_etag(response)
    validator = etag
    if validator is None and modified is not None:
        # What was changed a moment ago may change again within the same second.
        told = _seconds(response.headers.get("Date", ""))
        validator = response.headers["Last-Modified"] if told is not None and told > modified else None
    return Version(size, validator, None if modified is None else modified * 10**9)


def _is_of(response: httpx.Response, before: Version) -> bool:
    """Whether a server that gives a part gives one of what was asked for; it need not have looked at If-Range."""
    assert before.validator is not None
    if before.validator.startswith('"'):
        return _strong_etag(response) in (None, before.validator)
    modified: str = response.headers.get("Last-Modified", before.validator)
    return modified == before.validator


def _strong_etag(response: httpx.Response) -> str | None:
    etag: str = response.headers.get("ETag", "").strip()
    return etag if etag.startswith('"') else None


def _seconds(date: str) -> int | None:
    try:
        return int(parsedate_to_datetime(date).timestamp())
    except (ValueError, OverflowError):
        return None


def _wait_s(retry_after: str) -> float:
    date = _seconds(retry_after)
    try:
        wait = date - time.time() if date is not None else float(retry_after)
    except ValueError:
        return 0.0
    return min(max(wait, 0.0), _LONGEST_WAIT_S)


class _HidingFilter(logging.Filter):
    """Has httpx log no address with a password or signature in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(shown_url(str(arg)) if isinstance(arg, httpx.URL) else arg for arg in record.args)
        return True
