# SPDX-License-Identifier: Apache-2.0
"""tilewright in one process with packages that bring a GDAL, PROJ, HDF5 or OpenCV of their own: live_beside.py FOLDER.

Each is imported before it and after it, in a process of its own, and both do real work afterwards; then all at once.
"""

from __future__ import annotations

import itertools
import subprocess
import sys

OURS = """
def use_ours():
    import tilewright
    from tilewright import raster
    import numpy as np
    samples = np.load(FOLDER + "/samples.npy")
    for name in ("zstd.tif", "lerc.tif", "deflate.tif", "picture.jp2", "webp.tif"):
        assert np.array_equal(raster.read(FOLDER + "/" + name), samples), name
    assert raster.info(FOLDER + "/lzw.tif").epsg == 32632
    with tempfile.TemporaryDirectory() as out:
        tilewright.tesselate(FOLDER + "/lzw.tif", out + "/cut", tilewright.PiecesLayout(8))
        assert tilewright.verify(out + "/cut").ok
        raster.write(out + "/a.tif", samples, info=raster.info_of(samples, epsg=3035))
        assert raster.info(out + "/a.tif").epsg == 3035
"""
THEIRS = {
    "rasterio": """
    import rasterio, numpy as np
    with rasterio.open(FOLDER + "/deflate.tif") as dataset:
        assert dataset.crs.to_epsg() == 32632
        assert np.array_equal(dataset.read(), np.load(FOLDER + "/samples.npy"))
""",
    "pyogrio": """
    import pyogrio, pyogrio.raw, numpy as np, shapely
    with tempfile.TemporaryDirectory() as out:
        geometry = np.array([shapely.to_wkb(shapely.Point(1, 2))])
        pyogrio.raw.write(out + "/p.gpkg", geometry, [np.array([1])], ["n"], geometry_type="Point", crs="EPSG:4326")
        assert pyogrio.read_info(out + "/p.gpkg")["features"] == 1
""",
    "fiona": """
    import fiona, fiona.crs
    assert fiona.crs.CRS.from_epsg(32632).to_epsg() == 32632
    with tempfile.TemporaryDirectory() as out:
        schema = {"geometry": "Point", "properties": {"n": "int"}}
        with fiona.open(out + "/p.gpkg", "w", driver="GPKG", schema=schema, crs="EPSG:4326") as file:
            file.write({"geometry": {"type": "Point", "coordinates": (1, 2)}, "properties": {"n": 1}})
        with fiona.open(out + "/p.gpkg") as file:
            assert len(file) == 1
""",
    "pyproj": """
    import pyproj
    x, y = pyproj.Transformer.from_crs(4326, 32632, always_xy=True).transform(9, 45)
    assert abs(x - 500000) < 1e-3
""",
    "cv2": """
    import cv2, numpy as np
    samples = np.load(FOLDER + "/samples.npy")
    picture = cv2.imread(FOLDER + "/picture.png")
    assert np.array_equal(picture[:, :, ::-1].transpose(2, 0, 1), samples)
    assert cv2.resize(picture, (40, 30), interpolation=cv2.INTER_AREA).shape == (30, 40, 3)
""",
    "h5py": """
    import h5py, numpy as np
    with tempfile.TemporaryDirectory() as out:
        with h5py.File(out + "/a.h5", "w") as file:
            file.create_dataset("a", data=np.arange(1000), compression="gzip")
        with h5py.File(out + "/a.h5") as file:
            assert file["a"][999] == 999
""",
}


def program(imports: list[str], works: list[str]) -> str:
    functions = "".join(f"def use_{name}():{body}\n" for name, body in THEIRS.items())
    lines = [f"import sys, tempfile\nFOLDER = {sys.argv[1]!r}", OURS, functions]
    # tilewright loads its module when it is needed.
    lines += [f"import {'tilewright._core' if name == 'ours' else name}" for name in imports]
    lines += [f"use_{name}()" for name in works]
    return "\n".join(lines)


def main() -> None:
    pairs = [order for name in THEIRS for order in itertools.permutations([name, "ours"])]
    together = [["ours", *THEIRS], [*THEIRS, "ours"], [*reversed(THEIRS), "ours"]]
    failed = 0
    for imports in [*map(list, pairs), *together]:
        for works in (imports, imports[::-1]):
            done = subprocess.run(
                [sys.executable, "-c", program(imports, [*works, *works])], check=False, capture_output=True, text=True
            )
            if done.returncode != 0:
                failed += 1
                print(f"import {', '.join(imports)}; {', '.join(works)}: {done.returncode}\n{done.stderr[-2000:]}")
    count = 2 * (len(pairs) + len(together))
    print(f"{count - failed} of {count} orders work")
    sys.exit(1 if failed else 0)


main()
