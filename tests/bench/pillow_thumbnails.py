# SPDX-License-Identifier: Apache-2.0
"""The original tool's approach to thumbnails: Pillow, draft mode, LANCZOS, one process an image.

pillow_thumbnails.py OUTPUT SIDE WORKERS IMAGE...
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from PIL import Image

Image.MAX_IMAGE_PIXELS = None


def thumbnail(path: str, output: str, side: int) -> None:
    try:
        with Image.open(path) as image:
            image.thumbnail((side, side), Image.Resampling.LANCZOS)
            small = image if image.mode in ("RGB", "L") else image.convert("RGB")
            small.save(Path(output, Path(path).name))
    except OSError as error:
        print(f"{path}: {error}", file=sys.stderr)


if __name__ == "__main__":
    _, output, side, workers, *images = sys.argv
    Path(output).mkdir()
    with ProcessPoolExecutor(int(workers)) as pool:
        for task in [pool.submit(thumbnail, image, output, int(side)) for image in images]:
            task.result()
