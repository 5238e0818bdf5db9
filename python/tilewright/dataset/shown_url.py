# SPDX-License-Identifier: Apache-2.0
"""Addresses as logs, messages and records may have them: without what lets others in."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import parse_qsl, urlsplit

__all__ = ["shown_url", "url_identity"]

#: Of signed addresses: these change with each signature, and not with what is there.
_OF_SIGNATURES = re.compile(
    r"x-(amz|goog)-.*|awsaccesskeyid|googleaccessid|signature|expires|policy|key-pair-id|token|access_token"
    r"|sig|se|st|sp|sr|sv|spr|sip|ske|skoid|sks|skt|sktid|skv",
    re.IGNORECASE,
)


def shown_url(url: str) -> str:
    """Give an address without user, password and query.

    Examples
    --------
    >>> shown_url("https://me:secret@host/a/0075.tar?X-Amz-Signature=3f2a")
    'https://host/a/0075.tar?...'
    """
    head, question, _ = url.partition("#")[0].partition("?")
    scheme, colon, rest = head.partition("://")
    if colon:
        host, slash, path = rest.partition("/")
        head = f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"
    return f"{head}?..." if question else head


def url_identity(url: str) -> str:
    """Tell addresses apart by what they lead to, however they are signed, in a text that gives no secret away.

    Examples
    --------
    >>> url_identity("https://host/0075.tar?Signature=3f2a") == url_identity("https://host/0075.tar?Signature=77b0")
    True
    """
    asked = [pair for pair in parse_qsl(urlsplit(url).query, True) if not _OF_SIGNATURES.fullmatch(pair[0])]
    shown = shown_url(url).removesuffix("?...")
    return f"{shown}?sha256={hashlib.sha256(repr(asked).encode()).hexdigest()[:32]}" if asked else shown
