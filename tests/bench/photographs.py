# SPDX-License-Identifier: Apache-2.0
"""The benchmark's work: six 4096 x 4096 RGB uint8 TIFFs (LZW, predictor 2), and larger ones for memory."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

SIDE_PX = 4096
#: Photographs from the air, none with a side below 2,000 px.
NAMES = [
    "brighton_beach--DJI_0024.JPG",
    "brighton_DJI_0025_jpeg-in-tiff.tif",
    "seneca--IMG_0563.jpg",
    "odm_seneca_IMG_0567_jpeg-in-tiff.tif",
    "odm_seneca_IMG_0568_lzw-pred2-strips_2048.tif",
    "odm_seneca_IMG_0578_jpeg-in-tiff.tif",
]
STRIPPED_LZW = ["-co", "COMPRESS=LZW", "-co", "PREDICTOR=2"]


def photograph_folder() -> Path | None:
    """Folder of real photographs: TILEWRIGHT_DATA or ../shared/data, if it is there."""
    root = Path(os.environ.get("TILEWRIGHT_DATA", Path(__file__).parents[2] / "../shared/data"))
    folder = root / "good/aerial"
    return folder if all((folder / name).is_file() for name in NAMES) else None


def _translate(source: Path, target: Path, width_px: int, height_px: int) -> None:
    part = target.with_suffix(".part")
    subprocess.run(
        [
            "gdal_translate",
            "-q",
            "-of",
            "GTiff",
            "-outsize",
            str(width_px),
            str(height_px),
            "-r",
            "cubic",
            "-b",
            "1",
            "-b",
            "2",
            "-b",
            "3",
            *STRIPPED_LZW,
            str(source),
            str(part),
        ],
        check=True,
        env={**os.environ, "GDAL_PAM_ENABLED": "NO"},
    )
    part.rename(target)


def _generated(folder: Path) -> list[Path]:
    demo = folder / "generated"
    if not demo.is_dir():
        part = folder / "generated.part"
        subprocess.run(["rm", "-rf", str(part)], check=True)
        program = Path(__file__).parents[2] / "examples/demo_images.py"
        subprocess.run(["/usr/bin/python3", str(program), str(part)], check=True)
        part.rename(demo)
    return [demo / "flight/photo_lzw_strips.tif", demo / "flight/photo_deflate_tiles.TIFF"] * 3


def make_photographs(work: Path) -> tuple[list[Path], str]:
    """Make the six images in `work`/images unless they are there; also what they are made of, for the table's head."""
    folder = photograph_folder()
    sources = [folder / name for name in NAMES] if folder else _generated(work)
    origin = "real photographs from the air" if folder else "generated pictures (no real photographs here)"
    images = work / ("images" if folder else "images-generated")
    images.mkdir(parents=True, exist_ok=True)
    targets = [images / f"photo_{index}.tif" for index in range(len(sources))]
    for source, target in zip(sources, targets, strict=True):
        if not target.exists():
            _translate(source, target, SIDE_PX, SIDE_PX)
    return targets, origin


def make_large(work: Path, side_px: int) -> Path:
    """One stripped LZW TIFF of side_px x side_px px."""
    folder = photograph_folder()
    source = folder / NAMES[4] if folder else _generated(work)[0]
    target = work / f"large_{side_px}{'' if folder else '_generated'}" / "photo.tif"
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        _translate(source, target, side_px, side_px)
    return target
