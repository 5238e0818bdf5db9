# SPDX-License-Identifier: Apache-2.0
"""A web server of a few files, with ranges, that fails as it is told to."""

from __future__ import annotations

import hashlib
import random
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["FileServer", "Get", "Served"]


@dataclass
class Served:
    """A file, and how it is served."""

    content: bytes
    etag: str | None = ""  # "": of the content; None: none
    modified: str | None = None
    ranges: bool = True
    length: bool = True
    encoding: str = ""
    redirect: str = ""

    def __post_init__(self) -> None:
        if self.etag == "":
            self.etag = f'"{hashlib.md5(self.content, usedforsecurity=False).hexdigest()}"'


@dataclass
class Get:
    """A request, and what was sent."""

    path: str
    first: int | None
    if_range: str
    authorization: str = ""
    status: int = 0
    sent_bytes: int = 0


@dataclass
class FileServer:
    """Use as a context manager.

    Attributes
    ----------
    files
        By path, with the first slash.
    fault
        Told each request; what it gives happens instead: a status, "reset", "truncated", "drip", "silence".
    pace_s
        Between two pieces of 16 KiB.
    tls
        With it, https is spoken.
    """

    files: dict[str, Served] = field(default_factory=dict)
    fault: Callable[[Get], int | str | None] = lambda get: None
    pace_s: float = 0.0
    retry_after: str = ""
    tls: ssl.SSLContext | None = None
    gets: list[Get] = field(default_factory=list)

    def __enter__(self) -> FileServer:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                """Say nothing; ``gets`` tells."""

            def do_GET(self) -> None:
                owner.serve(self)

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_: object) -> None:
                """Clients that hang up are no errors."""

        self._server = Server(("127.0.0.1", 0), Handler)
        if self.tls is not None:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        self._closed = threading.Event()
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def host(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self._server.server_port}"

    def url(self, path: str) -> str:
        """Give the address of a file."""
        return f"{'http' if self.tls is None else 'https'}://{self.host}{path}"

    def sent_bytes(self) -> int:
        """Give how many bytes of files were sent so far."""
        return sum(get.sent_bytes for get in self.gets)

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        headers = handler.headers
        path = handler.path.partition("?")[0]
        told = headers.get("Range", "").removeprefix("bytes=").removesuffix("-")
        first = int(told) if told else None
        get = Get(path, first, headers.get("If-Range", ""), headers.get("Authorization", ""))
        self.gets.append(get)
        fault = self.fault(get)
        if fault == "silence":
            self._closed.wait()
        if fault == "reset":
            hang_up(handler)
        elif isinstance(fault, int):
            answer(handler, get, fault, {"Content-Length": "0"} | self._retry_after())
        elif path not in self.files:
            answer(handler, get, 404, {"Content-Length": "0"})
        elif self.files[path].redirect:
            answer(handler, get, 302, {"Content-Length": "0", "Location": self.files[path].redirect})
        else:
            self._send(handler, get, self.files[path], fault)

    def _retry_after(self) -> dict[str, str]:
        return {"Retry-After": self.retry_after} if self.retry_after else {}

    def _send(self, handler: BaseHTTPRequestHandler, get: Get, file: Served, fault: str | None) -> None:
        size = len(file.content)
        headers = {"Date": formatdate(usegmt=True)}
        headers |= {"ETag": file.etag} if file.etag else {}
        headers |= {"Last-Modified": file.modified} if file.modified else {}
        headers |= {"Content-Encoding": file.encoding} if file.encoding else {}
        first = get.first or 0
        part = get.first is not None and file.ranges and get.if_range in ("", file.etag, file.modified)
        if part and first >= size:
            answer(handler, get, 416, {**headers, "Content-Range": f"bytes */{size}", "Content-Length": "0"})
            return
        body = file.content[first:] if part else file.content
        if part:
            headers["Content-Range"] = f"bytes {first}-{size - 1}/{size}"
        if file.length:
            headers["Content-Length"] = str(len(body))
        else:
            headers["Connection"] = "close"
            handler.close_connection = True
        answer(handler, get, 206 if part else 200, headers)
        until = random.Random(len(self.gets)).randrange(len(body) + 1) if fault in ("truncated", "cut") else len(body)
        step = 3 if fault == "drip" else 16 << 10
        for at in range(0, until, step):
            piece = body[at : min(at + step, until)]
            handler.wfile.write(piece)
            get.sent_bytes += len(piece)
            if fault == "drip" and at > 30:
                step = len(body)
                handler.wfile.write(body[at + len(piece) :])
                get.sent_bytes += len(body) - at - len(piece)
                break
            time.sleep(0.01 if fault == "drip" else self.pace_s)
        if fault == "truncated":
            handler.close_connection = True
        elif fault == "cut":
            hang_up(handler)


def answer(handler: BaseHTTPRequestHandler, get: Get, status: int, headers: dict[str, str]) -> None:
    get.status = status
    handler.send_response_only(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Close so that the client gets a reset instead of an end."""
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True
