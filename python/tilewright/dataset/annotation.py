# SPDX-License-Identifier: Apache-2.0
"""One annotation of 3D Street View: what a picture shows, from where, and in which direction."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["ID_LIMIT", "Annotation", "AnnotationError", "parse_annotation"]

#: Ids are below, so that two of them fit into one number of 64 bits.
ID_LIMIT = 10**9
_TOKENS = 18


class AnnotationError(ValueError):
    """Text that is no annotation; the message is the reason."""


@dataclass(frozen=True)
class Annotation:
    """A line "d" and, in aligned sets, a line "a"; angles in degrees, distances in metres.

    The ids but ``dataset_id`` are unique within one dataset only.
    """

    dataset_id: int
    target_id: int
    patch_id: int
    street_view_id: int
    target_latitude: float
    target_longitude: float
    target_height: float
    normal: tuple[float, float, float]
    street_view_latitude: float
    street_view_longitude: float
    street_view_height: float
    distance: float
    heading: float
    pitch: float
    roll: float
    aligned: tuple[float, ...] = ()


def parse_annotation(text: str) -> Annotation:
    """Parse an annotation's text.

    Known deviations are taken as they are: runs of spaces, a missing roll (then 0), whatever follows the 18 tokens of
    line "d", more than 40 numbers in line "a", and lines of other kinds.

    Raises
    ------
    AnnotationError
        Empty text, no line "d", too few tokens, tokens that are no numbers, coordinates out of range.

    Examples
    --------
    >>> line = "d 75 6132 38536 3  36.1133 -115.1703 648.15  -0.03 -1 0  36.1132 -115.1702 642.8  14.7 -62.4 20 0"
    >>> parse_annotation(line).target_id
    6132
    """
    if not text.strip():
        raise AnnotationError("is empty")
    lines = [tokens for tokens in map(str.split, text.splitlines()) if tokens]
    told = next((tokens for tokens in lines if tokens[0] == "d"), None)
    if told is None:
        raise AnnotationError("has no line 'd'")
    if len(told) < _TOKENS - 1:
        raise AnnotationError(f"line 'd' has {len(told)} tokens, not {_TOKENS}")
    dataset_id, target_id, patch_id, street_view_id = map(_integer, told[1:5])
    # A roll that is missing is none.
    t_lat, t_lon, t_height, nx, ny, nz, s_lat, s_lon, s_height, distance, heading, pitch, roll = map(
        _number, [*told[5:_TOKENS], "0"][: _TOKENS - 5]
    )
    _require_degrees("target", t_lat, t_lon)
    _require_degrees("street view", s_lat, s_lon)
    aligned = next((tokens for tokens in lines if tokens[0] == "a"), ["a"])
    return Annotation(
        dataset_id=dataset_id,
        target_id=target_id,
        patch_id=patch_id,
        street_view_id=street_view_id,
        target_latitude=t_lat,
        target_longitude=t_lon,
        target_height=t_height,
        normal=(nx, ny, nz),
        street_view_latitude=s_lat,
        street_view_longitude=s_lon,
        street_view_height=s_height,
        distance=distance,
        heading=heading,
        pitch=pitch,
        roll=roll,
        aligned=tuple(map(_number, aligned[1:])),
    )


def _integer(token: str) -> int:
    try:
        number = int(token)
    except ValueError:
        raise AnnotationError(f"{token[:40]!r} is no integer") from None
    if not 0 <= number < ID_LIMIT:
        raise AnnotationError(f"{token[:40]} is no id")
    return number


def _number(token: str) -> float:
    try:
        number = float(token)
    except ValueError:
        raise AnnotationError(f"{token[:40]!r} is no number") from None
    if not math.isfinite(number):
        raise AnnotationError(f"{token[:40]} is no finite number")
    return number


def _require_degrees(of: str, latitude: float, longitude: float) -> None:
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise AnnotationError(f"the {of}'s coordinates {latitude:g}, {longitude:g} are out of range")
