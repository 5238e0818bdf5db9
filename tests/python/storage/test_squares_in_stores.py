# SPDX-License-Identifier: Apache-2.0
"""Images in stores, prepared for models as those of this machine are."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
from PIL import Image

from tilewright import raster
from tilewright.errors import NotFoundError
from tilewright.thumbnail import read_squares

from .fault_server import FaultServer
from .stores import Store


def make_images(folder: Path) -> list[str]:
    folder.mkdir()
    rows, columns = np.mgrid[0:300, 0:420]
    samples = np.stack([rows % 256, columns % 256, (rows + columns) % 256]).astype(np.uint8)
    Image.fromarray(np.moveaxis(samples, 0, 2)).save(folder / "a.jpg")
    raster.write(folder / "b.tif", samples)
    raster.write(folder / "c.png", samples)
    return ["a.jpg", "b.tif", "c.png"]


def test_squares_of_a_store_are_those_of_this_machine(store: Store, tmp_path: Path):
    names = make_images(tmp_path / "images")
    place = store.put(tmp_path / "images", "in")
    here, _ = read_squares([tmp_path / "images" / name for name in names], 100)
    there, errors = read_squares([*(place / name for name in names), place / "missing.jpg"], 100, workers=2)
    assert errors[:3] == [None] * 3
    assert isinstance(errors[3], NotFoundError)
    assert errors[3].where == str(place / "missing.jpg")
    assert (there[:3] == here).all()
    assert not there[3].any()


def test_ctrl_c_ends_the_reading(s3: Store, tmp_path: Path):
    make_images(tmp_path / "images")
    place = s3.put(tmp_path / "images", "in")
    program = "import sys; from tilewright import thumbnail; thumbnail.read_squares([sys.argv[1]] * 500, workers=1)"
    begun = threading.Event()
    with FaultServer(s3.server, latency_s=0.5) as server:
        server.before = lambda request: request.method == "GET" and begun.set()
        s3.point_to(server.address)
        command = [sys.executable, "-c", program, str(place / "b.tif")]
        with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
            assert begun.wait(30)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)
        # 500 images are at least as many requests.
        assert len(server.requests) < 200
    assert b"KeyboardInterrupt" in errors
