# SPDX-License-Identifier: Apache-2.0
"""JSON from anywhere, read so that nothing in it can mean two things."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

__all__ = ["read_json"]

#: Longer than any number of 64 bits, and short enough to be read in no time.
_MOST_DIGITS = 20
#: What may be half of a character; the other half may follow.
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def read_json(data: bytes) -> Any:
    r"""Read JSON in UTF-8: no key twice, no NaN, no number beyond 64 bits, no half characters.

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
    >>> read_json(b'["\\ud83d\\ude00"]') == ["\U0001f600"]
    True
    >>> read_json(b'["\\ud83d"]')
    Traceback (most recent call last):
        ...
    ValueError: holds half a character
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8, at byte {error.start}") from error
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number, parse_int=_integer)
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ValueError("holds half a character") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"is no JSON: {error.msg}, at character {error.pos}") from error
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error
    return value


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
