# SPDX-License-Identifier: Apache-2.0
"""Why a request is not done, and what that is in HTTP."""

from __future__ import annotations

from collections.abc import Sequence

from tilewright.errors import (
    CancelledError,
    InternalError,
    IoFailedError,
    PermissionDeniedError,
    ResourceError,
    TilewrightError,
)

__all__ = ["TRANSIENT_RETRY_S", "RefusedError", "refusal_of", "status_of_codes"]

#: When to come again after trouble that passes; queues have pauses of their own.
TRANSIENT_RETRY_S = 5

#: Errors that say nothing of the request: another machine, or this one later, may do it.
_OF_THE_MACHINE = (IoFailedError, ResourceError, InternalError)
# The same for tasks, of whose errors the code is left after all retries.
_STATUS_OF_CODE = {"io": 503, "resource": 503, "cancelled": 503, "internal": 500, "permission": 403}


class RefusedError(Exception):
    """A request that is answered with an error.

    Attributes
    ----------
    status : int
        The HTTP status.
    reason : str
        What is wrong, and what to do about it.
    code : str
        Of the error, as everywhere in the package: ``"invalid_argument"``, ...
    where : str
        The place or the part of the request that it is about.
    retry_after_s : int
        When to come again; 0: not told.
    poison : bool
        Whether the same request can never succeed here, so that no queue need bring it again.
    """

    def __init__(
        self,
        status: int,
        reason: str,
        *,
        code: str = "",
        where: str = "",
        retry_after_s: int = 0,
        poison: bool = False,
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.code = code
        self.where = where
        self.retry_after_s = retry_after_s
        self.poison = poison

    @classmethod
    def for_good(
        cls, reason: str, *, code: str = "invalid_argument", where: str = "", status: int = 400
    ) -> RefusedError:
        """Refuse what can never succeed."""
        return cls(status, reason, code=code, where=where, poison=True)


def refusal_of(error: TilewrightError) -> RefusedError:
    """Tell what an error of the library is in HTTP.

    Examples
    --------
    >>> from tilewright.errors import InvalidArgumentError
    >>> refusal_of(InvalidArgumentError("window out of bounds")).status
    400
    >>> refusal_of(IoFailedError("connection reset", "s3://b/a.tif", transient=True)).status
    503
    """
    reason, code, where = str(error), error.code, error.where
    if error.transient or isinstance(error, CancelledError):
        return RefusedError(503, reason, code=code, where=where, retry_after_s=TRANSIENT_RETRY_S)
    if isinstance(error, _OF_THE_MACHINE):
        return RefusedError(500, reason, code=code, where=where)
    status = 403 if isinstance(error, PermissionDeniedError) else 400
    return RefusedError.for_good(reason, code=code, where=where, status=status)


def status_of_codes(codes: Sequence[str]) -> int:
    """Tell the status for tasks that failed: as long as one may do better next time, they are to come again.

    Examples
    --------
    >>> status_of_codes(["corrupt", "io"]), status_of_codes(["corrupt"])
    (503, 400)
    """
    statuses = {_STATUS_OF_CODE.get(code, 400) for code in codes}
    return next(status for status in (503, 500, 400, 403) if status in statuses)
