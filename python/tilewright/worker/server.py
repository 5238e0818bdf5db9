# SPDX-License-Identifier: Apache-2.0
"""Serving: a socket, uvicorn, and signals that end the worker."""

from __future__ import annotations

import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from types import FrameType

import uvicorn

from tilewright.errors import InvalidArgumentError
from tilewright.worker.app import create_app
from tilewright.worker.drain import Drain
from tilewright.worker.settings import WorkerSettings

__all__ = ["serve"]

#: After the work was told to stop: for the answers, and for work that does not hear.
LAST_SECONDS = 1.0
#: Senders that use a connection again would find it closed under their hands now and then, were this short.
KEEP_ALIVE_SECONDS = 75
#: Connections that wait to be accepted.
BACKLOG = 2048
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def serve(
    settings: WorkerSettings, host: str, port: int, on_listening: Callable[[str], object] = lambda url: None
) -> None:
    """Serve until SIGTERM or SIGINT; runs in the main thread.

    Then nothing more is accepted, and what runs may end; when the time for that is up, or at a second signal, it is
    stopped and answered with 503.

    Parameters
    ----------
    settings
        What the worker may do.
    host, port
        Where to listen; port 0: any that is free.
    on_listening
        Called with the URL when requests are taken.

    Raises
    ------
    InvalidArgumentError
        If one cannot listen there, or for prefixes that can be none.
    """
    drain = Drain(settings.drain_seconds)
    app = create_app(settings, drain)
    with _listening(host, port) as listening:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="on",
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=int(settings.drain_seconds + LAST_SECONDS + 0.999),
        )
        told_port = listening.getsockname()[1]
        told_host = f"[{host}]" if ":" in host else host
        _Server(config, drain, lambda: on_listening(f"http://{told_host}:{told_port}")).run([listening])


def _listening(host: str, port: int) -> socket.socket:
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listening = socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidArgumentError(f"{host}:{port}: cannot listen there: {reason}", "port") from error
    # Connections have it from here: answers come in two parts, and the second would wait 40 ms for the other side.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, drain: Drain, on_listening: Callable[[], object]) -> None:
        super().__init__(config)
        self._drain = drain
        self._on_listening = on_listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self._on_listening()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Uvicorn would raise the signals again at the end; ours ends well.
        before = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._drain.begin()
        self.should_exit = True
