# SPDX-License-Identifier: Apache-2.0
"""Ways to a worker: in this process, and in one of its own."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from pathlib import Path

import httpx

TOKEN = "correct-horse-battery-staple"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
LAUNCHER = Path(__file__).with_name("launched_worker.py")


class InProcess:
    """Asks an application of this process; requests that were begun run side by side."""

    def __init__(self, app, headers=BEARER):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://worker", headers=headers, timeout=30
        )

    def begin(self, method, path, **options) -> Future[httpx.Response]:
        return asyncio.run_coroutine_threadsafe(self._client.request(method, path, **options), self._loop)

    def post(self, path, **options):
        return self.begin("POST", path, **options).result()

    def get(self, path, **options):
        return self.begin("GET", path, **options).result()

    def close(self):
        asyncio.run_coroutine_threadsafe(self._client.aclose(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()


class Launched:
    """A worker as people run it, but that its composites are those of stage.py."""

    def __init__(self, folder: Path, *options: str):
        self.folder = folder
        self.process = subprocess.Popen(
            [
                *(sys.executable, LAUNCHER, folder, "worker", "--port", "0", "--log-format", "json"),
                *("--allow-read", folder, "--allow-write", folder, *options),
            ],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TILEWRIGHT_WORKER_TOKEN": TOKEN},
        )
        self.log = []
        self.url = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        wait_until(lambda: self.url or self.process.poll() is not None)
        assert self.url, self.log

    def _read(self):
        for line in self.process.stderr:
            self.log.append(line)
            if "listening on " in line:
                self.url = line.partition("listening on ")[2].partition(";")[0]

    def post(self, **options):
        return httpx.post(f"{self.url}/median", headers=BEARER, timeout=30, **options)

    def end(self, signal_number=signal.SIGTERM) -> int:
        self.process.send_signal(signal_number)
        return self.process.wait(30)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self._reader.join()
        self.process.stderr.close()


def wait_until(is_so, seconds=20.0):
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


def window_of(folder, name="tile.tif", **members):
    """What a dispatcher sends, of places in a folder that the worker may read and write."""
    return {
        "window": [0, 0, 8, 8],
        "destination": str(folder / name),
        "datasets": [str(folder / "a.tif"), str(folder / "b.tif")],
        **members,
    }


def pushed(payload, **members):
    """A payload as Pub/Sub pushes it."""
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    message = {"data": base64.b64encode(data).decode(), "messageId": "42", "message_id": "42", "attributes": {}}
    return {"message": {**message, **members}, "subscription": "projects/p/subscriptions/s", "deliveryAttempt": 2}
