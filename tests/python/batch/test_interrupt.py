# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C as people press it: a real signal to a process that is in the middle of a long call."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from tilewright import batch, raster, tile
from tilewright.batch import BatchJob

PROGRAM = """
import sys
from tilewright import batch, tile
def tell(*_):
    print("working", flush=True)
try:
    if sys.argv[1] == "batch":
        batch.run_batch(batch.BatchJob("in", "out", compression="small", max_workers=2), on_progress=tell)
    else:
        tile.tesselate("in/0.tif", "out", tile.TesselateOptions(compression="small"), workers=1, progress=tell)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    raise SystemExit(130)
"""


@pytest.fixture(scope="module")
def large_image():
    return np.random.default_rng(5).integers(0, 2000, (3, 3000, 3000), np.uint16)


@pytest.mark.parametrize("what", ["batch", "image"])
def test_ctrl_c_stops_a_long_call_and_leaves_it_resumable(folder, large_image, what):
    (folder / "in").mkdir()
    for i in range(4 if what == "batch" else 1):
        raster.write(f"in/{i}.tif", large_image)
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, what], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "working\n"
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert output.endswith("interrupted\n")
    # Nothing half written: every manifest there is holds, no temporary file stays.
    assert not [name for _, _, names in os.walk("out") for name in names if name.endswith(".part")]
    if what == "batch":
        report = batch.run_batch(BatchJob("in", "out"))
        assert report.failed == 0
    else:
        tile.tesselate("in/0.tif", "out")
    assert all(result.ok for result in tile.verify_folder("out"))


def test_other_python_threads_run_meanwhile(folder, large_image):
    counted = []
    over = threading.Event()

    def count():
        while not over.is_set():
            counted.append(time.monotonic())
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    try:
        begin = time.monotonic()
        tile.tesselate(large_image, "out", workers=1)
        end = time.monotonic()
    finally:
        over.set()
        thread.join()
    inside = [moment for moment in counted if begin < moment < end]
    assert len(inside) > 10  # without the GIL it could not have run at all
