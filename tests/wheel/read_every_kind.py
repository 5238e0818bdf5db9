# SPDX-License-Identifier: Apache-2.0
"""Read what images_of_every_kind.py wrote, with the installed tilewright: read_every_kind.py FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from tilewright import raster

LOSSY = {"jpeg.tif", "picture.jpg"}


def main() -> None:
    folder = Path(sys.argv[1])
    samples = np.load(folder / "samples.npy").astype(int)
    paths = sorted(path for path in folder.iterdir() if path.suffix not in {".npy", ".xml"})
    for path in paths:
        read = raster.read(path)
        expected = samples[: read.shape[0]]
        difference = np.abs(read.astype(int) - expected)
        assert difference.mean() < 5 if path.name in LOSSY else difference.max() == 0, path.name
        epsg = raster.info(path).epsg
        assert epsg == (32632 if path.suffix in {".tif", ".jp2"} else None), (path.name, epsg)
    assert len(paths) >= 17
    print(f"{len(paths)} kinds of images are read")


main()
