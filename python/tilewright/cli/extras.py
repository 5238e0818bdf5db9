# SPDX-License-Identifier: Apache-2.0
"""Parts of a command that need packages which not everyone has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tilewright.errors import UnsupportedError

__all__ = ["extra"]


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Say what to install where an import in the block fails.

    Examples
    --------
    >>> with extra("worker"):
    ...     import no_such_module
    Traceback (most recent call last):
        ...
    tilewright.errors.UnsupportedError: no_such_module is not installed; pip install 'tilewright[worker]'
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "tilewright":
            raise
        raise UnsupportedError(f"{error.name} is not installed; pip install 'tilewright[{name}]'") from error
