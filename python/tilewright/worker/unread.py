# SPDX-License-Identifier: Apache-2.0
"""Bodies that nobody reads any more: let in and dropped, so that the sender gets to read the answer."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["DropUnread"]

#: More, or slower, and the sender finds the connection closed instead.
MOST_BYTES = 32 << 20
MOST_SECONDS = 5.0


class DropUnread:
    """Takes in what is left of a request's body before its answer begins.

    A server that answers early and closes while the sender still writes resets the connection, and the answer is lost.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        # Such a sender waits for our word, and has it with the answer.
        is_whole = b"expect" in headers or not (b"content-length" in headers or b"transfer-encoding" in headers)

        async def noting_receive() -> Message:
            nonlocal is_whole
            message = await receive()
            is_whole = message["type"] != "http.request" or not message.get("more_body", False)
            return message

        async def drop() -> None:
            size = 0
            while not is_whole and size <= MOST_BYTES:
                size += len((await noting_receive()).get("body", b""))

        async def late_send(message: Message) -> None:
            if message["type"] == "http.response.start" and not is_whole:
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(drop(), MOST_SECONDS)
            await send(message)

        await self.app(scope, noting_receive, late_send)
