# SPDX-License-Identifier: Apache-2.0
"""Make a folder of small TIFFs as different as a real archive holds them: examples/demo_images.py FOLDER.

Needs GDAL's Python package (Debian: python3-gdal). The same folder every time: nothing is random but seeded.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()


def relief(height_px: int, width_px: int, seed: int) -> np.ndarray:
    """Hills in [0, 1], shape (row, column): noise of several scales, as ground seen from the air has them."""
    random = np.random.default_rng(seed)
    ground = np.zeros((height_px, width_px))
    rows = np.linspace(0, 1, height_px)
    columns = np.linspace(0, 1, width_px)
    for octave in range(1, 8):
        cells = 2**octave
        knots = random.random((cells + 1, cells + 1))
        y, x = rows * cells, columns * cells
        top, left = np.minimum(y.astype(int), cells - 1), np.minimum(x.astype(int), cells - 1)
        down, right = (y - top)[:, None], (x - left)[None, :]
        upper = knots[top][:, left] * (1 - right) + knots[top][:, left + 1] * right
        lower = knots[top + 1][:, left] * (1 - right) + knots[top + 1][:, left + 1] * right
        ground += (upper * (1 - down) + lower * down) / cells
    return (ground - ground.min()) / np.ptp(ground)


def aerial(height_px: int, width_px: int, seed: int) -> np.ndarray:
    """A photograph from the air: uint8 of shape (band, row, column), with the grain of a sensor."""
    ground = relief(height_px, width_px, seed)
    grain = np.random.default_rng(seed).normal(0, 2.5, (3, height_px, width_px))
    colors = np.stack([60 + 120 * ground, 80 + 100 * ground**0.7, 50 + 70 * ground**2])
    colors[:, ground < 0.25] = np.array([[30], [60], [90]])
    return np.clip(colors + grain, 0, 255).astype(np.uint8)


def write_tiff(
    path: Path,
    samples: np.ndarray,
    options: list[str],
    *,
    epsg: int | None = None,
    pixel_m: float = 0.5,
    nodata: float | None = None,
    palette: list[tuple[int, int, int]] | None = None,
    names: list[str] | None = None,
) -> None:
    """Write samples of shape (band, row, column) with GDAL creation options."""
    path.parent.mkdir(parents=True, exist_ok=True)
    bands, height_px, width_px = samples.shape
    kind = (
        gdal.GDT_Byte
        if samples.dtype == np.uint8
        else {"uint16": gdal.GDT_UInt16, "float32": gdal.GDT_Float32}[samples.dtype.name]
    )
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), width_px, height_px, bands, kind, options)
    if epsg is not None:
        crs = osr.SpatialReference()
        crs.ImportFromEPSG(epsg)
        dataset.SetProjection(crs.ExportToWkt())
        dataset.SetGeoTransform((412_000.0, pixel_m, 0.0, 5_655_000.0, 0.0, -pixel_m))
    for index in range(bands):
        band = dataset.GetRasterBand(index + 1)
        if nodata is not None:
            band.SetNoDataValue(nodata)
        if names:
            band.SetDescription(names[index])
        if palette:
            table = gdal.ColorTable()
            for value, color in enumerate(palette):
                table.SetColorEntry(value, (*color, 255))
            band.SetColorTable(table)
        band.WriteArray(samples[index])
    dataset.FlushCache()


def make(folder: Path) -> None:
    photo = aerial(1536, 2048, 1)
    write_tiff(folder / "flight/photo_lzw_strips.tif", photo, ["COMPRESS=LZW", "PREDICTOR=2"])
    write_tiff(
        folder / "flight/photo_deflate_tiles.TIFF",
        aerial(1200, 1600, 2),
        ["COMPRESS=DEFLATE", "TILED=YES", "INTERLEAVE=BAND"],
        epsg=25832,
        pixel_m=0.2,
    )
    write_tiff(folder / "flight/photo_plain.tif", aerial(700, 900, 3), [], epsg=25832)

    shape = relief(800, 1000, 4)
    opacity = np.where(shape > 0.3, 255, 0).astype(np.uint8)
    write_tiff(
        folder / "flight/cutout_rgba.tif",
        np.concatenate([aerial(800, 1000, 4), opacity[None]]),
        ["COMPRESS=DEFLATE", "ALPHA=YES"],
    )

    bands = np.stack([relief(900, 900, seed) * 10_000 for seed in range(10, 16)]).astype(np.uint16)
    write_tiff(
        folder / "satellite/six_bands_uint16.tif",
        bands,
        ["COMPRESS=DEFLATE", "PREDICTOR=2", "TILED=YES"],
        epsg=32632,
        pixel_m=10,
        names=["blue", "green", "red", "red edge", "near infrared", "short wave"],
    )

    heights = (120 + 400 * relief(1000, 1000, 20)).astype(np.float32)
    heights[:, :90] = -9999
    write_tiff(
        folder / "maps/elevation_float32.tif",
        heights[None],
        ["COMPRESS=LZW", "PREDICTOR=3"],
        epsg=25832,
        pixel_m=1,
        nodata=-9999,
    )
    classes = np.minimum(relief(700, 1100, 30) * 5, 4).astype(np.uint8)
    write_tiff(
        folder / "maps/land_cover_palette.tif",
        classes[None],
        ["COMPRESS=LZW"],
        epsg=25832,
        palette=[(40, 90, 160), (230, 220, 150), (120, 180, 90), (30, 100, 50), (170, 170, 170)],
    )
    lines = (np.abs(relief(1100, 900, 40) * 20 % 1 - 0.5) < 0.06).astype(np.uint8)
    write_tiff(folder / "maps/contours_1bit.tif", lines[None], ["NBITS=1", "COMPRESS=CCITTFAX4"])

    write_tiff(folder / "maps/legend_too_small.tif", aerial(60, 200, 50), [])
    whole = (folder / "flight/photo_lzw_strips.tif").read_bytes()
    (folder / "damaged").mkdir()
    (folder / "damaged/half_a_photo.tif").write_bytes(whole[: len(whole) // 2])
    (folder / "phone").mkdir()
    gdal.Translate(str(folder / "phone/IMG_0001.jpg"), str(folder / "flight/photo_lzw_strips.tif"), format="JPEG")
    (folder / "phone/IMG_0001.jpg.aux.xml").unlink(missing_ok=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    make(Path(sys.argv[1]))
