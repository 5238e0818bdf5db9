# SPDX-License-Identifier: Apache-2.0
"""The arrows between the rooms of the C++ core: read from the #include lines."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
#: Which rooms a room may include, with what those include in turn.
MAY_INCLUDE = {
    "core": set(),
    "image": {"core"},
    "layout": {"core"},
    "codec": {"core"},
    "storage": {"core"},
    "raster": {"core", "image", "codec", "storage"},
    "tile": {"core", "image", "codec", "storage", "layout", "raster"},
    "batch": {"core", "storage"},
    "jobs": {"core", "image", "codec", "storage", "layout", "raster", "tile", "batch"},
}
#: Headers of libraries that one room alone may use, by how their names begin.
RESERVED = {
    "gdal": {"raster"},
    "ogr": {"raster"},
    "tiff": {"raster"},
    "png.h": {"raster"},
    "cpl_": {"raster", "storage"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def sources(room: str) -> Iterator[Path]:
    for folder in (ROOT / "cpp/include/tilewright" / room, ROOT / "cpp/src" / room):
        yield from (path for path in sorted(folder.rglob("*")) if path.suffix in {".h", ".cpp"})


def includes(path: Path) -> list[str]:
    return INCLUDE.findall(path.read_text(encoding="utf-8"))


def test_every_room_is_known() -> None:
    rooms = {path.name for path in (ROOT / "cpp/src").iterdir() if path.is_dir()}
    assert rooms == set(MAY_INCLUDE)


@pytest.mark.parametrize("room", MAY_INCLUDE)
def test_a_room_includes_only_the_rooms_it_stands_on(room: str) -> None:
    assert any(sources(room)), f"{room} has no sources"
    against = []
    for path in sources(room):
        for header in includes(path):
            first, _, rest = header.removeprefix("tilewright/").partition("/")
            if rest and first in MAY_INCLUDE and first != room and first not in MAY_INCLUDE[room]:
                against.append(f"{path.relative_to(ROOT)} includes {header}")
    assert not against


@pytest.mark.parametrize("room", MAY_INCLUDE)
def test_gdal_libtiff_and_libpng_stay_in_their_room(room: str) -> None:
    against = [
        f"{path.relative_to(ROOT)} includes {header}"
        for path in sources(room)
        for header in includes(path)
        for start, rooms in RESERVED.items()
        if "/" not in header and header.startswith(start) and room not in rooms
    ]
    assert not against


def test_public_headers_show_no_library() -> None:
    """A program that uses tilewright needs the headers of no library that tilewright is built on."""
    against = [
        f"{path.relative_to(ROOT)} includes {header}"
        for path in (ROOT / "cpp/include").rglob("*.h")
        for header in includes(path)
        if not header.startswith("tilewright/") and ("/" in header or header.endswith(".h"))
    ]
    assert not against
