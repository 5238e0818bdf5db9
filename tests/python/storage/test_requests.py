# SPDX-License-Identifier: Apache-2.0
"""What reading costs, counted where the requests arrive."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from tilewright import _core, raster
from tilewright.batch import BatchJob, plan_batch
from tilewright.chip import ChipJob, run_chips
from tilewright.errors import TilewrightError

from .fault_server import KINDS, FaultServer
from .stores import Store

HEAD_BYTES = 32 * 1024


def test_a_chip_costs_the_header_and_its_blocks(tmp_path: Path, s3: Store):
    # Noise does not compress: every block is about equally long.
    samples = np.random.default_rng(5).integers(0, 256, (3, 4096, 4096), dtype=np.uint8)
    raster.write(tmp_path / "noise.tif", samples)
    info = raster.info(tmp_path / "noise.tif")
    assert info.tiled
    side = info.block.width_px
    _core.write_bytes(s3.url / "noise.tif", (tmp_path / "noise.tif").read_bytes())
    file_bytes = (tmp_path / "noise.tif").stat().st_size
    with FaultServer(s3.server) as server:
        s3.point_to(server.address)
        report = run_chips(ChipJob(s3.url / "noise.tif", tmp_path / "out", count=1, size_px=1024))
        asked = [request for request in server.requests if "noise.tif" in request.path]
    assert report.done == 1
    # Once to plan, once to cut.
    heads = [request for request in asked if request.first == 0]
    blocks = [request for request in asked if request.first > 0]
    across = 1024 // side + 1
    block_bytes = file_bytes / (4096 // side) ** 2
    assert len(heads) <= 3
    assert len(blocks) <= across, "a row of blocks is one request"
    assert sum(request.sent_bytes for request in heads) <= 3 * HEAD_BYTES
    assert sum(request.sent_bytes for request in blocks) <= 1.05 * across**2 * block_bytes


class ManyKeys(BaseHTTPRequestHandler):
    """Answers ListObjects as S3 does, of more objects than anyone wants to make."""

    counts: ClassVar[dict[str, int]] = {"many/": 100_000, "some/": 10_000}
    lists: ClassVar[list[str]] = []

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        if "prefix" not in query:
            self.send_error(404)
            return
        self.lists.append(self.path)
        prefix = query["prefix"][0]
        count = self.counts[prefix]
        first = int(query["marker"][0][-10:-4]) + 1 if "marker" in query else 0
        last = min(first + 1000, count)
        contents = "".join(
            f"<Contents><Key>{prefix}{i:06}.txt</Key><LastModified>2025-12-03T15:30:00.000Z</LastModified>"
            f"<ETag>&quot;0&quot;</ETag><Size>10</Size></Contents>"
            for i in range(first, last)
        )
        body = (
            f"<?xml version='1.0'?><ListBucketResult><Name>data</Name><Prefix>{prefix}</Prefix><MaxKeys>1000</MaxKeys>"
            f"<IsTruncated>{'true' if last < count else 'false'}</IsTruncated>{contents}</ListBucketResult>"
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def many_keys() -> Iterator[str]:
    """Run a server whose bucket lists many objects; gives its host:port."""
    ManyKeys.lists.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), ManyKeys) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_list_is_one_request_a_thousand(s3: Store, many_keys: str, tmp_path: Path):
    s3.point_to(many_keys)
    plan = plan_batch(BatchJob("s3://data/many", tmp_path / "out"))
    assert len(ManyKeys.lists) <= 110
    assert plan.images == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_that_fails_does_not_end_the_list(s3: Store, many_keys: str, kind: str):
    with FaultServer(many_keys, rate=0.2, kinds=(kind,), only="marker=") as faults:
        s3.point_to(faults.address)
        files = _core.file_names("s3://data/some")
        assert any(request.fault for request in faults.requests)
    assert len(files) == len(set(files)) == ManyKeys.counts["some/"]


def test_a_list_whose_end_never_comes_is_an_error(s3: Store, many_keys: str, capfd: pytest.CaptureFixture[str]):
    with FaultServer(many_keys, rate=1, kinds=("503", "reset", "truncated"), only="marker=some%2F000999") as faults:
        s3.point_to(faults.address)
        with pytest.raises(TilewrightError, match="s3://data/some: the list broke off"):
            _core.file_names("s3://data/some")
    assert "Signature" not in capfd.readouterr().err
