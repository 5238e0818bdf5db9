# SPDX-License-Identifier: Apache-2.0
"""Readers that wait for each answer: every process opens one dataset after the other and reads a window of it.

sequential_windows.py WORKERS X Y WIDTH HEIGHT ADDRESS...: GDAL reads; nothing is composed.
"""

from __future__ import annotations

import sys
from multiprocessing import Process

from osgeo import gdal


def read(addresses: list[str], window: list[int]) -> None:
    gdal.UseExceptions()
    for address in addresses:
        gdal.Open(address).ReadAsArray(*window)


if __name__ == "__main__":
    workers, *window = map(int, sys.argv[1:6])
    processes = [Process(target=read, args=(sys.argv[6 + i :: workers], window)) for i in range(workers)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
