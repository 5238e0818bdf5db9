# SPDX-License-Identifier: Apache-2.0
"""``tilewright info``: what a raster or manifest holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tilewright import raster, tile
from tilewright.cli.exits import command
from tilewright.cli.json_output import print_json
from tilewright.cli.options import Json, MaxBlockBytes, MaxExpansion, MaxRawBytes, open_options, place_argument
from tilewright.core import format_size_bytes
from tilewright.places import Place
from tilewright.printable import printable

__all__ = ["info"]


@command
def info(
    path: Annotated[
        Place,
        place_argument("PATH", "A raster, a manifest, or the folder of one."),
    ],
    max_raw_bytes: MaxRawBytes = "1TiB",
    max_block_bytes: MaxBlockBytes = "1GiB",
    max_expansion: MaxExpansion = 100_000,
    json_output: Json = False,
) -> int:
    """Show what a raster or a tesselation holds, from its header alone."""
    is_folder = isinstance(path, Path) and path.is_dir()
    if is_folder or path.name == "metadata.json":
        manifest = tile.read_manifest(path)
        if json_output:
            print(manifest.to_json())
            return 0
        print(f"{printable(path)}: {len(manifest.slices):,} slices of {printable(manifest.source_path)}")
        found = manifest.raster
    else:
        found = raster.info(path, open_options(max_raw_bytes, max_block_bytes, max_expansion))
        if json_output:
            print_json(found)
            return 0
    rows = [
        ("size", f"{found.size.width_px:,} x {found.size.height_px:,} px"),
        ("samples", f"{found.bands} x {found.type}, {format_size_bytes(found.raw_bytes)} decoded"),
        ("bands", ", ".join(band.color_interpretation for band in found.band[:16])),
        ("nodata", ", ".join(sorted({str(band.nodata) for band in found.band if band.nodata is not None})) or "none"),
        ("mask", str(found.mask)),
        (
            "stored as",
            " ".join(
                filter(
                    None,
                    [
                        found.driver,
                        found.compression,
                        "tiled" if found.tiled else "strips",
                        f"{found.block.width_px} x {found.block.height_px}",
                    ],
                )
            ),
        ),
        ("pages", str(found.pages)),
        ("overviews", str(found.overviews)),
        ("CRS", f"EPSG:{found.epsg}" if found.epsg else ("WKT" if found.crs_wkt else "none")),
        ("geotransform", str(found.geotransform) if found.geotransform else "none"),
    ]
    for name, value in rows:
        print(f"{name:14} {printable(value)}")
    refusal = raster.png_refusal(found)
    print(f"{'slices':14} {'GeoTIFF: ' + refusal if refusal else 'PNG holds every bit'}")
    return 0
