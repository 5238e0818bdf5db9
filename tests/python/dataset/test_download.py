# SPDX-License-Identifier: Apache-2.0
"""Archives from web servers that change, break off and lie; nothing stands under its name that is not whole."""

from __future__ import annotations

import hashlib
import json
import logging
import random
import resource
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path

import pytest

from tilewright.dataset import DatasetConfig, download
from tilewright.dataset.download import download_status
from tilewright.dataset.shown_url import shown_url, url_identity
from tilewright.errors import NotFoundError, TilewrightError
from tilewright.places import Url

from .archives import tree
from .file_server import FileServer, Get, Served

pytestmark = pytest.mark.usefixtures("no_waits")

Configured = Callable[..., DatasetConfig]


def content_of(seed: int, size: int = 200_000) -> bytes:
    return random.Random(seed).randbytes(size)


def serve(server: FileServer, count: int, **how: object) -> str:
    """Serve archives of which each is another; gives a manifest of the real form."""
    for number in range(count):
        server.files[f"/{number:04d}.tar"] = Served(content_of(number), **how)
    return "\n".join(f"{server.url(path)}\n\tout=set{path}" for path in server.files)


def contents(server: FileServer) -> dict[str, bytes]:
    return {f"set{path}": file.content for path, file in server.files.items()}


def part_of(config: DatasetConfig, server: FileServer, have: int, path: str = "/0000.tar") -> Path:
    """Break off the download of an archive when so many bytes are there; gives the part's path."""
    server.fault = lambda get: "truncated" if len(server.gets) == 1 else 404
    assert download(config).failed
    server.fault = lambda get: None
    part = config.raw_dir / f"set{path}.part"
    part.write_bytes(server.files[path].content[:have])
    server.gets.clear()
    return part


def test_archives_of_a_manifest(config_of: Configured, server: FileServer):
    manifest = serve(server, 5)
    server.files["/Readme.txt"] = Served(b"Read me.\n")
    config = config_of(manifest + f"\n{server.url('/Readme.txt')}\n\tout=set/Readme.txt")
    assert str(download_status(config)) == "download: pending (0/6 archives, 0 B)"
    told = []
    report = download(config, on_progress=lambda *args: told.append(args))
    assert (report.found, report.done, report.kept, report.failed) == (6, 6, 0, {})
    assert tree(config.raw_dir) == contents(server)
    assert told[-1] == (6, 6, "archives")
    assert str(download_status(config)) == "download: complete (6 archives, 1.0 MB)"
    asked = len(server.gets)
    again = download(config)
    assert (again.found, again.done, again.kept) == (6, 0, 6)
    assert len(server.gets) == asked


def test_no_manifest(config_of: Configured):
    assert download(config_of()).found == 0
    assert str(download_status(config_of())) == "download: complete (no manifest)"


def test_a_manifest_that_is_not_there(config_of: Configured, tmp_path: Path):
    config = config_of("")
    (tmp_path / "manifest.txt").unlink()
    with pytest.raises(NotFoundError, match=r"manifest\.txt"):
        download(config)
    assert download_status(config).status == "error"


@pytest.mark.parametrize("fault", [503, 429, 500, 502, 504, 408, "reset", "truncated", "cut", "drip"])
def test_every_second_request_fails(config_of: Configured, server: FileServer, fault: int | str):
    config = config_of(serve(server, 6), retries=50)
    chance = random.Random(1)
    server.fault = lambda get: fault if chance.random() < 0.5 else None
    report = download(config)
    assert (report.done, report.failed) == (6, {})
    assert tree(config.raw_dir) == contents(server)


def test_progress_counts_retries_anew(config_of: Configured, server: FileServer):
    """A connection that breaks a hundred times ends well if each time brings some bytes."""
    config = config_of(serve(server, 1), retries=1)
    server.fault = lambda get: "cut" if len(server.gets) < 100 and len(server.gets) % 2 else None
    assert not download(config).failed


def test_a_server_that_never_answers_well(config_of: Configured, server: FileServer):
    config = config_of(serve(server, 2), retries=3)
    server.fault = lambda get: 503 if get.path == "/0000.tar" else None
    report = download(config)
    assert (report.done, len(server.gets)) == (1, 1 + 4)
    assert report.failed == {"set/0000.tar": f"{server.url('/0000.tar')}: the server says 503 Service Unavailable"}
    assert not report.complete
    assert str(download_status(config)) == "download: in-progress (1/2 archives, 200.0 kB)"
    assert download_status(config).seconds_left is not None


