# SPDX-License-Identifier: Apache-2.0
"""Requests that can never succeed, kept for people."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from pathlib import Path
from typing import Any

from tilewright import _core
from tilewright.places import place
from tilewright.worker.payload import Envelope
from tilewright.worker.refusal import RefusedError

__all__ = ["record_dead_letter"]


def record_dead_letter(prefix: str, path: str, envelope: Envelope, refusal: RefusedError) -> str:
    """Write a request and why it was refused, as JSON, whole or not at all.

    The name is made of the request, so that one that comes twice is recorded once.

    Parameters
    ----------
    prefix
        Folder or address; made if it does not exist.
    path
        What the request was sent to: ``"/median"``.

    Returns
    -------
    str
        The place of the record.

    Raises
    ------
    TilewrightError, OSError
        If it cannot be written.
    """
    letter: dict[str, Any] = {
        "path": path,
        "status": refusal.status,
        "code": refusal.code,
        "reason": refusal.reason,
        "where": refusal.where,
        "recorded_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        **envelope.message,
    }
    try:
        letter["payload"] = envelope.payload.decode()
    except UnicodeDecodeError:
        letter["payload_base64"] = base64.b64encode(envelope.payload).decode()
    digest = hashlib.sha256(path.encode() + b"\n" + envelope.payload).hexdigest()
    folder = place(prefix)
    if isinstance(folder, Path):
        folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{digest[:32]}.json"
    _core.write_bytes(target, json.dumps(letter, indent=1).encode())
    return str(target)
