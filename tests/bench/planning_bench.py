# SPDX-License-Identifier: Apache-2.0
"""Time to scan and plan many small files, headers read: planning_bench.py WORK [FILES]."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from measure import run_measured
from tesselate_bench import VENV

FILES_A_FOLDER = 1000


def make_files(work: Path, count: int) -> Path:
    """`count` TIFFs of 1024 x 1024 px (1 bit, so they are small), a thousand a folder."""
    folder = work / f"small_{count}"
    if folder.is_dir():
        return folder
    part = work / f"small_{count}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    one = work / "one.tif"
    subprocess.run(
        [
            "gdal_create",
            "-q",
            "-outsize",
            "1024",
            "1024",
            "-bands",
            "1",
            "-burn",
            "1",
            "-co",
            "NBITS=1",
            "-co",
            "COMPRESS=CCITTFAX4",
            str(one),
        ],
        check=True,
    )
    content = one.read_bytes()
    for index in range(count):
        target = part / f"{index // FILES_A_FOLDER:04d}" / f"{index:06d}.tif"
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content)
    part.rename(folder)
    return folder


def main() -> None:
    work = Path(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    folder = make_files(work, count)
    run = run_measured(
        [str(VENV / "tilewright"), "tesselate", str(folder), str(work / "output"), "--dry-run", "--json"]
    )
    print("| files | scan and plan, s | a file, ms | peak memory, MiB |")
    print("|---|---|---|---|")
    print(f"| {count:,} | {run.seconds:.1f} | {1000 * run.seconds / count:.3f} | {run.peak_bytes / 2**20:.0f} |")


if __name__ == "__main__":
    main()
