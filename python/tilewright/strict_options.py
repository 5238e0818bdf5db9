# SPDX-License-Identifier: Apache-2.0
"""Options of the library read from JSON: their names and types are those of the option classes, declared once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from tilewright.errors import InvalidArgumentError

__all__ = ["Reader", "list_of", "make", "read_members", "read_options", "require_type"]

#: Makes of a JSON value what a member is to be; the second argument tells where it stands.
Reader: TypeAlias = Callable[[Any, str], Any]

_TYPE_NAMES = {bool: "true or false", int: "an integer", float: "a number", str: "a text"}


def read_options(kind: Any, value: Any, where: str, readers: Mapping[str, Reader] | None = None) -> Any:
    """Make options of a JSON object; what it does not name has its default.

    Parameters
    ----------
    kind
        The class, whose instances have ``to_dict()``.
    where
        Where the object stands, for messages.
    readers
        Of members whose type their default does not tell.

    Raises
    ------
    InvalidArgumentError
        For an unknown key, a value of another type, and for what the class refuses.

    Examples
    --------
    >>> from tilewright.raster import OpenOptions
    >>> read_options(OpenOptions, {"max_expansion": 7}, "open").max_expansion
    7
    >>> read_options(OpenOptions, {"page": True}, "open")
    Traceback (most recent call last):
        ...
    tilewright.errors.InvalidArgumentError: open.page: expected an integer
    """
    return make(kind, read_members(value, kind().to_dict(), where, readers), where)


def read_members(
    value: Any, defaults: Mapping[str, Any], where: str, readers: Mapping[str, Reader] | None = None
) -> dict[str, Any]:
    """Read the members of a JSON object, each as its reader or its default tells; as for `read_options`."""
    if not isinstance(value, Mapping):
        raise InvalidArgumentError(f"{where}: expected an object", where)
    read = {}
    for key, member in value.items():
        here = f"{where}.{key}"
        if key not in defaults:
            raise InvalidArgumentError(f"{here}: there is no such key", here)
        if readers and key in readers:
            read[key] = readers[key](member, here)
        elif hasattr(defaults[key], "to_dict"):
            read[key] = make(type(defaults[key]), read_members(member, defaults[key].to_dict(), here), here)
        else:
            read[key] = require_type(type(defaults[key]), member, here)
    return read


def require_type(wanted: type, value: Any, where: str) -> Any:
    """Give a value of a type back. JSON has one kind of number, and Python takes true for 1; neither will do here."""
    if type(value) is wanted or (wanted is float and type(value) is int):
        return value
    raise InvalidArgumentError(f"{where}: expected {_TYPE_NAMES[wanted]}", where)


def list_of(wanted: type) -> Reader:
    """Give what reads a list of values of a type."""

    def read(value: Any, where: str) -> list[Any]:
        if not isinstance(value, list):
            raise InvalidArgumentError(f"{where}: expected a list", where)
        return [require_type(wanted, member, f"{where}.{number}") for number, member in enumerate(value)]

    return read


def make(kind: Any, arguments: Mapping[str, Any], where: str) -> Any:
    """Make an object of arguments that came from elsewhere; what it refuses is told with where they stand."""
    try:
        return kind(**arguments)
    except (TypeError, ValueError) as error:  # An integer that is none of C++, too.
        raise InvalidArgumentError(f"{where}: {error}", where) from error
