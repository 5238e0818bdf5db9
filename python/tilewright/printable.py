# SPDX-License-Identifier: Apache-2.0
"""Text as people see it: names of files may hold what moves a terminal's cursor, and what is no text at all."""

from __future__ import annotations

__all__ = ["printable"]

_NAMED = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}


class _Escapes(dict[int, str | int]):
    """What str.translate puts in the place of each character, made when one is first met."""

    def __missing__(self, code: int) -> str | int:
        escape: str | int = code
        if code < 0x20 or 0x7F <= code < 0xA0:
            # Line ends and the rest of the control characters, 7 and 8 bit: they can move a terminal's cursor.
            escape = _NAMED.get(chr(code), f"\\x{code:02x}")
        elif code in (0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)):
            # What ends lines or turns the direction of writing makes a table show another name than is there.
            escape = f"\\u{code:04x}"
        elif 0xDC80 <= code < 0xDD00:
            # Half characters of os.fsdecode are bytes that are not UTF-8.
            escape = f"\\x{code - 0xDC00:02x}"
        elif 0xD800 <= code < 0xE000:
            # The others cannot be encoded.
            escape = f"\\u{code:04x}"
        self[code] = escape
        return escape


_ESCAPES = _Escapes()


def printable(text: object) -> str:
    r"""Write a name or message on one line, control characters and bytes that are not UTF-8 as escapes.

    Parameters
    ----------
    text
        A str, or what becomes one: a path, an exception.

    Examples
    --------
    >>> print(printable("a\nfailed b\x1b[2J.tif"))
    a\nfailed b\x1b[2J.tif
    """
    return str(text).translate(_ESCAPES)
