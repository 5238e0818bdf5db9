# SPDX-License-Identifier: Apache-2.0
"""Write an image of each format and codec that a wheel promises to read, with Debian's GDAL, and its samples beside it.

images_of_every_kind.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()
TIFF = {
    "none": [],
    "lzw": ["COMPRESS=LZW"],
    "packbits": ["COMPRESS=PACKBITS"],
    "deflate": ["COMPRESS=DEFLATE", "PREDICTOR=2"],
    "zstd": ["COMPRESS=ZSTD"],
    "lzma": ["COMPRESS=LZMA"],
    "lerc": ["COMPRESS=LERC"],
    "lerc_zstd": ["COMPRESS=LERC_ZSTD"],
    "webp": ["COMPRESS=WEBP", "WEBP_LOSSLESS=YES"],
    "jpeg": ["COMPRESS=JPEG", "PHOTOMETRIC=YCBCR"],
}
OTHERS = {
    "cog.tif": ("COG", ["COMPRESS=DEFLATE"]),
    "picture.png": ("PNG", []),
    "picture.jpg": ("JPEG", ["QUALITY=95"]),
    "picture.jp2": ("JP2OpenJPEG", ["REVERSIBLE=YES", "QUALITY=100"]),
    "picture.webp": ("WEBP", ["LOSSLESS=YES"]),
    "picture.bmp": ("BMP", []),
}


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    row, column = np.mgrid[0:300, 0:400]
    noise = np.random.default_rng(1).integers(0, 8, (3, 300, 400))
    samples = (np.stack([row // 2, column // 2, (row + column) // 4]) + noise).astype(np.uint8)
    source = gdal.GetDriverByName("MEM").Create("", 400, 300, 3)
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32632)
    source.SetProjection(reference.ExportToWkt())
    source.SetGeoTransform((500000, 10, 0, 5000000, 0, -10))
    source.WriteArray(samples)
    kinds = {f"{name}.tif": ("GTiff", [*options, "TILED=YES"]) for name, options in TIFF.items()} | OTHERS
    for name, (driver, options) in kinds.items():
        gdal.GetDriverByName(driver).CreateCopy(str(folder / name), source, options=options)
    palette = gdal.GetDriverByName("MEM").Create("", 400, 300, 1)
    palette.WriteArray(samples[0])
    gdal.GetDriverByName("GIF").CreateCopy(str(folder / "picture.gif"), palette)
    for path in folder.glob("picture.*.aux.xml"):
        path.unlink()
    np.save(folder / "samples.npy", samples)


main()
