# SPDX-License-Identifier: Apache-2.0
"""What all ways to send windows have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["OnSent", "Sent"]


@dataclass(frozen=True)
class Sent:
    """What became of a window that was sent."""

    name: str  #: of its tile
    error: str = ""  #: why it was not taken; empty: it was
    status: int = 0  #: the last HTTP status; 0: none
    attempts: int = 1


#: Called for each window when it is known what became of it.
OnSent: TypeAlias = Callable[[Sent], object]
