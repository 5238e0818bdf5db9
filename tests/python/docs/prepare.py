# SPDX-License-Identifier: Apache-2.0
"""What pages speak of, small and synthetic. A page names its function: ``<!-- prepare: photos -->``.

Each makes files in the current folder, and may give variables for the environment of the page's blocks.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from tilewright import raster

ROOT = Path(__file__).parents[3]


def _photos_of(folder: str) -> None:
    Path(folder).mkdir()
    for number in range(4):
        raster.write(f"{folder}/photo{number}.tif", _image(1100, 1100, number))


def _image(width_px: int, height_px: int, seed: int) -> np.ndarray:
    """Smooth, with some noise; as photographs are."""
    rows, columns = np.mgrid[0:height_px, 0:width_px]
    noise = np.random.default_rng(seed).integers(0, 12, (3, height_px, width_px))
    waves = np.stack([np.sin(rows / 50), np.cos(columns / 70 + seed), np.cos((rows + columns) / 90)])
    return (120 + 80 * waves + noise).clip(0, 255).astype(np.uint8)


def photos() -> None:
    """A folder of photographs."""
    Path("photos/flight").mkdir(parents=True)
    for number, name in enumerate(("photo", "second")):
        raster.write(f"photos/flight/{name}.tif", _image(1600, 1200, number))


def cogs() -> dict[str, str]:
    """GeoTIFFs large enough for four chips, one that is none, and the variables of a task of Cloud Run."""
    Path("cogs").mkdir()
    (Path.cwd() / "examples").symlink_to(ROOT / "examples")
    for number in (29792, 29845):
        raster.write(f"cogs/cap-{number}.tif", _image(2200, 2200, number))
    return {"CLOUD_RUN_TASK_INDEX": "0", "CLOUD_RUN_TASK_COUNT": "1"}


def scenes() -> None:
    """Scenes over the same ground."""
    Path("t31tcj").mkdir()
    for day in range(12):
        info = raster.info_of(samples := _image(512, 512, day)).replace(
            crs_wkt=_UTM, geotransform=(300000.0, 10.0, 0.0, 4900020.0, 0.0, -10.0)
        )
        raster.write(f"t31tcj/scene{day}.tif", samples, info=info)


_UTM = """PROJCS["WGS 84 / UTM zone 31N",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],
PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],
PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",3],PARAMETER["scale_factor",0.9996],
PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1],AUTHORITY["EPSG","32631"]]"""


def thumbnails() -> None:
    """Images for one worker, and for two."""
    _photos_of("INPUT")
    _photos_of("IN")


def shards() -> dict[str, str]:
    """Photographs for three workers, the last of them the third task of a job of Cloud Run."""
    _photos_of("IN")
    return {"CLOUD_RUN_TASK_INDEX": "2", "CLOUD_RUN_TASK_COUNT": "3"}


def your_dataset_path() -> None:
    """Photographs large enough for 12 pieces."""
    Path("your_dataset_path").mkdir()
    raster.write("your_dataset_path/photo.tif", _image(2200, 2100, 1))


def dataset() -> None:
    """The sample that the example for Compute Engine makes: archives, one of them damaged, a model, a configuration."""
    subprocess.run([sys.executable, ROOT / "examples/gce-spot/make-sample.py", "data"], check=True, capture_output=True)
    Path("data/config.yaml").rename("config.yaml")
