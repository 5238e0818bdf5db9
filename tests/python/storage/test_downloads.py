# SPDX-License-Identifier: Apache-2.0
"""Archives of datasets in stores: downloaded, resumed, and only whole under their names."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tilewright import _core
from tilewright.dataset import DatasetConfig, download, fetch, place_source
from tilewright.errors import PermissionDeniedError

from .fault_server import FaultServer
from .stores import Store

Configured = Callable[[str], DatasetConfig]


def content_of(seed: int, size: int = 300_000) -> bytes:
    return random.Random(seed).randbytes(size)


@pytest.fixture
def config_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configured:
    """Give configurations of manifests; objects come in small pieces, and what fails is tried again at once."""
    monkeypatch.setattr(place_source, "PIECE_BYTES", 64 << 10)
    monkeypatch.setattr(fetch, "FIRST_WAIT_S", 0.0)

    def config(manifest: str) -> DatasetConfig:
        path = tmp_path / "manifest.txt"
        path.write_text(manifest)
        return DatasetConfig(
            manifest=path, raw_dir=tmp_path / "archives", hdf5_path=tmp_path / "dataset.h5", retries=30
        )

    return config


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_from_a_store_of_which_every_fifth_request_fails(config_of: Configured, store: Store):
    for number in range(3):
        _core.write_bytes(store.url / f"{number:04d}.tar", content_of(number))
    manifest = "".join(f"{store.url}/{number:04d}.tar\n\tout=set/{number:04d}.tar\n" for number in range(3))
    config = config_of(manifest)
    with FaultServer(store.server, rate=0.2, kinds=("503", "500", "reset", "truncated")) as faults:
        store.point_to(faults.address)
        report = download(config)
    assert (report.done, report.failed) == (3, {})
    assert tree(config.raw_dir) == {f"set/{number:04d}.tar": content_of(number) for number in range(3)}
    store.point_to(store.server)
    assert download(config).kept == 3


def test_the_rest_of_an_object(config_of: Configured, s3: Store, monkeypatch: pytest.MonkeyPatch):
    _core.write_bytes(s3.url / "a.tar", content_of(1))
    config = config_of(f"{s3.url}/a.tar")
    break_off(config, monkeypatch, pieces=2)
    part = config.raw_dir / "a.tar.part"
    assert part.read_bytes() == content_of(1)[: 128 << 10]
    with FaultServer(s3.server) as server:
        s3.point_to(server.address)
        assert download(config).done == 1
    # Opening an object reads its first bytes.
    rest = sum(request.sent_bytes for request in server.requests if request.first > 0)
    assert rest == 300_000 - (128 << 10)
    assert tree(config.raw_dir) == {"a.tar": content_of(1)}


def test_an_object_that_changed_meanwhile(config_of: Configured, s3: Store, monkeypatch: pytest.MonkeyPatch):
    _core.write_bytes(s3.url / "a.tar", content_of(1))
    config = config_of(f"{s3.url}/a.tar")
    break_off(config, monkeypatch, pieces=2)
    _core.write_bytes(s3.url / "a.tar", content_of(2, 299_999))
    assert download(config).done == 1
    assert tree(config.raw_dir) == {"a.tar": content_of(2, 299_999)}


def break_off(config: DatasetConfig, monkeypatch: pytest.MonkeyPatch, pieces: int) -> None:
    """Download so many pieces only."""

    class Broken:
        def __init__(self, place: object) -> None:
            self.reader = _core.PlaceReader(place)
            self.size_bytes, self.mtime_ns = self.reader.size_bytes, self.reader.mtime_ns
            self.left = pieces

        def read_at(self, offset: int, size: int) -> bytes:
            self.left -= 1
            if self.left < 0:
                raise PermissionDeniedError("enough")
            return self.reader.read_at(offset, size)

    with monkeypatch.context() as patched:
        patched.setattr(place_source, "open_place", Broken)
        assert download(config).failed


def test_missing_objects_and_buckets(config_of: Configured, s3: Store):
    _core.write_bytes(s3.url / "there.tar", b"there")
    report = download(config_of(f"{s3.url}/there.tar\n{s3.url}/missing.tar\ns3://missing/bucket.tar"))
    assert (report.done, report.failed.keys()) == (1, {"missing.tar", "bucket.tar"})
    assert all(reason.startswith(("s3://data/", "s3://missing/")) for reason in report.failed.values())


def test_a_manifest_in_a_store(config_of: Configured, s3: Store):
    _core.write_bytes(s3.url / "a.tar", b"archive")
    _core.write_bytes(s3.url / "list.txt", f"{s3.url}/a.tar".encode())
    config = replace(config_of(""), manifest=s3.url / "list.txt")
    assert download(config).done == 1
