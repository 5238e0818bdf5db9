# SPDX-License-Identifier: Apache-2.0
"""Figures for Prometheus: numbers of requests and how long they took, and no names."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from tilewright.worker.running import Running

__all__ = ["CONTENT_TYPE_LATEST", "CountRequests", "Metrics"]

_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800)


class Metrics:
    """Counters of one application.

    Parameters
    ----------
    running
        Whose state is told too.
    paths
        Those that are told of by name; the rest is "other".
    """

    def __init__(self, running: Running, paths: tuple[str, ...]) -> None:
        self.paths = paths
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "tilewright_worker_requests", "Requests answered.", ("path", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "tilewright_worker_request_seconds",
            "Time to the answer.",
            ("path",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.work = Counter(
            "tilewright_worker_work",
            "Requests that succeeded: done, skipped as all was there, or recorded as dead letters.",
            ("outcome",),
            registry=self.registry,
        )
        self._gauge("running", "Requests worked at.", lambda: running.count)
        self._gauge("concurrency", "Requests worked at at a time, at most.", lambda: running.concurrency)
        self._gauge("joined", "Requests that waited for the same work under way, so far.", lambda: running.joined)
        self._gauge("draining", "1 while the worker is ending.", lambda: int(running.drain.has_begun))

    def _gauge(self, name: str, text: str, value: object) -> None:
        gauge = Gauge(f"tilewright_worker_{name}", text, registry=self.registry)
        gauge.set_function(value)  # type: ignore[arg-type]

    def text(self) -> bytes:
        """Give all figures as Prometheus reads them."""
        return generate_latest(self.registry)


class CountRequests:
    """Counts what is answered, errors of the server included."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun_s = time.perf_counter()
        path = scope["path"] if scope["path"] in self.metrics.paths else "other"

        async def noting_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.metrics.requests.labels(path, str(message["status"])).inc()
                self.metrics.seconds.labels(path).observe(time.perf_counter() - begun_s)
            await send(message)

        await self.app(scope, receive, noting_send)
