# SPDX-License-Identifier: Apache-2.0
"""Text as people see it: names of files may hold what moves a terminal's cursor, and what is no text at all."""

from __future__ import annotations

__all__ = ["printable"]

# Line ends and the rest of the control characters, 7 and 8 bit, and what turns the direction of writing: each can make
# a terminal or a table show another name than the one that is there.
_ESCAPES = {
    **{code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))},
    **{code: f"\\u{code:04x}" for code in (0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))},
    # Half characters cannot be encoded. Those of os.fsdecode are bytes that are not UTF-8.
    **{code: f"\\u{code:04x}" for code in range(0xD800, 0xE000)},
    **{0xDC00 + byte: f"\\x{byte:02x}" for byte in range(0x80, 0x100)},
    ord("\t"): "\\t",
    ord("\n"): "\\n",
    ord("\r"): "\\r",
}


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
