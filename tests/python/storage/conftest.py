# SPDX-License-Identifier: Apache-2.0
"""Real servers: S3 and GCS by s3rver, Azure by azurite; both come from npm, and tests are skipped where they cannot."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tilewright import raster

from .stores import STORES, Store

SERVERS = Path(os.environ.get("TILEWRIGHT_TEST_SERVERS", Path(__file__).parents[3] / "build/servers"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str) -> Path:
    """Give a server's program, installed once into build/servers."""
    found = SERVERS / "node_modules/.bin" / name
    if not found.exists():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip(f"{name} is not here, and npm neither (apt-get install npm)")
        SERVERS.mkdir(parents=True, exist_ok=True)
        package = name.split("-", maxsplit=1)[0]
        command = [npm, "install", "--no-audit", "--no-fund", "--prefix", SERVERS, package]
        installed = subprocess.run(command, capture_output=True, text=True, check=False)
        if installed.returncode != 0:
            pytest.skip(f"{name} cannot be installed: {installed.stderr.strip()[-200:]}")
    return found


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            pytest.skip(f"the server ended at once with {process.returncode}")
        time.sleep(0.1)
    process.kill()
    pytest.skip("the server did not listen within 20 s")


def served(command: list[object], port: int) -> Iterator[str]:
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(port, process)
    yield f"127.0.0.1:{port}"
    process.kill()
    process.wait()


@pytest.fixture(scope="session")
def s3_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run s3rver with a bucket ``data``; gives its host:port."""
    folder, port = tmp_path_factory.mktemp("s3rver"), free_port()
    yield from served(
        [program("s3rver"), "-d", folder, "-p", port, "-s", "--configure-bucket", "data"],
        port,
    )


@pytest.fixture(scope="session")
def azure_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run azurite's blob service; gives its host:port."""
    folder, port = tmp_path_factory.mktemp("azurite"), free_port()
    options = ["--skipApiVersionCheck", "--silent", "--location", folder, "--blobPort", port]
    yield from served([program("azurite-blob"), *options], port)


@pytest.fixture(params=["s3", "gs", "az"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Store:
    """Give each store in turn, with the environment that leads to it and a place of its own in it."""
    address = request.getfixturevalue("azure_address" if request.param == "az" else "s3_address")
    return STORES[request.param](address, tmp_path.name, monkeypatch)


@pytest.fixture
def s3(s3_address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Store:
    """Give S3 alone."""
    return STORES["s3"](s3_address, tmp_path.name, monkeypatch)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Make a few TIFFs of several kinds, in folders."""
    folder = tmp_path / "images"
    random = np.random.default_rng(1)
    for name, bands, dtype in (("a.tif", 3, np.uint8), ("deep/b.tif", 4, np.uint16), ("deep/er/c.tif", 1, np.float32)):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        samples = (random.random((bands, 300, 420)) * 200).astype(dtype)
        raster.write(path, samples)
    return folder
