# SPDX-License-Identifier: Apache-2.0
"""Archives from servers that speak TLS, and from those whom nobody vouches for."""

from __future__ import annotations

import random
import signal
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tilewright.dataset import DatasetConfig, download

from .archives import tree
from .file_server import FileServer, Served
from .interrupted import end_when, program, write_yaml

pytestmark = pytest.mark.usefixtures("no_waits")

Configured = Callable[..., DatasetConfig]


@pytest.fixture
def tls_server(certificate: Path) -> Iterator[FileServer]:
    """Run a web server that speaks TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with FileServer(tls=context) as running:
        running.files["/a.tar"] = Served(random.Random(1).randbytes(500_000))
        yield running


@pytest.fixture
def vouched(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the certificate believed."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


@pytest.mark.usefixtures("vouched")
def test_from_a_server_that_is_vouched_for(config_of: Configured, tls_server: FileServer):
    chance = random.Random(1)
    tls_server.fault = lambda get: chance.choice([None, "truncated", "cut", 503])
    config = config_of(tls_server.url("/a.tar"), retries=50)
    assert download(config).done == 1
    assert tree(config.raw_dir) == {"a.tar": tls_server.files["/a.tar"].content}


def test_from_a_server_that_nobody_vouches_for(config_of: Configured, tls_server: FileServer):
    report = download(config_of(tls_server.url("/a.tar"), retries=1))
    assert "CERTIFICATE_VERIFY_FAILED" in report.failed["a.tar"]


@pytest.mark.usefixtures("vouched")
@pytest.mark.parametrize("speaks", [True, False])
def test_terminated(config_of: Configured, tls_server: FileServer, tmp_path: Path, speaks: bool):
    """While bytes come, and while none do."""
    tls_server.pace_s = 0.05
    tls_server.fault = lambda get: None if speaks else "silence"
    running = program("download", write_yaml(config_of(tls_server.url("/a.tar")), tmp_path / "config.yaml"))
    begun = (lambda: tls_server.sent_bytes() > 50_000) if speaks else (lambda: bool(tls_server.gets))
    code, told = end_when(running, begun, signal.SIGTERM)
    assert code == 143, told
