# SPDX-License-Identifier: Apache-2.0
"""Packages that not everyone has: each part that needs some is an extra of this package."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tilewright.errors import UnsupportedError

__all__ = ["MissingPackageError", "extra", "how_to_install"]


class MissingPackageError(UnsupportedError, ModuleNotFoundError):
    """A package of an extra is not installed; the message says which extra it is."""


def how_to_install(package: str, extra: str) -> str:
    """Say that a package is missing, and what brings it.

    Examples
    --------
    >>> how_to_install("pyarrow", "index")
    "pyarrow is not installed; pip install 'tilewright[index]'"
    """
    return f"{package} is not installed; pip install 'tilewright[{extra}]'"


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Say what to install where an import in the block fails.

    Examples
    --------
    >>> with extra("worker"):
    ...     import no_such_module
    Traceback (most recent call last):
        ...
    tilewright.extras.MissingPackageError: no_such_module is not installed; pip install 'tilewright[worker]'
    """
    try:
        yield
    except MissingPackageError:
        raise
    except ModuleNotFoundError as error:
        package = error.name or ""
        if package.partition(".")[0] == "tilewright":
            raise
        raise MissingPackageError(how_to_install(package, name)) from error
