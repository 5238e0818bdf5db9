# SPDX-License-Identifier: Apache-2.0
"""The index of an output folder's chips as GeoParquet, beside the CSV and GeoJSON that the library writes."""

from __future__ import annotations

import importlib.util
import io
import json
import struct
from typing import Any

from tilewright import _core
from tilewright.extras import how_to_install
from tilewright.places import place
from tilewright.raster import StrPath

__all__ = ["why_no_geoparquet", "write_geoparquet"]


def why_no_geoparquet() -> str | None:
    """Say why ``chips.parquet`` cannot be written; None where it can."""
    if importlib.util.find_spec("pyarrow") is None:
        return how_to_install("pyarrow", "index")
    try:
        import pyarrow.parquet  # noqa: F401, PLC0415 - an optional part, and slow to load
    except ImportError as error:  # its version and NumPy's do not go together
        return f"pyarrow cannot be loaded: {error}"
    return None


def write_geoparquet(output_dir: StrPath) -> bool:
    """Write ``chips.parquet``: the rows of ``chips.csv`` with their footprints, as GeoParquet 1.0 (WKB, OGC:CRS84).

    Returns
    -------
    bool
        False where pyarrow cannot be had: then nothing is written, and an index of an earlier run is removed, as it
        would tell of other chips.
    """
    target = place(output_dir) / "chips.parquet"
    if why_no_geoparquet() is not None:
        _core.remove_file(target)
        return False
    import pyarrow as pa  # noqa: PLC0415 - an optional part, and slow to load
    import pyarrow.parquet as pq  # noqa: PLC0415

    rows = [
        (chip_set, chip)
        for chip_set in _core.read_chip_sets(output_dir)
        for chip in chip_set.chips
        if not chip.skip_reason
    ]
    columns: dict[str, Any] = {
        "chip": pa.array([f"{s.folder}/{c.filename}" for s, c in rows], pa.string()),
        "source": pa.array([s.source for s, _ in rows], pa.string()),
        "prefix": pa.array([s.prefix for s, _ in rows], pa.string()),
        "number": pa.array([c.number for _, c in rows], pa.int64()),
        "folder": pa.array([s.folder for s, _ in rows], pa.string()),
        "x": pa.array([c.window.x_px for _, c in rows], pa.int64()),
        "y": pa.array([c.window.y_px for _, c in rows], pa.int64()),
        "width": pa.array([c.window.width_px for _, c in rows], pa.int64()),
        "height": pa.array([c.window.height_px for _, c in rows], pa.int64()),
        "image_width": pa.array([s.image.width_px for s, _ in rows], pa.int64()),
        "image_height": pa.array([s.image.height_px for s, _ in rows], pa.int64()),
        "bands": pa.array([s.bands for s, _ in rows], pa.int64()),
        "type": pa.array([s.type for s, _ in rows], pa.string()),
        "format": pa.array([c.format for _, c in rows], pa.string()),
        "file_size_bytes": pa.array([c.file_size_bytes for _, c in rows], pa.int64()),
        "sha256": pa.array([c.sha256 for _, c in rows], pa.string()),
        "pixel_hash": pa.array([c.pixel_hash for _, c in rows], pa.string()),
        "mask_hash": pa.array([c.mask_hash for _, c in rows], pa.string()),
        "valid_fraction": pa.array([c.valid_fraction for _, c in rows], pa.float64()),
        "geometry": pa.array([_polygon(c.footprint) for _, c in rows], pa.binary()),
    }
    described = {
        "version": "1.0.0",
        "primary_column": "geometry",
        "columns": {"geometry": {"encoding": "WKB", "geometry_types": ["Polygon"]}},
    }
    table = pa.table(columns).replace_schema_metadata({"geo": json.dumps(described)})
    written = io.BytesIO()
    pq.write_table(table, written)
    _core.write_bytes(target, written.getvalue())
    return True


def _polygon(corners: list[tuple[float, float]]) -> bytes | None:
    """Write a footprint as a polygon in WKB, its ring closed and counter-clockwise; None if it is unknown."""
    if not corners:
        return None
    following = [*corners[1:], corners[0]]
    twice_area = sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in zip(corners, following, strict=True))
    ring = corners if twice_area >= 0 else [corners[0], *reversed(corners[1:])]
    closed = [*ring, ring[0]]
    return struct.pack("<BIII", 1, 3, 1, len(closed)) + b"".join(struct.pack("<2d", *corner) for corner in closed)
