# SPDX-License-Identifier: Apache-2.0
"""Files copied from place to place, and read in any order: the same bytes wherever they lie."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tilewright import _core
from tilewright.errors import InvalidArgumentError, NotFoundError

from .fault_server import FaultServer
from .stores import Store

CONTENT = bytes(range(256)) * 50_000


def test_a_copy_comes_back_as_it_went(store: Store, tmp_path: Path):
    (tmp_path / "a").write_bytes(CONTENT)
    for source, target in (
        (tmp_path / "a", store.url / "copies/a"),
        (store.url / "copies/a", store.url / "again/a"),
        (store.url / "again/a", tmp_path / "back/deep/a"),
    ):
        assert _core.copy_file(source, target) == len(CONTENT)
    assert (tmp_path / "back/deep/a").read_bytes() == CONTENT
    assert [path.name for path in (tmp_path / "back/deep").iterdir()] == ["a"]


def test_a_copy_comes_through_a_bad_net(s3: Store, tmp_path: Path):
    (tmp_path / "a").write_bytes(CONTENT)
    with FaultServer(s3.server, rate=0.2) as server:
        s3.point_to(server.address)
        _core.copy_file(tmp_path / "a", s3.url / "a")
        _core.copy_file(s3.url / "a", tmp_path / "b")
        assert any(request.fault for request in server.requests)
    assert (tmp_path / "b").read_bytes() == CONTENT


def test_what_is_not_there_is_named_and_leaves_no_copy(s3: Store, tmp_path: Path):
    for missing in (tmp_path / "missing", s3.url / "missing"):
        with pytest.raises(NotFoundError, match="missing"):
            _core.copy_file(missing, tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("where", ["here", "store"])
def test_a_place_is_read_in_any_order(s3: Store, tmp_path: Path, where: str):
    place = tmp_path / "a" if where == "here" else s3.url / "a"
    _core.write_bytes(place, CONTENT)
    reader = _core.PlaceReader(place)
    assert reader.size_bytes == len(CONTENT)
    assert reader.mtime_ns > 0
    for offset, size in ((1_000_000, 300_000), (0, 10), (len(CONTENT) - 5, 100), (len(CONTENT), 1), (7, 0)):
        assert reader.read_at(offset, size) == CONTENT[offset : offset + size]
    with pytest.raises(InvalidArgumentError, match="negative"):
        reader.read_at(-1, 5)
    with pytest.raises(NotFoundError, match="missing"):
        _core.PlaceReader(f"{place}-missing")


def test_ctrl_c_ends_a_copy(s3: Store, tmp_path: Path):
    _core.write_bytes(s3.url / "a", CONTENT)
    program = "import sys; from tilewright import _core; _core.copy_file(*sys.argv[1:])"
    begun = threading.Event()
    with FaultServer(s3.server, latency_s=0.5) as server:
        server.before = lambda request: request.method == "GET" and begun.set()
        s3.point_to(server.address)
        command = [sys.executable, "-c", program, str(s3.url / "a"), str(tmp_path / "copy")]
        with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
            assert begun.wait(30)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)
    assert b"KeyboardInterrupt" in errors
    assert list(tmp_path.iterdir()) == []
