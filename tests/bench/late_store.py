# SPDX-License-Identifier: Apache-2.0
"""A store that answers late, for as long as commands are measured against it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def late_store(folder: Path, latency_ms: float) -> Iterator[dict[str, str]]:
    """Serve a folder as the bucket "data" (latency_store.py); gives the environment that leads to it."""
    program = Path(__file__).with_name("latency_store.py")
    command = ["/usr/bin/python3", str(program), str(folder), str(latency_ms)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield {
                "AWS_S3_ENDPOINT": f"127.0.0.1:{int(server.stdout.readline())}",
                "AWS_HTTPS": "NO",
                "AWS_VIRTUAL_HOSTING": "FALSE",
                "AWS_ACCESS_KEY_ID": "any",
                "AWS_SECRET_ACCESS_KEY": "any",
                "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
            }
        finally:
            server.kill()
