# SPDX-License-Identifier: Apache-2.0
"""The public modules of the package, and in which of them a name is at home that several export."""

from __future__ import annotations

import importlib
from functools import cache

#: A name is explained in the first of these that exports it; the others refer to it.
MODULES = (
    "tilewright.core",
    "tilewright.errors",
    "tilewright.layout",
    "tilewright.places",
    "tilewright.raster",
    "tilewright.tile",
    "tilewright.chip",
    "tilewright.thumbnail",
    "tilewright.composite",
    "tilewright.batch",
    "tilewright.tasks",
    "tilewright.dask_runner",
    "tilewright.dispatch",
    "tilewright.dataset",
    "tilewright.display",
    "tilewright.worker.app",
    "tilewright.worker.settings",
    "tilewright.worker.drain",
    "tilewright.worker.auth",
)


@cache
def exports(module: str) -> dict[str, object]:
    """What a module exports, by name."""
    loaded = importlib.import_module(module)
    return {name: getattr(loaded, name) for name in loaded.__all__ if name != "__version__"}


def home(name: str, value: object) -> str:
    """The module that explains a name."""
    return next(module for module in MODULES if name in exports(module) and exports(module)[name] is value)
