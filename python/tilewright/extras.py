# SPDX-License-Identifier: Apache-2.0
"""Packages that not everyone has: each part that needs some is an extra of this package."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tilewright.errors import UnsupportedError

__all__ = ["MissingPackageError", "UnusablePackageError", "extra", "how_to_install"]


class UnusablePackageError(UnsupportedError, ImportError):
    """A package of an extra cannot be imported; the message says why, and which extra it is."""


class MissingPackageError(UnusablePackageError, ModuleNotFoundError):
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
    except UnusablePackageError:
        raise
    except ImportError as error:
        package = error.name or ""
        if package.partition(".")[0] == "tilewright":
            raise
        if isinstance(error, ModuleNotFoundError):
            raise MissingPackageError(how_to_install(package, name)) from error
        # Mostly a version that does not go with that of another package.
        raise UnusablePackageError(f"a package of tilewright[{name}] cannot be loaded: {error}") from error
