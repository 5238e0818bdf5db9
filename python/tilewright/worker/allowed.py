# SPDX-License-Identifier: Apache-2.0
"""What a worker may read and write: places under prefixes, and nothing else."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from tilewright.errors import InvalidArgumentError
from tilewright.worker.refusal import RefusedError

__all__ = ["AllowedPlaces", "archive_of", "require_writable_prefix"]

_STORES = ("s3://", "gs://", "az://")
_WEB = ("https://", "http://")
_ARCHIVES = ("zip://", "tar://")
_DEFAULT_PORTS = {"https": 443, "http": 80}
#: Deeper nesting of escapes than any that means well.
_MOST_DECODINGS = 8
#: Where clouds give credentials to whoever asks from inside.
_METADATA_HOSTS = {"metadata.google.internal", "metadata", "instance-data"}


class AllowedPlaces:
    """Prefixes, and the question whether a place lies under one.

    A prefix ends where a name ends: ``s3://bucket/a`` allows ``s3://bucket/a/b`` and not ``s3://bucket/ab``. Local
    places are judged by where their links lead, members of archives by the place of the archive. ``..`` is refused,
    plain or encoded, as are control characters and backslashes.

    Parameters
    ----------
    prefixes
        Addresses of stores or web servers, or local folders.
    option
        The option that gives them, for messages.

    Raises
    ------
    InvalidArgumentError
        For a prefix that would allow a whole scheme or file system, lies in an archive, or is a cloud's metadata
        server.

    Examples
    --------
    >>> allowed = AllowedPlaces(["s3://bucket/scenes"], "--allow-read")
    >>> allowed.allows("s3://bucket/scenes/a.tif"), allowed.allows("s3://bucket/scenes/../keys")
    (True, False)
    """

    def __init__(self, prefixes: Iterable[str], option: str) -> None:
        self.option = option
        self.prefixes = tuple(prefixes)
        self._parts = [_parts_of_prefix(prefix, option) for prefix in self.prefixes]

    def allows(self, place: str) -> bool:
        """Tell whether a place lies under a prefix."""
        try:
            parts = _parts(place)
        except ValueError:
            return False
        return any(_is_under(parts, prefix) for prefix in self._parts)

    def require(self, place: str) -> None:
        """Refuse a place that lies under no prefix.

        Raises
        ------
        RefusedError
            With status 403.
        """
        try:
            parts = _parts(place)
        except ValueError as error:
            raise RefusedError.for_good(f"{place}: {error}", code="permission", where=place, status=403) from error
        if not any(_is_under(parts, prefix) for prefix in self._parts):
            raise RefusedError.for_good(
                f"{place}: is under no prefix of {self.option} of this worker",
                code="permission",
                where=place,
                status=403,
            )


def archive_of(place: str) -> str | None:
    """Give the archive that a place lies in, ``zip://{archive}/member``; None for other places.

    Examples
    --------
    >>> archive_of("zip://{tar://{s3://b/a.tar}/x.zip}/m.tif")
    'tar://{s3://b/a.tar}/x.zip'
    """
    if not place.startswith(_ARCHIVES):
        return None
    rest = place.partition("://")[2]
    depth = 0
    for index, character in enumerate(rest):
        depth += (character == "{") - (character == "}")
        if depth == 0:
            inner = rest[1:index]
            if character == "}" and inner and rest[index + 1 : index + 2] in ("", "/"):
                return inner
            break
    raise ValueError("names no archive; write zip://{archive}/member")


def require_writable_prefix(prefix: str, option: str) -> None:
    """Refuse a prefix below which nothing can be written.

    Raises
    ------
    InvalidArgumentError
        For that, and for what can be no prefix at all.
    """
    AllowedPlaces([prefix], option)
    if prefix.startswith(_WEB):
        raise InvalidArgumentError(f"{option} {prefix}: web servers are only read", option)


# A place, or a prefix, as a tuple: its root, then the names on the way to it.
_Parts = tuple[str, ...]


def _is_under(parts: _Parts, prefix: _Parts) -> bool:
    if prefix[0] == "path":
        # Links may be set anew while the worker runs.
        prefix = _parts_of_path(prefix[1])
    return parts[: len(prefix)] == prefix


def _parts(place: str) -> _Parts:
    """Take a place apart. @raises ValueError for one that is not plainly what it is."""
    _require_plain(place)
    archive = archive_of(place)
    if archive is not None:
        return _parts(archive)
    if place.startswith(_STORES):
        scheme, _, rest = place.partition("://")
        bucket, _, key = rest.partition("/")
        if not bucket:
            raise ValueError("names no bucket")
        return (scheme, bucket, *key.rstrip("/").split("/")) if key.rstrip("/") else (scheme, bucket)
    if place.startswith(_WEB):
        return _parts_of_web(urlsplit(place))
    if not place.startswith("/"):
        raise ValueError("is neither an address of a store nor an absolute path")
    return _parts_of_path(place)


def _parts_of_web(url: SplitResult) -> _Parts:
    if not url.hostname or "@" in url.netloc:
        raise ValueError("names no host, or a user")
    host = f"{url.scheme}://{url.hostname.lower()}:{url.port or _DEFAULT_PORTS[url.scheme]}"
    path = url.path.strip("/")
    return (host, *path.split("/")) if path else (host,)


def _parts_of_path(path: str) -> _Parts:
    return ("", *os.path.realpath(path).strip("/").split("/"))


def _require_plain(place: str) -> None:
    """Refuse what two readers could understand differently."""
    if not place:
        raise ValueError("is empty")
    if "\\" in place or any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in place):
        raise ValueError("has a backslash or a control character")
    text = place
    for _ in range(_MOST_DECODINGS):
        # Bytes that UTF-8 never has spell dots and slashes for careless decoders.
        if re.search(r"%(c[01]|f[5-9a-f])", text, re.IGNORECASE):
            raise ValueError("has an escape that is no character")
        if not {".", ".."}.isdisjoint(re.split(r"[/\\{}]", text)):
            raise ValueError('has "." or ".." for a name')
        decoded = unquote(text)
        if decoded == text:
            return
        if "\0" in decoded:
            break
        text = decoded
    raise ValueError("has escapes of escapes, or of a NUL")


def _parts_of_prefix(prefix: str, option: str) -> _Parts:
    def refuse(why: str) -> InvalidArgumentError:
        return InvalidArgumentError(f"{option} {prefix}: {why}", option)

    if prefix.startswith(_ARCHIVES):
        raise refuse("lies in an archive; give the archive's own place")
    if not prefix.startswith((*_STORES, *_WEB)):
        if "://" in prefix:
            raise refuse("is no place; give s3://, gs://, az://, https://, or a folder of this machine")
        path = os.path.realpath(prefix) if prefix else "/"
        if path == "/":
            raise refuse("would allow the whole machine; give a folder")
        return ("path", str(Path(prefix).absolute()))
    try:
        parts = _parts(prefix)
    except ValueError as error:
        raise refuse(str(error)) from error
    if prefix.startswith(_WEB):
        url = urlsplit(prefix)
        if url.query or url.fragment:
            raise refuse("has a query or a fragment; give host and path")
        if _is_metadata_server(url.hostname or ""):
            raise refuse("is where clouds keep credentials, and never allowed")
    return parts


def _is_metadata_server(host: str) -> bool:
    if host.lower().rstrip(".") in _METADATA_HOSTS:
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_link_local or address == ipaddress.ip_address("fd00:ec2::254")
