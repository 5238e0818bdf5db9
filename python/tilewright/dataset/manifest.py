# SPDX-License-Identifier: Apache-2.0
"""Lists of archives to download: aria2's input files, or one address a line."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from tilewright.dataset.part_file import PART_SUFFIXES
from tilewright.dataset.shown_url import shown_url
from tilewright.errors import InvalidArgumentError

__all__ = ["ManifestEntry", "read_manifest_text"]

_SCHEMES = ("http", "https", "file", "gs", "s3", "az")
_HOSTS = {"gs": "bucket", "s3": "bucket", "az": "container"}
_CHECKSUM = re.compile(r"(?P<kind>md5|sha-1|sha-256|sha-512)=(?P<digest>[0-9a-fA-F]+)")
_DIGEST_DIGITS = {"md5": 32, "sha-1": 40, "sha-256": 64, "sha-512": 128}


@dataclass(frozen=True)
class ManifestEntry:
    """One archive: where it comes from and what it is called.

    Attributes
    ----------
    url
        http, https, file, gs, s3 or az.
    out
        Its path below the folder of archives, with slashes.
    checksum
        ``("sha-256", "3a5f...")``; None if the list gives none.
    """

    url: str
    out: str
    checksum: tuple[str, str] | None = None


def read_manifest_text(text: str, where: str = "manifest") -> list[ManifestEntry]:
    r"""Read a list of archives.

    Parameters
    ----------
    text
        A line an address, each perhaps followed by indented options as aria2 has them: ``out=`` names the file,
        ``dir=`` its folder, ``checksum=sha-256=...`` what it must be. Without ``out`` it is called as the address ends.
        Of several addresses in a line, separated by tabs, the first is taken. Empty lines and those that begin with
        ``#`` say nothing.
    where
        The list's name, for messages.

    Raises
    ------
    InvalidArgumentError
        Naming the line: an address of no known kind, an option without an address, a name that leads out of the
        folder, two archives of one name.

    Examples
    --------
    >>> text = "https://host/a/0075.tar\n\tout=set/0075.tar\nfile:///disk/0076.tar"
    >>> [(entry.url, entry.out) for entry in read_manifest_text(text)]
    [('https://host/a/0075.tar', 'set/0075.tar'), ('file:///disk/0076.tar', '0076.tar')]
    """
    entries: list[tuple[int, str, dict[str, str]]] = []
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not line[0].isspace():
            entries.append((number, line.split("\t")[0].strip(), {}))
            continue
        if not entries:
            raise _refused(where, number, "an option, but no address before it")
        name, equals, value = line.strip().partition("=")
        if not equals:
            raise _refused(where, number, f"{line.strip()!r} is no option name=value")
        entries[-1][2][name] = value
    read: dict[str, ManifestEntry] = {}
    for number, url, options in entries:
        entry = _entry(where, number, url, options)
        if entry.out in read:
            raise _refused(where, number, f"{entry.out} is the name of two archives; give one another `out=`")
        read[entry.out] = entry
    return list(read.values())


def _entry(where: str, number: int, url: str, options: dict[str, str]) -> ManifestEntry:
    try:
        split = urlsplit(url)
    except ValueError as error:
        raise _refused(where, number, f"{shown_url(url)!r} is no address: {error}") from None
    if split.scheme not in _SCHEMES:
        raise _refused(where, number, f"{shown_url(url)!r} begins with none of {', '.join(_SCHEMES)}")
    if split.scheme == "file" and (split.netloc not in ("", "localhost") or not split.path.startswith("/")):
        raise _refused(where, number, f"{url!r} is no file of this machine; write file:///path")
    if split.scheme != "file" and not split.netloc.rpartition("@")[2]:
        raise _refused(where, number, f"{shown_url(url)!r} names no {_HOSTS.get(split.scheme, 'host')}")
    out = options.get("out") or unquote(posixpath.basename(split.path))
    out = posixpath.normpath(posixpath.join(options.get("dir", ""), out)) if out else "."
    if out == "." or out.startswith("/") or ".." in out.split("/") or "\\" in out or "\0" in out:
        raise _refused(where, number, f"{out!r} is no name below the folder of archives; give `out=`")
    if out.endswith(PART_SUFFIXES):
        raise _refused(where, number, f"{out!r} is the name of an unfinished download; give another `out=`")
    url = split.scheme + url[len(split.scheme) :]
    if "checksum" not in options:
        return ManifestEntry(url, out)
    match = _CHECKSUM.fullmatch(options["checksum"])
    if not match or len(match["digest"]) != _DIGEST_DIGITS[match["kind"]]:
        raise _refused(where, number, f"checksum={options['checksum']} is none of md5, sha-1, sha-256, sha-512")
    return ManifestEntry(url, out, (match["kind"], match["digest"].lower()))


def _refused(where: str, number: int, reason: str) -> InvalidArgumentError:
    return InvalidArgumentError(f"{where}: line {number}: {reason}", where)
