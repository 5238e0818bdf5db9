# SPDX-License-Identifier: Apache-2.0
"""Who may send requests."""

from __future__ import annotations

import hmac
import ipaddress
from typing import Protocol

from tilewright.errors import InvalidArgumentError
from tilewright.worker.refusal import RefusedError

__all__ = ["Authenticator", "Nobody", "SharedToken", "bearer_of", "is_loopback", "shared_token"]

#: Shorter ones can be guessed.
LEAST_TOKEN_CHARACTERS = 16


class Authenticator(Protocol):
    """Decides by the ``Authorization`` header."""

    #: For people and the OpenAPI page.
    description: str
    is_open: bool

    def check(self, authorization: str) -> None:
        """Return if the sender may; called from threads, and may wait for others.

        Raises
        ------
        RefusedError
            401 for who is unknown, 403 for who is known and may not, 503 if that cannot be found out now.
        """


class Nobody:
    """Asks for nothing."""

    description = "Anyone who can reach this worker may send requests."
    is_open = True

    def check(self, authorization: str) -> None:
        """Let everyone in."""


class SharedToken:
    """A secret that sender and worker share.

    Parameters
    ----------
    token
        Of at least 16 characters.

    Raises
    ------
    InvalidArgumentError
        If it is shorter, or no ASCII text of one word.
    """

    description = "A secret that sender and worker share."
    is_open = False

    def __init__(self, token: str) -> None:
        self._token = shared_token(token).encode()

    def check(self, authorization: str) -> None:
        """Compare in a time that does not depend on how much is right."""
        # Headers are Latin-1; what is not ASCII is no token of ours, and is compared all the same.
        if not hmac.compare_digest(bearer_of(authorization).encode("utf-8", "surrogateescape"), self._token):
            raise RefusedError(401, "the bearer token is not that of this worker", code="permission")


def shared_token(token: str) -> str:
    """Give a token without the line end that files have.

    Raises
    ------
    InvalidArgumentError
        If it can be none.
    """
    token = token.strip()
    if len(token) < LEAST_TOKEN_CHARACTERS or not token.isascii() or not token.isprintable() or " " in token:
        raise InvalidArgumentError(
            f"the token must be one ASCII word of at least {LEAST_TOKEN_CHARACTERS} characters; "
            "make one: openssl rand -hex 32",
            "token",
        )
    return token


def bearer_of(authorization: str) -> str:
    """Take the token out of an ``Authorization`` header.

    Raises
    ------
    RefusedError
        401 if there is none.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise RefusedError(401, "a bearer token is needed: Authorization: Bearer TOKEN", code="permission")
    return token.strip()


def is_loopback(host: str) -> bool:
    """Tell whether an address is reached from this machine only.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0")
    (True, False)
    """
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
