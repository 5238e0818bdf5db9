# SPDX-License-Identifier: Apache-2.0
"""The datasets of a composite, as people name them: paths and addresses, patterns, folders, lists, STAC items."""

from __future__ import annotations

import fnmatch
import json
import posixpath
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tilewright import _core
from tilewright.errors import InvalidArgumentError, NotFoundError
from tilewright.places import Url, place

__all__ = ["named_datasets"]

_RASTER_NAME = re.compile(r"\.tiff?$", re.IGNORECASE)
_PATTERN = re.compile(r"[*?\[]")
#: Assets of STAC items that hold all bands of a picture, in the order in which they are looked for.
_VISUAL_ASSETS = ("visual", "image", "data")


def named_datasets(names: Iterable[str]) -> list[str]:
    """Give the datasets that arguments name, in their order; those of one argument in the order of their names.

    Parameters
    ----------
    names
        Paths and addresses of rasters; patterns (``*``, ``?``, ``[...]``) of names in one folder; folders and prefixes,
        of which all ``.tif`` and ``.tiff`` directly below are taken; ``@list.txt`` with one of all these a line; a
        ``.json`` file with a STAC item collection, of whose items the asset ``visual``, or the only GeoTIFF, is taken.

    Returns
    -------
    list of str
        Absolute paths, and addresses.

    Raises
    ------
    InvalidArgumentError
        For a list or an item collection that is none.
    NotFoundError
        For a pattern or a folder without rasters, and for a path that does not exist.
    TilewrightError
        If a store cannot be listed.

    Examples
    --------
    >>> named_datasets(["gs://bucket/scenes/a.tif"])
    ['gs://bucket/scenes/a.tif']
    """
    return [dataset for name in names for dataset in _named(name, ())]


def _named(name: str, lists: tuple[str, ...]) -> Iterator[str]:
    if name in lists:
        raise InvalidArgumentError(f"{name[1:]}: the list names itself", name[1:])
    if name.startswith("@"):
        for line in _text(name[1:]).splitlines():
            if line.strip() and not line.startswith("#"):
                yield from _named(line.strip(), (*lists, name))
    elif name.lower().endswith(".json"):
        yield from _of_stac(name)
    elif _PATTERN.search(name.rpartition("/")[2]) and not name.startswith("http"):
        folder, slash, pattern = name.rpartition("/")
        yield from _in_folder(folder or slash or ".", lambda file: fnmatch.fnmatchcase(file, pattern), name)
    elif _is_folder(name):
        yield from _in_folder(name, lambda file: bool(_RASTER_NAME.search(file)), name)
    else:
        yield _absolute(name)


def _is_folder(name: str) -> bool:
    where = place(name)
    if isinstance(where, Url):
        # What ends like a raster is one; asking for each of hundreds would cost a request each.
        return not _RASTER_NAME.search(name) and not name.startswith("http") and _core.is_folder(where)
    if not where.exists():
        raise NotFoundError(f"{name}: does not exist", name)
    return where.is_dir()


def _in_folder(folder: str, is_meant: Any, name: str) -> list[str]:
    root = place(folder)
    files = sorted(file for file in map(str, _core.file_names(root)) if is_meant(file))
    if not files:
        raise NotFoundError(f"{name}: there are no such rasters", name)
    return [_absolute(str(root / file)) for file in files]


def _absolute(name: str) -> str:
    where = place(name)
    return str(where) if isinstance(where, Url) else str(Path(name).absolute())


def _text(name: str) -> str:
    try:
        return _core.read_bytes(name).decode()
    except UnicodeDecodeError as error:
        raise InvalidArgumentError(f"{name}: is no text in UTF-8", name) from error


def _of_stac(name: str) -> Iterator[str]:
    try:
        collection = json.loads(_text(name))
        items = collection["features"] if collection.get("type") == "FeatureCollection" else [collection]
        if not items or not all(item["type"] == "Feature" for item in items):
            raise ValueError
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise InvalidArgumentError(f"{name}: is no STAC item, nor a collection of some", name) from error
    for number, item in enumerate(items):
        yield _asset_of(item, name, number)


def _asset_of(item: Any, name: str, number: int) -> str:
    told = f"{name}: item {item.get('id', number)}"
    assets = item.get("assets")
    if not isinstance(assets, dict):
        raise InvalidArgumentError(f"{told}: has no assets", name)
    tiffs = {
        key: asset["href"]
        for key, asset in assets.items()
        if isinstance(asset, dict) and isinstance(asset.get("href"), str) and _is_tiff(asset)
    }
    chosen = next((tiffs[key] for key in _VISUAL_ASSETS if key in tiffs), None)
    if chosen is None and len(tiffs) == 1:
        (chosen,) = tiffs.values()
    if chosen is None:
        raise InvalidArgumentError(f"{told}: has no asset {', '.join(_VISUAL_ASSETS)}, nor one GeoTIFF alone", name)
    if "://" in chosen or chosen.startswith("/"):
        return _absolute(chosen)
    where = place(name)
    if isinstance(where, Url):
        scheme, _, rest = str(where.parent).partition("://")
        return f"{scheme}://{posixpath.normpath(f'{rest}/{chosen}')}"
    return str((Path(name).absolute().parent / chosen).resolve())


def _is_tiff(asset: dict[str, Any]) -> bool:
    return "tiff" in str(asset.get("type", "")) or bool(_RASTER_NAME.search(asset["href"].partition("?")[0]))
