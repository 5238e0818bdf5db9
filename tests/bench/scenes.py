# SPDX-License-Identifier: Apache-2.0
"""The benchmark's series: scenes of one place as COGs (RGB uint8, DEFLATE, blocks of 512 px), clouds and all.

scenes.py WORK COUNT SIDE_PX: prints the folder. Pictures are real Sentinel-2 scenes where TILEWRIGHT_DATA or
../shared/data has them, mirrored to the size; else generated ones.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
from osgeo import gdal

BLOCK_PX = 512
SATURATED = 255


def real_scenes() -> list[Path]:
    root = Path(os.environ.get("TILEWRIGHT_DATA", Path(__file__).parents[2] / "../shared/data"))
    return sorted((root / "series/s2-exeter-2024/rgb").glob("*.tif"))


def generated_scene(number: int, side_px: int) -> npt.NDArray[np.uint8]:
    """Fields and noise; the fields are the same in all."""
    fields = np.random.default_rng(1).integers(30, 200, (3, side_px // 16 + 1, side_px // 16 + 1))
    scene = np.kron(fields, np.ones((1, 16, 16), int))[:, :side_px, :side_px]
    noise = np.random.default_rng(100 + number).normal(0, 6, scene.shape)
    return np.clip(scene + noise, 1, SATURATED - 1).astype(np.uint8)


def base_scenes(side_px: int) -> list[npt.NDArray[np.uint8]]:
    pictures = [gdal.Open(str(path)).ReadAsArray() for path in real_scenes()]
    if not pictures:
        return [generated_scene(number, side_px) for number in range(5)]
    around = (0, 0)
    return [
        np.pad(picture, (around, *((0, side_px - side) for side in picture.shape[1:])), mode="symmetric")
        for picture in pictures
    ]


def clouds(number: int, side_px: int) -> npt.NDArray[np.bool_]:
    """Hide a third of a scene, elsewhere in each."""
    random = np.random.default_rng(number)
    side = side_px // 64
    coarse = random.normal(size=(side + 1, side + 1))
    smooth = (coarse + np.roll(coarse, 1, 0) + np.roll(coarse, 1, 1) + np.roll(coarse, (1, 1), (0, 1))) / 4
    hidden = smooth > np.quantile(smooth, 0.67)
    return np.kron(hidden, np.ones((64, 64), bool))[:side_px, :side_px]


def make_scenes(work: Path, count: int, side_px: int) -> Path:
    gdal.UseExceptions()
    kind = "scenes" if real_scenes() else "scenes-generated"
    folder = work / f"{kind}-{side_px}"
    folder.mkdir(parents=True, exist_ok=True)
    base: list[npt.NDArray[np.uint8]] = []
    for number in range(count):
        target = folder / f"scene_{number:03}_TCI.tif"
        if target.exists():
            continue
        base = base or base_scenes(side_px)
        light = 0.85 + 0.3 * np.random.default_rng(1000 + number).random()
        scene = np.clip(base[number % len(base)] * light, 1, SATURATED - 1).astype(np.uint8)
        scene[:, clouds(number, side_px)] = SATURATED
        memory = gdal.GetDriverByName("MEM").Create("", side_px, side_px, 3, gdal.GDT_Byte)
        memory.SetGeoTransform((300000, 10, 0, 4900000, 0, -10))
        memory.WriteArray(scene)
        options = ["COMPRESS=DEFLATE", f"BLOCKSIZE={BLOCK_PX}", "NUM_THREADS=ALL_CPUS"]
        part = target.with_suffix(".part")
        gdal.GetDriverByName("COG").CreateCopy(str(part), memory, options=options)
        part.rename(target)
    return folder


if __name__ == "__main__":
    print(make_scenes(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
