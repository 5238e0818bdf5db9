# SPDX-License-Identifier: Apache-2.0
"""A server that answers as a test tells it, and remembers what it was sent."""

from __future__ import annotations

import json
import socket
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

#: Closes the connection without a word.
HANG_UP = 0


class ScriptedWorker:
    """Answers the requests for each destination by the statuses it was given, in turn; then 204.

    With 204 it makes the tile, unless told not to.
    """

    def __init__(self, script=None, headers=None, makes_tiles=True):
        self.script = {name: list(statuses) for name, statuses in (script or {}).items()}
        self.headers = headers or {}
        self.makes_tiles = makes_tiles
        self.payloads = []
        self.authorizations = []
        self.most_at_once = 0
        self.at_once = 0
        self.attempts = Counter()
        self.lock = threading.Lock()
        self.gate = threading.Event()
        self.gate.set()

    def __enter__(self):
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                """Say nothing."""

            def do_POST(self):
                owner.answer(self)

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                """Those that hung up."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def answer(self, request):
        payload = json.loads(request.rfile.read(int(request.headers["Content-Length"])))
        target = Path(payload["destination"])
        with self.lock:
            self.payloads.append(payload)
            self.authorizations.append(request.headers.get("Authorization", ""))
            self.attempts[target.name] += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            statuses = self.script.get(target.name) or self.script.get("*") or [204]
            status = statuses.pop(0)
        self.gate.wait(20)
        with self.lock:
            self.at_once -= 1
        if status == HANG_UP:
            request.close_connection = True
            request.connection.shutdown(socket.SHUT_RDWR)
            return
        body = b"" if status == 204 else json.dumps({"status": status, "detail": f"told {status}"}).encode()
        if status == 204 and self.makes_tiles and not self.headers:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
        request.send_response(status)
        for key, value in self.headers.items():
            request.send_header(key, value)
        if status != 204:
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)
