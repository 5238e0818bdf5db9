# SPDX-License-Identifier: Apache-2.0
"""Lists of archives: what aria2 takes, one address a line, and what is refused by its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilewright.dataset.manifest import ManifestEntry, read_manifest_text
from tilewright.errors import InvalidArgumentError

SITE = "https://host.example/3dsv/dataset_unaligned"
REAL = "\n".join(
    f"{SITE}/{name}\n\tout=dataset_unaligned/{name}"
    for name in [*(f"{number:04d}.tar" for number in range(53)), "Readme.rtf", "Readme.txt"]
)

names = st.text(
    st.characters(codec="utf-8", exclude_characters="/\\\0\t\r\n", exclude_categories=("C", "Z")), min_size=1
)


@given(st.lists(names.filter(lambda name: name not in (".", "..")), unique=True), st.booleans(), st.booleans())
def test_any_list_is_read_back(outs: list[str], aria2: bool, windows: bool):
    lines = [f"{SITE}/{at}.tar" + (f"\n  out={out}" if aria2 else "") for at, out in enumerate(outs)]
    entries = read_manifest_text(("\r\n" if windows else "\n").join(lines))
    assert [entry.url for entry in entries] == [f"{SITE}/{at}.tar" for at in range(len(outs))]
    assert [entry.out for entry in entries] == (outs if aria2 else [f"{at}.tar" for at in range(len(outs))])


def test_the_real_list():
    assert not REAL.endswith("\n")
    entries = read_manifest_text(REAL)
    assert len(entries) == 55
    assert entries[3] == ManifestEntry(f"{SITE}/0003.tar", "dataset_unaligned/0003.tar")
    assert entries[-1].out == "dataset_unaligned/Readme.txt"


def test_one_address_a_line():
    """None is dropped, which the original did to every second one."""
    entries = read_manifest_text("".join(f"{SITE}/{number:04d}.tar\n" for number in range(53)))
    assert [entry.out for entry in entries] == [f"{number:04d}.tar" for number in range(53)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("file:///disk/a%20b/0003.tar", ManifestEntry("file:///disk/a%20b/0003.tar", "0003.tar")),
        ("file://localhost/0003.tar", ManifestEntry("file://localhost/0003.tar", "0003.tar")),
        ("HTTPS://host/x%20y.tar?sig=1", ManifestEntry("https://host/x%20y.tar?sig=1", "x y.tar")),
        ("gs://bucket/a/0003.tar", ManifestEntry("gs://bucket/a/0003.tar", "0003.tar")),
        ("https://a/1.tar\thttps://mirror/1.tar\n dir=set\n", ManifestEntry("https://a/1.tar", "set/1.tar")),
        (" \n# list\n  # more\nhttps://a/1.tar\n\tsplit=4\n", ManifestEntry("https://a/1.tar", "1.tar")),
        (
            f"\ufeffhttps://a/1.tar\n\tchecksum=sha-1={'AB' * 20}",
            ManifestEntry("https://a/1.tar", "1.tar", ("sha-1", "ab" * 20)),
        ),
    ],
)
def test_what_is_understood(text: str, expected: ManifestEntry):
    assert read_manifest_text(text) == [expected]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\tout=a.tar\nhttps://a/a.tar", "line 1: an option, but no address"),
        ("https://a/a.tar\n\tout", "line 2: 'out' is no option"),
        ("ftp://a/a.tar", "line 1: 'ftp://a/a.tar' begins with none of http"),
        ("a.tar", "begins with none of"),
        ("https://[::1/a.tar", "line 1: .* is no address"),
        ("https:///a.tar", "names no host"),
        ("s3:///a.tar", "names no bucket"),
        ("file://other/a.tar", "is no file of this machine"),
        ("https://a/", "is no name below"),
        ("https://a/x\n\tout=../x", "is no name below"),
        ("https://a/x\n\tout=/x", "is no name below"),
        ("https://a/x\n\tout=a/../../x", "is no name below"),
        ("https://a/x\n\tout=.", "is no name below"),
        ("https://a/x\n\tdir=/data", "is no name below"),
        ("https://a/..%2Fx", "is no name below"),
        ("https://a/x\n\tout=0003.tar.part", "unfinished"),
        ("https://a/x\nhttps://b/x", "line 2: x is the name of two archives"),
        ("https://a/x\n\tchecksum=crc32=00", "none of md5"),
        ("https://a/x\n\tchecksum=md5=00", "none of md5"),
    ],
)
def test_what_is_refused(text: str, message: str):
    with pytest.raises(InvalidArgumentError, match=message) as refused:
        read_manifest_text(text, "list.txt")
    assert str(refused.value).startswith("list.txt: line ")


def test_no_password_is_told():
    with pytest.raises(InvalidArgumentError) as refused:
        read_manifest_text("ftp://me:secret@host/a?token=secret")
    assert "secret" not in str(refused.value)
    assert "host/a" in str(refused.value)
