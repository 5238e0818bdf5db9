# SPDX-License-Identifier: Apache-2.0
"""A server that stands before a store and passes requests on: late, refused, cut off, or as they are."""

from __future__ import annotations

import http.client
import random
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["KINDS", "FaultServer", "Request"]

# What can happen in place of an answer.
KINDS = ("503", "429", "500", "reset", "truncated", "drip")
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding"}


@dataclass
class Request:
    """What arrived, and how many bytes of the body went back."""

    method: str
    path: str
    range: str
    fault: str = ""
    sent_bytes: int = 0

    @property
    def first(self) -> int:
        """The first byte asked for."""
        return int(self.range.removeprefix("bytes=").partition("-")[0] or 0)


@dataclass
class FaultServer:
    """Stands before ``upstream`` (host:port); use as a context manager, and give clients ``address``."""

    upstream: str
    rate: float = 0.0
    kinds: tuple[str, ...] = KINDS
    latency_s: float = 0.0
    seed: int = 1
    only: str = ""
    before: Callable[[Request], object] = lambda _: None
    requests: list[Request] = field(default_factory=list)

    def __enter__(self) -> FaultServer:
        self._random = random.Random(self.seed)
        self._lock = threading.Lock()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                """Say nothing; ``requests`` tells."""

            def pass_on(self) -> None:
                owner.serve(self)

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = pass_on  # noqa: N815 - the base class's names

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_: object) -> None:
                """Clients hang up on faults; that is what they are for."""

        self._server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        """host:port to give to clients."""
        return f"127.0.0.1:{self._server.server_port}"

    def chosen_fault(self) -> str:
        with self._lock:
            return self._random.choice(self.kinds) if self._random.random() < self.rate else ""

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        fault = self.chosen_fault() if self.only in handler.path else ""
        request = Request(handler.command, handler.path, handler.headers.get("Range", ""), fault)
        self.requests.append(request)
        self.before(request)
        time.sleep(self.latency_s)
        if fault in {"503", "429", "500"}:
            handler.send_response(int(fault))
            if fault == "429":
                handler.send_header("Retry-After", "0.2")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        if fault == "reset":
            # Closing with unread linger of zero sends RST instead of FIN.
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()
            handler.close_connection = True
            return
        upstream = http.client.HTTPConnection(self.upstream, timeout=60)
        headers = {key: value for key, value in handler.headers.items() if key.lower() not in HOP_BY_HOP}
        upstream.request(handler.command, handler.path, body or None, headers)
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        handler.send_response(answer.status)
        for key, value in answer.getheaders():
            if key.lower() not in HOP_BY_HOP | {"content-length"}:
                handler.send_header(key, value)
        length = answer.getheader("Content-Length") if handler.command == "HEAD" else str(len(content))
        handler.send_header("Content-Length", length or "0")
        handler.end_headers()
        if handler.command == "HEAD":
            return
        if fault == "truncated" and content:
            content = content[: len(content) // 2]
            handler.close_connection = True
        if fault == "drip" and content:
            for start in range(min(len(content), 4)):
                handler.wfile.write(content[start : start + 1])
                handler.wfile.flush()
                time.sleep(0.05)
            content = content[4:]
        handler.wfile.write(content)
        request.sent_bytes = len(content)
