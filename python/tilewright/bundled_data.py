# SPDX-License-Identifier: Apache-2.0
"""Files that GDAL, PROJ and curl read while they work: a wheel that holds these libraries brings them in ``_data``."""

# By os.path: pathlib would be much of the time that loading the extension module takes.

from __future__ import annotations

import os
from importlib.machinery import PathFinder

# Type checkers know this name, and take it for true.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["certificates", "use"]

DATA = os.path.join(os.path.dirname(__file__), "_data")


def certificates() -> str:
    """Name the certificates to believe: those of ``AWS_CA_BUNDLE``, which GDAL does not ask for, else certifi's.

    A wheel's curl was built on another machine, and knows nothing of where this one keeps its own.
    """
    named = os.environ.get("AWS_CA_BUNDLE")
    if named:
        return named
    # certifi itself takes longer to load than all of tilewright.
    spec = PathFinder.find_spec("certifi")
    for folder in (spec and spec.submodule_search_locations) or []:
        path = os.path.join(folder, "cacert.pem")
        if os.path.isfile(path):
            return path
    import certifi  # noqa: PLC0415 - one that keeps its file elsewhere, as distributions have it

    return certifi.where()


def use(core: ModuleType, data: str = DATA) -> None:
    """Show the libraries their files where a wheel brought them. Called by the extension module as it is loaded."""
    if os.path.isdir(data):
        core.use_bundled_data(data)
        core.use_certificates(certificates())
