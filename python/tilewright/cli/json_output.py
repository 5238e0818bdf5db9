# SPDX-License-Identifier: Apache-2.0
"""What ``--json`` prints: one JSON value for scripts, made of any result of the package."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["print_json"]


def print_json(value: object) -> None:
    """Print a result as indented JSON; NaN and infinities as strings, as JSON has no word for them."""
    print(json.dumps(plain(value), indent=2, allow_nan=False))


def plain(value: Any) -> Any:
    if hasattr(value, "to_dict"):
        value = value.to_dict()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, (Path, BaseException)):
        return str(value)
    return value
