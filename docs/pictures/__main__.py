# SPDX-License-Identifier: Apache-2.0
"""Make the pictures of the guides: docs/pictures FOLDER [NAME...], docs/images as a rule.

Each is drawn by the module of its name from what tilewright makes of generated images. Needs matplotlib, h5py and
Pillow, which the extra `test` brings; the picture of the report page needs Chromium as well, and is left out without.
"""

import importlib
import sys
import tempfile
from pathlib import Path

import report

NAMES = ("tesselate", "lossless", "chips", "thumbnails", "composite", "dispatch", "neighbours", "speed", "report")

if len(sys.argv) < 2:
    sys.exit(__doc__)
folder = Path(sys.argv[1]).absolute()
folder.mkdir(parents=True, exist_ok=True)
for name in sys.argv[2:] or NAMES:
    if name == "report" and report.browser() is None:
        print("report: left out, there is no Chromium")
        continue
    with tempfile.TemporaryDirectory() as scratch:
        importlib.import_module(name).draw(folder, Path(scratch))
    print(f"{name}: {(folder / name).with_suffix('.png').stat().st_size:,} bytes")
