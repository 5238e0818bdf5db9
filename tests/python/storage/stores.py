# SPDX-License-Identifier: Apache-2.0
"""The stores that tests go to, and how GDAL is told where they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tilewright import _core
from tilewright.places import Url

__all__ = ["STORES", "Store"]

AZURE_ACCOUNT = "devstoreaccount1"
# The key of every azurite; it protects nothing.
AZURE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


class Store:
    """A place of a test's own in a store that runs on this machine."""

    def __init__(self, url: str, server: str, point_to: Callable[[str], None]) -> None:
        self.url = Url(url)
        self.server = server
        self.point_to = point_to
        point_to(server)

    def put(self, folder: Path, name: str) -> Url:
        """Upload all files of a folder below a name of the test's place; gives their place."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                _core.write_bytes(self.url / name / path.relative_to(folder).as_posix(), path.read_bytes())
        return self.url / name


def s3(address: str, name: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    def point_to(server: str) -> None:
        for key, value in {
            "AWS_S3_ENDPOINT": server,
            "AWS_HTTPS": "NO",
            "AWS_VIRTUAL_HOSTING": "FALSE",
            "AWS_ACCESS_KEY_ID": "S3RVER",
            "AWS_SECRET_ACCESS_KEY": "S3RVER",
            "AWS_REGION": "us-east-1",
        }.items():
            monkeypatch.setenv(key, value)

    return Store(f"s3://data/{name}", address, point_to)


def gs(address: str, name: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    def point_to(server: str) -> None:
        monkeypatch.setenv("CPL_GS_ENDPOINT", f"http://{server}/")
        monkeypatch.setenv("GS_NO_SIGN_REQUEST", "YES")

    return Store(f"gs://data/{name}", address, point_to)


def az(address: str, name: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    def point_to(server: str) -> None:
        monkeypatch.setenv(
            "AZURE_STORAGE_CONNECTION_STRING",
            f"DefaultEndpointsProtocol=http;AccountName={AZURE_ACCOUNT};AccountKey={AZURE_KEY};"
            f"BlobEndpoint=http://{server}/{AZURE_ACCOUNT}",
        )

    store = Store(f"az://data/{name}", address, point_to)
    make_container(address)
    return store


def make_container(address: str) -> None:
    """Make azurite's container ``data``, which no store makes by itself."""
    import base64
    import hmac
    import http.client
    from email.utils import formatdate

    headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2019-12-12"}
    canonical = "".join(f"{key}:{value}\n" for key, value in sorted(headers.items()))
    resource = f"/{AZURE_ACCOUNT}/{AZURE_ACCOUNT}/data\nrestype:container"
    to_sign = "PUT" + "\n" * 12 + canonical + resource
    signature = base64.b64encode(hmac.digest(base64.b64decode(AZURE_KEY), to_sign.encode(), "sha256"))
    headers["Authorization"] = f"SharedKey {AZURE_ACCOUNT}:{signature.decode()}"
    connection = http.client.HTTPConnection(address)
    connection.request("PUT", f"/{AZURE_ACCOUNT}/data?restype=container", headers={**headers, "Content-Length": "0"})
    status = connection.getresponse().status
    connection.close()
    assert status in {201, 409}, status


STORES = {"s3": s3, "gs": gs, "az": az}
