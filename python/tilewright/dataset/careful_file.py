# SPDX-License-Identifier: Apache-2.0
"""A file for HDF5 to write to, which hears of a full disk in its stead."""

from __future__ import annotations

import io
from typing import Any

__all__ = ["CarefulFile"]


class CarefulFile(io.FileIO):
    """A file that takes all that is written, also when the disk takes no more; what it did not take makes it useless.

    HDF5 that is told of a failure tries again for each of its objects as it lets go of it, tells of every attempt, and
    can no longer close the file.

    Attributes
    ----------
    error : OSError or None
        Why not all that was written is there.
    """

    error: OSError | None = None

    def write(self, data: Any, /) -> int:
        """Write all of it; gives its size."""
        left = memoryview(data).cast("B")
        size = len(left)
        while len(left) and self.error is None:
            try:
                left = left[super().write(left) :]
            except OSError as error:
                self.error = error
        return size

    def truncate(self, size: int | None = None, /) -> int:
        """Make it so long."""
        try:
            return super().truncate(size)
        except OSError as error:
            self.error = self.error or error
            return self.tell() if size is None else size
