# SPDX-License-Identifier: Apache-2.0
"""Outputs in a store are whole or absent: in parts, with parts that fail, killed in the middle."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tilewright import _core
from tilewright.errors import TilewrightError

from .fault_server import FaultServer
from .stores import Store

CONTENT = bytes(range(256)) * 50_000  # 12.8 MB: three parts of the least size


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VSIS3_CHUNK_SIZE", "5")


def test_a_large_output_goes_up_in_parts(s3: Store):
    with FaultServer(s3.server) as server:
        s3.point_to(server.address)
        _core.write_bytes(s3.url / "large", CONTENT)
        parts = [request for request in server.requests if "partNumber" in request.path]
    assert len(parts) == 3
    assert _core.read_bytes(s3.url / "large") == CONTENT


def test_a_part_that_fails_is_no_output_until_all_is_sent_again(s3: Store):
    with FaultServer(s3.server, rate=1.0, kinds=("500",)) as server:
        server.only = "partNumber=2"
        s3.point_to(server.address)
        failing = threading.Timer(0.5, setattr, (server, "rate", 0.0))
        failing.start()
        _core.write_bytes(s3.url / "large", CONTENT)
        failing.join()
    assert _core.read_bytes(s3.url / "large") == CONTENT


def test_an_upload_that_never_succeeds_is_an_error_and_no_output(s3: Store):
    with FaultServer(s3.server, rate=1.0, kinds=("500",)) as server:
        server.only = "partNumber=2"
        s3.point_to(server.address)
        with pytest.raises(TilewrightError, match="large"):
            _core.write_bytes(s3.url / "large", CONTENT)
    s3.point_to(s3.server)
    assert not _core.file_exists(s3.url / "large")


def test_a_client_that_dies_while_it_sends_leaves_what_was_there(s3: Store):
    _core.write_bytes(s3.url / "object", b"before")
    host, port = s3.server.split(":")
    path = str(s3.url / "object").removeprefix("s3://")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(f"PUT /{path} HTTP/1.1\r\nHost: {s3.server}\r\nContent-Length: 100\r\n\r\nafter".encode())
    assert _core.read_bytes(s3.url / "object") == b"before"


def test_a_killed_upload_leaves_nothing_to_be_read(s3: Store, tmp_path: Path):
    program = "import sys; from tilewright import _core; _core.write_bytes(sys.argv[1], bytes(12_800_000))"
    begun = threading.Event()
    with FaultServer(s3.server, latency_s=0.2) as server:
        server.before = lambda request: "partNumber=2" in request.path and begun.set()
        s3.point_to(server.address)
        command = [sys.executable, "-c", program, str(s3.url / "large")]
        with subprocess.Popen(command, env={**os.environ, "TMPDIR": str(tmp_path)}) as process:
            assert begun.wait(30)
            process.kill()
    s3.point_to(s3.server)
    assert not _core.file_exists(s3.url / "large")
