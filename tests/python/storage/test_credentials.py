# SPDX-License-Identifier: Apache-2.0
"""Who asks: tokens of machines and people, and buckets in another region than the one that was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from tilewright import raster

TOKEN = "the-token"


class Cloud(ThreadingHTTPServer):
    """A store and the services that give tokens for it, as far as reading one object goes."""

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.content = content
        self.asked_for_tokens: list[str] = []
        self.region = ""

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    """What the cloud answers."""

    server: Cloud

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def token(self) -> None:
        self.server.asked_for_tokens.append(self.path)
        self.answer(200, json.dumps({"access_token": TOKEN, "expires_in": 3600}).encode())

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        assert form["refresh_token"] == ["1//of a person+&="]
        self.token()

    def do_GET(self) -> None:
        if "metadata" in self.path.lower():
            assert self.headers.get("Metadata-Flavor", self.headers.get("Metadata")) in {"Google", "true"}
            self.token()
            return
        region = self.server.region
        if region and f"%2F{region}%2Fs3" not in urlsplit(self.path).query:
            self.answer(
                400, f"<Error><Code>AuthorizationHeaderMalformed</Code><Region>{region}</Region></Error>".encode()
            )
            return
        if not region and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.answer(403, b"<Error><Code>AccessDenied</Code></Error>")
            return
        first, last = map(int, self.headers["Range"].removeprefix("bytes=").split("-"))
        part = self.server.content[first : last + 1]
        total = len(self.server.content)
        self.answer(
            206,
            part,
            Content_Range=f"bytes {first}-{first + len(part) - 1}/{total}",
            Last_Modified=formatdate(usegmt=True),
        )


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    raster.write(tmp_path / "a.tif", np.arange(300, dtype=np.uint16).reshape(1, 15, 20))
    monkeypatch.setenv("HOME", str(tmp_path))
    with Cloud((tmp_path / "a.tif").read_bytes()) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("CPL_GS_ENDPOINT", f"http://{server.address}/")
        monkeypatch.setenv("GCE_METADATA_HOST", server.address)
        monkeypatch.setenv("CPL_AZURE_VM_API_ROOT_URL", f"http://{server.address}")
        monkeypatch.setenv("GO2A_AUTH_URL_TOKEN", f"http://{server.address}/token")
        yield server
        server.shutdown()


def test_tokens_of_google(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    person = {"type": "authorized_user", "refresh_token": "1//of a person+&=", "client_id": "i", "client_secret": "s"}
    (tmp_path / "person.json").write_text(json.dumps(person), encoding="utf-8")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "person.json"))
    for _ in range(2):
        assert raster.info("gs://bucket/a.tif").size.width_px == 20
    assert cloud.asked_for_tokens == ["/token"], "a token is kept"


def test_a_bucket_in_another_region(cloud: Cloud, monkeypatch: pytest.MonkeyPatch):
    cloud.region = "eu-central-1"
    for key, value in {
        "AWS_S3_ENDPOINT": cloud.address,
        "AWS_HTTPS": "NO",
        "AWS_VIRTUAL_HOSTING": "FALSE",
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }.items():
        monkeypatch.setenv(key, value)
    assert raster.info("s3://elsewhere/a.tif").size.width_px == 20
