# SPDX-License-Identifier: Apache-2.0
"""Senders that Google vouches for: Pub/Sub push, Cloud Scheduler, Cloud Tasks, other services."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import google.auth.exceptions
from google.auth import transport
from google.oauth2 import id_token

from tilewright.errors import InvalidArgumentError
from tilewright.worker.auth import bearer_of
from tilewright.worker.google_transport import HttpxTransport
from tilewright.worker.refusal import TRANSIENT_RETRY_S, RefusedError

__all__ = ["GoogleIdentity"]

#: Clocks of two machines differ by less.
CLOCK_SKEW_SECONDS = 10
#: Google's keys stay for days, and it says for how long an answer is good; never shorter or longer than these.
LEAST_KEPT_SECONDS, MOST_KEPT_SECONDS = 300.0, 86_400.0


class GoogleIdentity:
    """Takes ID tokens that Google signed for one of some service accounts and for this worker.

    Signature, issuer, audience, time, e-mail address and that Google verified it are checked.

    Parameters
    ----------
    audience
        What the token must be made for: the URL that the subscription pushes to, or what it was told.
    service_accounts
        E-mail addresses of who may send.
    fetch
        How keys are fetched; by HTTPS from Google.

    Raises
    ------
    InvalidArgumentError
        Without audience or service account: Google signs tokens for everyone.
    """

    is_open = False

    def __init__(self, audience: str, service_accounts: Iterable[str], fetch: transport.Request | None = None) -> None:
        self.audience = audience
        self.accounts = frozenset(account.lower() for account in service_accounts)
        if not audience or not self.accounts:
            raise InvalidArgumentError(
                "--auth oidc needs --audience and --service-account: Google signs tokens for everyone who asks", "auth"
            )
        self.description = f"An ID token of Google for the audience {audience}, of an account that may send."
        self._keys = _KeptAnswers(fetch or HttpxTransport())

    def check(self, authorization: str) -> None:
        """Check a token; fetches Google's keys now and then."""
        token = bearer_of(authorization)
        try:
            claims: Mapping[str, Any] = id_token.verify_oauth2_token(  # type: ignore[no-untyped-call]
                token, self._keys, audience=self.audience, clock_skew_in_seconds=CLOCK_SKEW_SECONDS
            )
        except google.auth.exceptions.TransportError as error:
            raise RefusedError(503, f"Google's keys cannot be had: {error}", retry_after_s=TRANSIENT_RETRY_S) from error
        except (google.auth.exceptions.GoogleAuthError, ValueError, LookupError, TypeError) as error:
            raise RefusedError(401, f"the token is not valid: {error}", code="permission") from error
        account = str(claims.get("email", "")).lower()
        if claims.get("email_verified") is not True or account not in self.accounts:
            raise RefusedError(403, "the token's account may not send requests to this worker", code="permission")


class _KeptAnswers(transport.Request):
    """Asks for the same thing once in a while: google-auth would fetch the keys for each token."""

    def __init__(self, fetch: Callable[..., transport.Response], clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, transport.Response]] = {}

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: Any,
    ) -> transport.Response:
        with self._lock:
            until, answer = self._kept.get(url, (0.0, None))
            if answer is None or self._clock() >= until:
                answer = self._fetch(url, method=method, body=body, headers=headers, timeout=timeout)
                if answer.status == 200:
                    self._kept[url] = (self._clock() + _kept_seconds(answer.headers), answer)
            return answer


def _kept_seconds(headers: Mapping[str, str]) -> float:
    control = next((value for key, value in headers.items() if key.lower() == "cache-control"), "")
    found = re.search(r"max-age=(\d{1,9})", control)
    return min(max(float(found[1]) if found else 0.0, LEAST_KEPT_SECONDS), MOST_KEPT_SECONDS)