def test_retry_after_is_honoured(config_of: Configured, server: FileServer, caplog: pytest.LogCaptureFixture):
    config = config_of(serve(server, 1))
    server.retry_after = "1"
    server.fault = lambda get: 503 if len(server.gets) == 1 else None
    with caplog.at_level(logging.INFO, "tilewright.dataset"):
        assert download(config).done == 1
    assert "again in 1.0 s" in caplog.text


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 501])
def test_what_does_not_pass_is_not_tried_again(config_of: Configured, server: FileServer, status: int):
    config = config_of(serve(server, 1))
    server.fault = lambda get: status
    assert f"says {status}" in download(config).failed["set/0000.tar"]
    assert len(server.gets) == 1


def test_nobody_listens(config_of: Configured):
    report = download(config_of("http://127.0.0.1:1/a.tar\nhttp://127.0.0.1:1/b.tar", retries=1))
    assert report.failed.keys() == {"a.tar", "b.tar"}
    assert "Connection refused" in report.failed["a.tar"]


@pytest.mark.parametrize("how", [{}, {"etag": None, "modified": formatdate(1_400_000_000, usegmt=True)}])
def test_a_part_is_gone_on_with(config_of: Configured, server: FileServer, how: dict[str, str | None]):
    config = config_of(serve(server, 1, **how), retries=0)
    part = part_of(config, server, 150_000)
    assert str(download_status(config)) == "download: in-progress (0/1 archives, 150.0 kB)"
    assert download(config).done == 1
    assert [(get.first, get.sent_bytes) for get in server.gets] == [(150_000, 50_000)]
    assert tree(config.raw_dir) == contents(server)
    assert not part.exists()


@pytest.mark.parametrize(
    "how",
    [
        {"etag": None},
        {"etag": 'W/"weak"'},
        {"etag": None, "modified": formatdate(2_000_000_000, usegmt=True)},
        {"ranges": False},
    ],
)
def test_a_part_that_cannot_be_gone_on_with(config_of: Configured, server: FileServer, how: dict[str, object]):
    config = config_of(serve(server, 1, **how), retries=0)
    part_of(config, server, 150_000)
    assert download(config).done == 1
    assert [(get.status, get.sent_bytes) for get in server.gets] == [(200, 200_000)]
    assert tree(config.raw_dir) == contents(server)


@pytest.mark.parametrize("obeys", [True, False])
def test_the_archive_changed_meanwhile(config_of: Configured, server: FileServer, obeys: bool):
    """Also where the server gives a part of whatever it has, without a look at If-Range."""
    config = config_of(serve(server, 1), retries=3)
    part_of(config, server, 150_000)
    server.files["/0000.tar"] = Served(content_of(99))
    if not obeys:

        def lie(get: Get) -> None:
            get.if_range = ""

        server.fault = lie
    assert download(config).done == 1
    assert tree(config.raw_dir) == {"set/0000.tar": content_of(99)}


def test_a_server_that_swaps_two_contents(config_of: Configured, server: FileServer):
    """Each time another one, each time cut: that ends, and leaves no mixture."""
    config = config_of(serve(server, 1), retries=4)
    both = [Served(content_of(1)), Served(content_of(2))]

    def swap(get: Get) -> str:
        server.files["/0000.tar"] = both[len(server.gets) % 2]
        return "truncated"

    server.fault = swap
    report = download(config)
    assert not (config.raw_dir / "set/0000.tar").exists()
    assert report.failed or tree(config.raw_dir)["set/0000.tar"] in [served.content for served in both]


@pytest.mark.parametrize("have", [200_000, 200_001, 300_000])
def test_a_part_as_long_as_the_archive_or_longer(config_of: Configured, server: FileServer, have: int):
    config = config_of(serve(server, 1), retries=1)
    part = part_of(config, server, 1)
    part.write_bytes((content_of(0) + bytes(100_000))[:have])
    assert download(config).done == 1
    assert tree(config.raw_dir) == contents(server)
    assert len(server.gets) == (have > 200_000)


