# SPDX-License-Identifier: Apache-2.0
"""Bodies of requests: how large, of what type, and how long they may take to arrive."""

from __future__ import annotations

import asyncio
from email.message import Message
from typing import TYPE_CHECKING

from tilewright.worker.refusal import RefusedError

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["read_body"]

#: A sender that takes longer for a few megabytes keeps the worker waiting, not working.
ARRIVAL_SECONDS = 30.0


async def read_body(request: Request, max_bytes: int) -> bytes:
    """Read the JSON body of a request.

    Raises
    ------
    RefusedError
        415 for another type, 413 for a body that is too large, by its header or as it arrives; 408 for one that does
        not arrive.
    """
    _require_json(request)
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > max_bytes:
        raise _too_large(max_bytes)
    try:
        return await asyncio.wait_for(_read(request, max_bytes), ARRIVAL_SECONDS)
    except asyncio.TimeoutError as error:
        raise RefusedError(408, f"the body did not arrive within {ARRIVAL_SECONDS:.0f} s") from error


async def _read(request: Request, max_bytes: int) -> bytes:
    chunks = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > max_bytes:
            raise _too_large(max_bytes)
        chunks.append(chunk)
    return b"".join(chunks)


def _too_large(max_bytes: int) -> RefusedError:
    return RefusedError(413, f"the body is larger than the {max_bytes:,} bytes that this worker takes (--max-body)")


def _require_json(request: Request) -> None:
    header = Message()
    header["content-type"] = request.headers.get("content-type", "")
    kind = header.get_content_type()
    is_json = kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
    charset = (header.get_content_charset() or "utf-8").lower()
    if not is_json or charset not in ("utf-8", "utf8", "us-ascii"):
        raise RefusedError(415, "the body must be JSON in UTF-8: Content-Type: application/json")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise RefusedError(415, "the body must not be compressed")
