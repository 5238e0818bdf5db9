# SPDX-License-Identifier: Apache-2.0
"""Windows and sizes, and what this machine has."""

from __future__ import annotations

from tilewright import _core
from tilewright._core import Size, Window

__all__ = [
    "Size",
    "Window",
    "available_memory_bytes",
    "available_processors",
    "default_memory_budget_bytes",
    "format_size_bytes",
    "parse_size_bytes",
]


def available_processors() -> int:
    """Count the processors this process may use: affinity and the container's limit honoured; at least 1."""
    return _core.available_processors()


def available_memory_bytes() -> int:
    """Tell the memory this process may use: the machine's, or the container's limit where lower."""
    return _core.available_memory_bytes()


def default_memory_budget_bytes() -> int:
    """Tell the memory budget used unless one is given: a quarter of what is available, at least 256 MiB."""
    return _core.default_memory_budget_bytes()


def parse_size_bytes(text: str) -> int:
    """Read a size as people write it.

    Parameters
    ----------
    text
        A number and perhaps a unit: ``KiB``, ``MiB``, ... and ``K``, ``M``, ... are powers of 1024, ``KB``, ``MB``, ...
        powers of 1000.

    Returns
    -------
    int
        Bytes.

    Raises
    ------
    InvalidArgumentError
        If `text` is no size.

    Examples
    --------
    >>> parse_size_bytes("1.5 GiB")
    1610612736
    """
    return _core.parse_size_bytes(text)


def format_size_bytes(size_bytes: int) -> str:
    """Write a size as people read it.

    Examples
    --------
    >>> format_size_bytes(1610612736)
    '1.5 GiB'
    """
    return _core.format_size_bytes(size_bytes)
