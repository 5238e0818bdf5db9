# SPDX-License-Identifier: Apache-2.0
"""How google-auth asks, by the HTTP library that is there anyway."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import google.auth.exceptions
import httpx
from google.auth import transport

__all__ = ["HttpxTransport"]

ANSWER_SECONDS = 5.0


class HttpxTransport(transport.Request):
    """Sends requests of google-auth by httpx."""

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: Any,
    ) -> transport.Response:
        """Send a request.

        Raises
        ------
        google.auth.exceptions.TransportError
            If there is no answer.
        """
        try:
            answer = httpx.request(
                method, url, content=body, headers=dict(headers or {}), timeout=timeout or ANSWER_SECONDS
            )
        except httpx.HTTPError as error:
            raise google.auth.exceptions.TransportError(error) from error  # type: ignore[no-untyped-call]
        return _Answer(answer.status_code, dict(answer.headers), answer.content)


class _Answer(transport.Response):
    def __init__(self, status: int, headers: Mapping[str, str], data: bytes) -> None:
        self._status, self._headers, self._data = status, headers, data

    @property
    def status(self) -> int:
        return self._status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._headers

    @property
    def data(self) -> bytes:
        return self._data
