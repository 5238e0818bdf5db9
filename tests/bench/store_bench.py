# SPDX-License-Identifier: Apache-2.0
"""Chips out of a store that answers after 30 ms: tilewright beside one sequential reader a core, in turns.

store_bench.py WORK [--repetitions 3] [--cogs 60] [--latency-ms 30]: prints a Markdown table. The COGs are 3,000 x 3,000
px of photographs from the air where TILEWRIGHT_DATA or ../shared/data has them, else of generated pictures.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
from pathlib import Path

from late_store import late_store
from measure import Run, run_measured
from photographs import make_photographs

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TILEWRIGHT = str(ROOT / ".venv/bin/tilewright")
CORES = len(os.sched_getaffinity(0))


def make_cogs(work: Path, count: int) -> Path:
    """Make six, and give each many names."""
    folder = work / "store"
    if len(list(folder.rglob("*.tif"))) == count:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "cogs").mkdir(parents=True)
    photographs, _ = make_photographs(work)
    for i in range(count):
        target = folder / "cogs" / f"cog_{i:03}.tif"
        source = photographs[i % len(photographs)]
        if i < len(photographs):
            options = ["-srcwin", "0", "0", "3000", "3000", "-of", "COG", "-co", "COMPRESS=DEFLATE"]
            subprocess.run(["gdal_translate", "-q", *options, str(source), str(target)], check=True)
        else:
            os.link(folder / "cogs" / f"cog_{i % len(photographs):03}.tif", target)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=Path)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--cogs", type=int, default=60)
    parser.add_argument("--latency-ms", type=float, default=30)
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    folder = make_cogs(given.work, given.cogs)
    with late_store(folder, given.latency_ms) as environment:
        runs = measure(given.work / "store_chips", folder, environment, given.repetitions)
    print(
        f"| {given.cogs} COGs, {given.latency_ms:g} ms a request | s | CPU s | peak MiB | times the sequential reader |"
    )
    print("|---|---|---|---|---|")
    first = statistics.median(run.seconds for run in next(iter(runs.values())))
    for name, own in runs.items():
        seconds = statistics.median(run.seconds for run in own)
        cpu = statistics.median(run.cpu_seconds for run in own)
        peak = max(run.peak_bytes for run in own)
        print(f"| {name} | {seconds:.2f} | {cpu:.2f} | {peak / 2**20:.0f} | {first / seconds:.1f} |")


def measure(output: Path, folder: Path, environment: dict[str, str], repetitions: int) -> dict[str, list[Run]]:
    addresses = [f"/vsis3/data/cogs/{path.name}" for path in sorted((folder / "cogs").iterdir())]
    sequential = ["/usr/bin/python3", str(HERE / "sequential_chips.py"), str(output), str(CORES), *addresses]
    ours = [TILEWRIGHT, "chips", "s3://data/cogs", str(output), "--no-progress"]
    contenders = {f"one sequential reader a core ({CORES})": sequential, "tilewright chips": ours}
    runs: dict[str, list[Run]] = {name: [] for name in contenders}
    for _ in range(repetitions):
        for name, command in contenders.items():
            shutil.rmtree(output, ignore_errors=True)
            runs[name].append(run_measured(command, environment=environment))
            assert len(list(output.rglob("A_*.png"))) == 4 * len(addresses)
    return runs


if __name__ == "__main__":
    main()
