# SPDX-License-Identifier: Apache-2.0
"""What a file holds, in a few letters."""

from __future__ import annotations

import hashlib
from pathlib import Path

__all__ = ["sha256_of"]

_PIECE_BYTES = 1 << 20


def sha256_of(*paths: Path) -> str:
    """Give the SHA-256 of files, one behind the other, as hexadecimal digits.

    Raises
    ------
    OSError
        If one cannot be read.
    """
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                digest.update(piece)
    return digest.hexdigest()
