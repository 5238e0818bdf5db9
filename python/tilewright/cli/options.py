# SPDX-License-Identifier: Apache-2.0
"""Options that several commands share, and the reading of their texts."""

from __future__ import annotations

import re
from enum import Enum
from typing import Annotated

import typer

__all__ = ["Compression", "Json", "Limit", "Memory", "ShowProgress", "Workers", "two_numbers"]


class Compression(str, Enum):
    """How much time to spend for how small a file."""

    fast = "fast"
    balanced = "balanced"
    small = "small"


Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for scripts instead of text.")]
ShowProgress = Annotated[
    bool | None, typer.Option("--progress/--no-progress", help="Progress; by default a bar on a terminal only.")
]
Workers = Annotated[int, typer.Option("--workers", min=0, metavar="N", help="Threads; 0: one a processor.")]
Memory = Annotated[
    str, typer.Option("--memory", help="Memory budget, e.g. 1GiB; default: a quarter of what there is.", metavar="SIZE")
]
Limit = Annotated[
    str, typer.Option("--limit", help="Refuse images larger than this, decoded.", metavar="SIZE", show_default=True)
]


def two_numbers(text: str, option: str) -> tuple[int, int]:
    """Read "1024x768" (or "1024": both); the option's name stands in the error."""
    match = re.fullmatch(r"\s*(\d+)\s*(?:[xX*,]\s*(\d+)\s*)?", text)
    if not match:
        raise typer.BadParameter(f"{text!r} is not a pair like 1024x1024", param_hint=option)
    first = int(match[1])
    return first, int(match[2]) if match[2] else first