@pytest.mark.parametrize("have", [150_000, 200_000, 250_000])
def test_no_length_is_told(config_of: Configured, server: FileServer, have: int):
    """Whether the part was complete is known by the 416 that the server answers with."""
    config = config_of(serve(server, 1, length=False), retries=1)
    assert download(config).done == 1
    assert tree(config.raw_dir) == contents(server)
    (config.work_dir / "download.json").unlink()
    record = {"url": server.url("/0000.tar"), "size_bytes": None, "mtime_ns": None}
    record["validator"] = server.files["/0000.tar"].etag
    (config.raw_dir / "set/0000.tar").rename(config.raw_dir / "set/0000.tar.part")
    (config.raw_dir / "set/0000.tar.part").write_bytes((content_of(0) + bytes(100_000))[:have])
    (config.raw_dir / "set/0000.tar.part.json").write_text(json.dumps(record))
    assert download(config).done == 1
    assert tree(config.raw_dir) == contents(server)


def test_part_of_something_else(config_of: Configured, server: FileServer):
    """A part without its record, or of another address, is no beginning."""
    config = config_of(serve(server, 2))
    (config.raw_dir / "set").mkdir(parents=True)
    for number in range(2):
        (config.raw_dir / f"set/000{number}.tar.part").write_bytes(b"something else")
    other = {"url": "https://elsewhere/0001.tar", "size_bytes": 200_000, "mtime_ns": None}
    other["validator"] = server.files["/0001.tar"].etag
    (config.raw_dir / "set/0001.tar.part.json").write_text(json.dumps(other))
    assert download(config).done == 2
    assert tree(config.raw_dir) == contents(server)


@pytest.mark.parametrize("kind", ["md5", "sha-1", "sha-256", "sha-512"])
def test_checksums(config_of: Configured, server: FileServer, kind: str):
    manifest = serve(server, 2)
    right = hashlib.new(kind.replace("-", ""), content_of(0)).hexdigest()
    lines = manifest.splitlines()
    config = config_of("\n".join([*lines[:2], f" checksum={kind}={right}", *lines[2:], f" checksum={kind}={right}"]))
    report = download(config)
    assert (report.done, list(report.failed)) == (1, ["set/0001.tar"])
    assert f"has another {kind}" in report.failed["set/0001.tar"]
    assert tree(config.raw_dir) == {"set/0000.tar": content_of(0)}


def test_a_checksum_that_the_manifest_gives_later(config_of: Configured, server: FileServer):
    manifest = serve(server, 1)
    assert download(config_of(manifest)).done == 1
    right = hashlib.sha256(content_of(0)).hexdigest()
    report = download(config_of(f"{manifest}\n\tchecksum=sha-256={right}"))
    assert (report.kept, len(server.gets)) == (1, 1)
    config = config_of(f"{manifest}\n\tchecksum=sha-256={'0' * 64}")
    assert download(config).failed
    # What is there is not touched by a download that fails.
    assert tree(config.raw_dir) == contents(server)


def test_archives_that_somebody_copied(config_of: Configured, server: FileServer):
    config = config_of(serve(server, 3))
    (config.raw_dir / "set").mkdir(parents=True)
    (config.raw_dir / "set/0000.tar").write_bytes(content_of(0))
    (config.raw_dir / "set/0001.tar").write_bytes(content_of(1)[:-1])
    report = download(config)
    assert (report.done, report.kept) == (2, 1)
    assert tree(config.raw_dir) == contents(server)
    assert download(config).kept == 3


def test_an_archive_of_another_address_is_replaced(config_of: Configured, server: FileServer):
    serve(server, 1)
    server.files["/other"] = Served(content_of(7, 100))
    assert download(config_of(f"{server.url('/0000.tar')}\n\tout=a.tar")).done == 1
    config = config_of(f"{server.url('/other')}\n\tout=a.tar")
    assert download_status(config).status == "pending"
    assert download(config).done == 1
    assert tree(config.raw_dir) == {"a.tar": content_of(7, 100)}


