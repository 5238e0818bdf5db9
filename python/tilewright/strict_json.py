# SPDX-License-Identifier: Apache-2.0
"""JSON from anywhere, read so that nothing in it can mean two things."""

from __future__ import annotations

import json
from typing import Any, NoReturn

__all__ = ["read_json"]

#: Longer than any number of 64 bits, and short enough to be read in no time.
_MOST_DIGITS = 20


def read_json(data: bytes) -> Any:
    """Read JSON in UTF-8: no key twice, no NaN, no number beyond 64 bits, no half characters.

    Raises
    ------
    ValueError
        With the reason.

    Examples
    --------
    >>> read_json(b'{"window": [0, 0, 8, 8]}')
    {'window': [0, 0, 8, 8]}
    >>> read_json(b'{"a": 1, "a": 2}')
    Traceback (most recent call last):
        ...
    ValueError: has the key 'a' twice
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8, at byte {error.start}") from error
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_number, parse_int=_integer)
    except json.JSONDecodeError as error:
        raise ValueError(f"is no JSON: {error.msg}, at character {error.pos}") from error
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for key, value in pairs:
        if key in members:
            raise ValueError(f"has the key {key[:100]!r} twice")
        members[key] = value
    return members


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"holds {text}, which is no JSON")


def _integer(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise ValueError("holds a number of more than 64 bits")
    return int(text)
