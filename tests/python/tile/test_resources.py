# SPDX-License-Identifier: Apache-2.0
"""Memory does not grow with the image, and each block of it is read once."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tilewright import raster

WIDTH = 4000
MIB = 1 << 20

STEPS = {
    "tesselate": "tile.tesselate('large.tif', 'again', TilesLayout(700, 700), workers=2)",
    "verify": "assert tile.verify('cut', workers=2, source='required').ok",
    "reconstruct": "tile.reconstruct('cut', 'again.tif', workers=2)",
    "compare": "assert tile.compare('large.tif', 'large.tif', workers=2).identical",
}
PROGRAM = """
import resource
from tilewright import tile
from tilewright.layout import TilesLayout
{step}
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Two images that differ in height only, in strips, and their slices; and what the larger one holds decoded."""
    base = tmp_path_factory.mktemp("large")
    rows = np.random.default_rng(1).integers(0, 255, (3, 40, WIDTH)).astype(np.uint8)
    for name, height in (("low", 800), ("high", 12_000)):
        (base / name).mkdir()
        picture = np.tile(rows, (1, height // 40, 1)).transpose(1, 2, 0)
        Image.fromarray(picture).save(base / name / "large.tif", compression="tiff_lzw")
        program = (
            "from tilewright import tile, layout; tile.tesselate('large.tif', 'cut', layout.TilesLayout(700, 700))"
        )
        subprocess.run([sys.executable, "-c", program], cwd=base / name, check=True)
    return base, picture.nbytes


@pytest.mark.parametrize("step", STEPS)
def test_memory_does_not_grow_with_the_image(images, step):
    base, raw_bytes = images

    def peak_bytes(name):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM.format(step=STEPS[step])],
            cwd=base / name, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return int(done.stdout)

    low, high = peak_bytes("low"), peak_bytes("high")
    assert raw_bytes > 130 * MIB
    assert high - low < 40 * MIB, f"{low / MIB:.0f} MiB, then {high / MIB:.0f} MiB"


def bytes_read_by(program):
    """Bytes that a program asked the system for, less those it takes to start."""
    text = (
        "counters = lambda: int(open('/proc/self/io').read().split()[1])\nfrom tilewright import tile, layout, raster\n"
    )
    text += "raster.info('warm.tif')\nbefore = counters()\n" + program + "\nprint(counters() - before)"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.parametrize(
    "layout", ["PiecesLayout(60)", "TilesLayout(301, 203)", "StripsLayout(9, direction='vertical')"]
)
@pytest.mark.parametrize("format", ["auto", "tiff"])
def test_each_block_is_read_once_however_it_is_cut(folder, photograph, layout, format):
    """Strips run across all slices of a row; a reader that went slice by slice would take them many times over."""
    raster.write("warm.tif", photograph)
    Image.fromarray(photograph.repeat(2, axis=2).repeat(2, axis=1).transpose(1, 2, 0)).save(
        "strips.tif", compression="tiff_lzw"
    )
    size_bytes = Path("strips.tif").stat().st_size
    program = (
        f"tile.tesselate('strips.tif', 'out', tile.TesselateOptions(layout.{layout}, format='{format}'), workers=2)"
    )
    assert size_bytes <= bytes_read_by(program) < 1.25 * size_bytes