def test_a_redirect(config_of: Configured, server: FileServer):
    config = config_of(serve(server, 1))
    server.files["/there.tar"] = server.files["/0000.tar"]
    server.files["/0000.tar"] = Served(b"", redirect="/there.tar")
    assert download(config).done == 1
    assert tree(config.raw_dir) == {"set/0000.tar": content_of(0)}
    server.files["/0001.tar"] = Served(b"", redirect="/0001.tar")
    assert "redirects" in download(config_of(server.url("/0001.tar"))).failed["0001.tar"]


def test_a_content_encoding(config_of: Configured, server: FileServer):
    """Servers that call a .tar.gz an encoded .tar: the archive is wanted as it is stored."""
    config = config_of(serve(server, 1, encoding="gzip"))
    assert download(config).done == 1
    assert tree(config.raw_dir) == contents(server)


def test_an_empty_file(config_of: Configured, server: FileServer):
    server.files["/empty"] = Served(b"")
    config = config_of(server.url("/empty"))
    assert download(config).done == 1
    assert tree(config.raw_dir) == {"empty": b""}
    assert download(config).kept == 1


def test_its_time_is_the_servers(config_of: Configured, server: FileServer):
    """An archive that is downloaded again is the one that was extracted."""
    config = config_of(serve(server, 1, modified=formatdate(1_400_000_000, usegmt=True)))
    download(config)
    assert (config.raw_dir / "set/0000.tar").stat().st_mtime_ns == 1_400_000_000 * 10**9


def test_secrets_stay_secret(config_of: Configured, server: FileServer, caplog: pytest.LogCaptureFixture):
    serve(server, 2)
    server.fault = lambda get: {"/0000.tar": 403, "/0001.tar": 503}[get.path] if len(server.gets) < 3 else None
    secret = [f"http://me:password@{server.host}/{name}?X-Amz-Signature=5ecret" for name in ("0000.tar", "0001.tar")]
    config = config_of("\n".join(secret))
    with caplog.at_level(logging.DEBUG):
        report = download(config)
    assert (report.done, list(report.failed)) == (1, ["0000.tar"])
    assert server.gets[0].authorization.startswith("Basic ")
    records = "".join(path.read_text() for path in config.work_dir.iterdir())
    for text in (caplog.text, str(report.failed), records):
        assert server.host in text
        for hidden in ("password", "5ecret"):
            assert hidden not in text
    # Signed anew, it is the same archive.
    config = config_of(secret[1].replace("5ecret", "0ther"))
    assert download(config).kept == 1


def test_a_name_that_is_taken_by_a_folder(config_of: Configured, server: FileServer):
    config = config_of(serve(server, 2))
    (config.raw_dir / "set/0000.tar/x").mkdir(parents=True)
    report = download(config)
    assert (report.done, list(report.failed)) == (1, ["set/0000.tar"])
    assert "cannot be written" in report.failed["set/0000.tar"]


def test_a_full_disk(config_of: Configured, server: FileServer):
    """What fits is kept; where there is room again, the rest comes."""
    server.files["/small.tar"] = Served(b"small")
    config = config_of(serve(server, 1))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        report = download(config)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    target = config.raw_dir / "set/0000.tar"
    assert report.failed == {"set/0000.tar": f"{target}: cannot be written: the disk is full"}
    assert report.done == 1
    assert not target.exists()
    assert download(config).done == 1
    assert tree(config.raw_dir) == contents(server)
    assert [get.first for get in server.gets if get.path == "/0000.tar"] == [None, 100_000]


def test_no_credentials_in_identities():
    url = "https://me:secret@host/a.tar?versionId=7&X-Amz-Signature=secret&sig=secret"
    assert shown_url(url) == "https://host/a.tar?..."
    assert "secret" not in url_identity(url)
    assert url_identity(url) == url_identity("https://host/a.tar?versionId=7&X-Amz-Signature=other")
    assert url_identity(url) != url_identity("https://host/a.tar?versionId=8")
    assert url_identity("https://host/a.tar?sig=1") == url_identity("https://host/a.tar") == "https://host/a.tar"
    assert shown_url("s3://bucket/a@b.tar") == "s3://bucket/a@b.tar"


def test_a_manifest_behind_a_password(config_of: Configured, server: FileServer):
    config = replace(config_of(""), manifest=Url(f"http://me:secret@{server.host}/list.txt"))
    with pytest.raises(TilewrightError) as refused:
        download(config)
    assert "secret" not in str(refused.value)
    assert "list.txt" in str(refused.value)
