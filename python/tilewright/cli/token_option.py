# SPDX-License-Identifier: Apache-2.0
"""The token that worker and dispatcher share: from a file or the environment, never from the command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from tilewright.errors import InvalidArgumentError

__all__ = ["TOKEN_VARIABLE", "TokenFile", "token_from"]

TOKEN_VARIABLE = "TILEWRIGHT_WORKER_TOKEN"

TokenFile = Annotated[
    str,
    typer.Option(
        "--token-file",
        metavar="FILE",
        help=f"Holds the token; {TOKEN_VARIABLE} of the environment if not given.",
        show_default=False,
    ),
]


def token_from(file: str) -> str:
    """Give the token; empty if there is none.

    Raises
    ------
    InvalidArgumentError
        If the file cannot be read, or is empty.
    """
    if not file:
        return os.environ.get(TOKEN_VARIABLE, "").strip()
    try:
        token = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "is no text"
        raise InvalidArgumentError(f"--token-file {file}: {reason}", file) from error
    if not token:
        raise InvalidArgumentError(f"--token-file {file}: is empty", file)
    return token
