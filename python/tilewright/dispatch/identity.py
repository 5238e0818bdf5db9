# SPDX-License-Identifier: Apache-2.0
"""ID tokens of Google for workers that ask for one: of a service account, or of the machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from tilewright.errors import PermissionDeniedError
from tilewright.extras import extra

with extra("worker"):
    import google.auth.exceptions
    from google.auth import transport
    from google.oauth2 import id_token

    from tilewright.worker.google_transport import HttpxTransport

__all__ = ["IdentityToken"]

#: They are good for an hour.
KEPT_SECONDS = 45 * 60.0


class IdentityToken:
    """Gives the header that tells a worker who asks; the token is renewed before it ends.

    Parameters
    ----------
    audience
        Whom the token is for: the worker's URL, or what it was told with ``--audience``.
    fetch
        How Google is asked; by HTTPS.
    """

    def __init__(
        self,
        audience: str,
        fetch: transport.Request | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.audience = audience
        self._fetch = fetch or HttpxTransport()
        self._clock = clock
        self._lock = threading.Lock()
        self._header = ""
        self._until_s = 0.0

    def __call__(self) -> str:
        """Give the header.

        Raises
        ------
        PermissionDeniedError
            If Google gives no token.
        """
        with self._lock:
            if self._clock() >= self._until_s:
                try:
                    token = id_token.fetch_id_token(self._fetch, self.audience)  # type: ignore[no-untyped-call]
                except google.auth.exceptions.GoogleAuthError as error:
                    raise PermissionDeniedError(
                        f"Google gives no ID token ({error}); set GOOGLE_APPLICATION_CREDENTIALS to a service "
                        "account's file, or write a token of `gcloud auth print-identity-token` to --token-file",
                        "auth",
                    ) from error
                self._header = f"Bearer {token}"
                self._until_s = self._clock() + KEPT_SECONDS
            return self._header
