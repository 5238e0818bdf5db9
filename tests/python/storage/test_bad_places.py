# SPDX-License-Identifier: Apache-2.0
"""Places that are not there, may not be read or change under the reader: told by name, soon, without a trace."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from tilewright import _core, raster
from tilewright.batch import BatchJob, run_batch
from tilewright.errors import TilewrightError

from .fault_server import FaultServer
from .stores import Store

NOWHERE = "127.0.0.1:1"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tilewright", *map(str, arguments)]
    begun = time.monotonic()
    done = subprocess.run(command, env=dict(os.environ), capture_output=True, text=True, timeout=60, check=False)
    assert time.monotonic() - begun < 10
    return done


def assert_refused(done: subprocess.CompletedProcess[str], url: str) -> None:
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert url in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("scheme", ["s3", "gs"])
def test_a_missing_bucket(scheme: str, images: Path, tmp_path: Path, s3: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CPL_GS_ENDPOINT", f"http://{s3.server}/")
    monkeypatch.setenv("GS_NO_SIGN_REQUEST", "YES")
    assert_refused(run("tesselate", f"{scheme}://missing/in", tmp_path / "out"), f"{scheme}://missing/in")
    assert_refused(run("tesselate", images, f"{scheme}://missing/out"), f"{scheme}://missing/out")
    assert_refused(run("info", f"{scheme}://missing/a.tif"), f"{scheme}://missing/a.tif")
    assert not (tmp_path / "out").exists()


def test_a_wrong_key(images: Path, tmp_path: Path, s3: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "WRONG")
    for arguments in (
        ("tesselate", s3.url / "in", tmp_path / "out"),
        ("chips", images, s3.url / "out"),
        ("info", s3.url / "a.tif"),
    ):
        done = run(*arguments)
        assert_refused(done, str(s3.url))
        assert "InvalidAccessKeyId" in done.stderr


def test_no_credentials(images: Path, tmp_path: Path, s3: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CPL_AWS_EC2_API_ROOT_URL", f"http://{NOWHERE}")
    done = run("thumbnails", s3.url / "in", tmp_path / "out")
    assert_refused(done, str(s3.url))
    assert "credentials" in done.stderr


@pytest.mark.parametrize("endpoint", [NOWHERE, "nowhere.invalid"])
def test_no_endpoint(images: Path, tmp_path: Path, s3: Store, endpoint: str):
    s3.point_to(endpoint)
    assert_refused(run("tesselate", s3.url / "in", tmp_path / "out"), str(s3.url))
    assert_refused(run("tesselate", images, s3.url / "out"), str(s3.url))


def test_a_server_that_says_nothing(tmp_path: Path, s3: Store):
    with ThreadingHTTPServer(("127.0.0.1", 0), Silent) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        s3.point_to(f"127.0.0.1:{server.server_port}")
        done = run("tesselate", s3.url / "in", tmp_path / "out")
        server.shutdown()
    assert_refused(done, str(s3.url))


class Silent(BaseHTTPRequestHandler):
    """Takes requests and never answers."""

    def handle(self) -> None:
        """Wait until the client gives up."""
        self.rfile.read()


def test_what_archives_and_web_servers_cannot_do(images: Path, tmp_path: Path):
    for output in ("https://127.0.0.1:1/out", f"zip://{{{tmp_path}/a.zip}}"):
        done = run("tesselate", images, output)
        assert_refused(done, output)
        assert "only read" in done.stderr
    done = run("tesselate", "ftp://host/in", tmp_path / "out")
    assert done.returncode == 2
    assert "addresses begin with s3://" in done.stderr


def test_an_object_deleted_between_plan_and_run(images: Path, tmp_path: Path, s3: Store):
    source = s3.put(images, "in")
    job = BatchJob(source, tmp_path / "out", num_pieces=2, min_image_size=1, plan_file=tmp_path / "plan")
    run_batch(job)
    _core.remove_file(source / "a.tif")
    job.output_dir = tmp_path / "again"
    report = run_batch(job)
    assert len(report.outcomes) == 3
    (failed,) = (outcome for outcome in report.outcomes if outcome.status == "failed")
    assert failed.key == "a.tif"
    assert failed.code == "not_found"
    assert str(source / "a.tif") in failed.message
    assert report.done == 2


def test_an_image_overwritten_while_it_is_cut(tmp_path: Path, s3: Store):
    noise = np.random.default_rng(2)
    versions = []
    for i in range(2):
        path = tmp_path / f"{i}.tif"
        raster.write(path, noise.integers(0, 256, (3, 900, 900), dtype=np.uint8))
        versions.append(path.read_bytes())
    _core.write_bytes(s3.url / "in/image.tif", versions[0])
    raster.write(tmp_path / "other.tif", np.zeros((1, 50, 50), np.uint8))
    _core.write_bytes(s3.url / "in/other.tif", (tmp_path / "other.tif").read_bytes())

    def overwrite() -> None:
        s3.point_to(s3.server)
        _core.write_bytes(s3.url / "in/image.tif", versions[1])

    with FaultServer(s3.server) as server:
        server.before = lambda request: "image.tif" in request.path and request.first > 0 and overwrite()
        s3.point_to(server.address)
        report = run_batch(BatchJob(s3.url / "in", tmp_path / "out", num_pieces=2, min_image_size=1, retries=0))
    by_key = {outcome.key: outcome for outcome in report.outcomes}
    assert by_key["other.tif"].status == "done"
    assert by_key["image.tif"].status == "failed"
    assert "replaced while it was read" in by_key["image.tif"].message
    assert not list((tmp_path / "out/image").glob("*.png"))


def test_a_list_that_breaks_off_is_no_short_list(images: Path, tmp_path: Path, s3: Store):
    source = s3.put(images, "in")
    with FaultServer(s3.server, rate=1.0, kinds=("500",)) as server:
        server.only = "prefix="
        s3.point_to(server.address)
        with pytest.raises(TilewrightError, match="in"):
            run_batch(BatchJob(source, tmp_path / "out"))
