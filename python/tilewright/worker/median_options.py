# SPDX-License-Identifier: Apache-2.0
"""How a window is to be made, as a request may tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tilewright.composite import CompositeFiles, CompositeOptions, StackOptions
from tilewright.errors import InvalidArgumentError
from tilewright.strict_options import list_of, read_options

__all__ = ["MedianOptions", "read_median_options"]


@dataclass(frozen=True)
class MedianOptions:
    """What `tilewright.composite.write_composite()` takes beside places and window."""

    options: CompositeOptions
    stack: StackOptions
    files: CompositeFiles

    def outputs(self, target: str) -> list[str]:
        """Name the files that are written for a target."""
        stem = target.rpartition(".")[0]
        beside = (("count", self.files.counts), ("dataset", self.files.datasets))
        return [target, *(f"{stem}_{name}.tif" for name, wanted in beside if wanted)]


def read_median_options(
    options: Mapping[str, Any], stack: Mapping[str, Any], files: Mapping[str, Any]
) -> MedianOptions:
    """Read the members of a request that are named so: keywords of the classes, and nothing else.

    Raises
    ------
    InvalidArgumentError
        For an unknown key, a value of another type, and for what the classes refuse.
    """
    return MedianOptions(
        read_options(CompositeOptions, options, "options", {"nodata": _dropped, "saturation": _dropped}),
        read_options(StackOptions, stack, "stack", {"masks": list_of(str), "hidden_classes": list_of(int)}),
        read_options(CompositeFiles, files, "files"),
    )


def _dropped(value: Any, where: str) -> Any:
    if value is None or value == "auto" or type(value) in (int, float):
        return value
    raise InvalidArgumentError(f'{where}: expected "auto", a number, or null for none', where)
