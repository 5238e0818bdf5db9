# SPDX-License-Identifier: Apache-2.0
"""Peak memory of `tilewright tesselate` at its defaults as the image grows: memory_bench.py WORK [SIDE_PX...].

RGB uint8, LZW in strips: the file has to be read from top to bottom whatever the slices.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from measure import run_measured
from photographs import make_large
from tesselate_bench import VENV


def main() -> None:
    work = Path(sys.argv[1])
    sides_px = [int(side) for side in sys.argv[2:]] or [10_000, 20_000, 40_000]
    print("| image, px | samples, MB | time, s | peak memory, MiB |")
    print("|---|---|---|---|")
    for side_px in sides_px:
        image = make_large(work, side_px)
        output = work / "output"
        shutil.rmtree(output, ignore_errors=True)
        run = run_measured([str(VENV / "tilewright"), "tesselate", str(image.parent), str(output), "--no-progress"])
        print(
            f"| {side_px} x {side_px} | {3 * side_px**2 / 1e6:.0f} | {run.seconds:.1f} "
            f"| {run.peak_bytes / 2**20:.0f} |",
            flush=True,
        )
        shutil.rmtree(output)


if __name__ == "__main__":
    main()
