# SPDX-License-Identifier: Apache-2.0
"""Median composites: a window beside plain decoding and the original's way, a series of any length, a late store.

median_bench.py WORK [--repetitions 3] [--scenes 216] [--side 2048] [--latency-ms 30]: prints Markdown tables.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from late_store import late_store
from measure import Run, run_measured

from tilewright import raster
from tilewright.composite import composite
from tilewright.layout import Window

HERE = Path(__file__).parent
TILEWRIGHT = str(Path(sys.executable).parent / "tilewright")
CORES = len(os.sched_getaffinity(0))
#: The original's window; its blocks begin where it does.
WINDOW = (512, 512, 1024, 1024)
FEW = 40
ORIGINAL_THREADS = 10
#: Of a whole scene: less than a decoded block of each scene of the series, and more.
BUDGETS = ("64M", "256M")


def make_scenes(work: Path, count: int, side_px: int) -> list[Path]:
    command = ["/usr/bin/python3", str(HERE / "scenes.py"), str(work), str(count), str(side_px)]
    made = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return sorted(Path(made.stdout.strip()).glob("*.tif"))[:count]


def decode(scenes: list[Path]) -> None:
    """Read the window of each once, a thread a core."""
    window = Window(*WINDOW)
    with ThreadPoolExecutor(CORES) as pool:
        for _ in pool.map(lambda scene: raster.read(scene, window=window), scenes):
            pass


def original(scenes: list[Path]) -> tuple[float, float]:
    command = [
        sys.executable,
        str(HERE / "original_median.py"),
        str(ORIGINAL_THREADS),
        *map(str, WINDOW),
        *map(str, scenes),
    ]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    read_s, median_s, _ = map(float, done.stdout.split())
    return read_s, median_s


def seconds_of(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def window_job(scenes: list[Path], repetitions: int) -> None:
    decoding, composing, originals = [], [], []
    for _ in range(repetitions):
        for _ in range(5):
            decoding.append(seconds_of(lambda: decode(scenes)))
            composing.append(seconds_of(lambda: composite(scenes, WINDOW)))
        originals.append(original(scenes))
    ours, plain = statistics.median(composing), statistics.median(decoding)
    theirs = statistics.median(read_s + median_s for read_s, median_s in originals)
    print(f"| {len(scenes)} scenes, a window of {WINDOW[2]} px | s | to decoding | times the original |")
    print("|---|---|---|---|")
    print(f"| decoding its blocks, {CORES} threads | {plain:.3f} | 1.00 | |")
    print(f"| tilewright composite() | {ours:.3f} | {ours / plain:.2f} | {theirs / ours:.1f} |")
    read_s, median_s = (statistics.median(part) for part in zip(*originals, strict=True))
    print(
        f"| the original's approach: reads {read_s:.2f} s, median {median_s:.2f} s | {theirs:.2f} | "
        f"{theirs / plain:.1f} | 1.0 |"
    )


def whole_scenes(work: Path, scenes: list[Path], side_px: int, repetitions: int) -> None:
    """`tilewright median` of a short and of the whole series, by one worker and by all."""
    cases = [(memory, workers, count) for memory in BUDGETS for workers in (1, CORES) for count in (FEW, len(scenes))]
    runs: dict[tuple[str, int, int], list[Run]] = {case: [] for case in cases}
    output = work / "median.tif"
    for _ in range(repetitions):
        for memory, workers, count in cases:
            forget(output)
            command = [TILEWRIGHT, "median", str(output), *map(str, scenes[:count]), "--no-progress"]
            command += ["--workers", str(workers), "--memory", memory]
            runs[memory, workers, count].append(run_measured(command))
    forget(output)
    print(
        f"\n| `--memory` | workers | scenes of {side_px} x {side_px} px | s | CPU s | M samples/s a worker | peak MiB |"
    )
    print("|---|---|---|---|---|---|---|")
    for (memory, workers, count), own in runs.items():
        seconds = statistics.median(run.seconds for run in own)
        cpu = statistics.median(run.cpu_seconds for run in own)
        rate = count * side_px * side_px * 3 / seconds / workers / 1e6
        peak = max(run.peak_bytes for run in own)
        print(f"| {memory} | {workers} | {count} | {seconds:.2f} | {cpu:.2f} | {rate:.0f} | {peak / 2**20:.0f} |")


def forget(output: Path) -> None:
    output.unlink(missing_ok=True)
    shutil.rmtree(output.with_name(output.name + ".windows"), ignore_errors=True)


def window_out_of_a_late_store(work: Path, scenes: list[Path], latency_ms: float, repetitions: int) -> None:
    window = ",".join(map(str, WINDOW))
    output = work / "window.tif"
    names = [f"data/{scene.name}" for scene in scenes]
    program = str(HERE / "sequential_windows.py")
    readers = ["/usr/bin/python3", program, str(CORES), *map(str, WINDOW), *(f"/vsis3/{name}" for name in names)]
    program = str(HERE / "original_median.py")
    sequential = [sys.executable, program, str(CORES), *map(str, WINDOW), *(f"/vsis3/{name}" for name in names)]
    ours = [TILEWRIGHT, "median", str(output), *(f"s3://{name}" for name in names), "--window", window]
    contenders = {
        f"one sequential reader a core ({CORES}), nothing composed": readers,
        "the same by threads, and the original's median": sequential,
        "tilewright median --window": ours,
    }
    runs: dict[str, list[Run]] = {name: [] for name in contenders}
    with late_store(scenes[0].parent, latency_ms) as environment:
        for _ in range(repetitions):
            for name, contender in contenders.items():
                forget(output)
                runs[name].append(run_measured(contender, environment=environment))
    forget(output)
    print(f"\n| {len(scenes)} scenes, {latency_ms:g} ms a request, a window | s | CPU s | to tilewright |")
    print("|---|---|---|---|")
    ours_s = statistics.median(run.seconds for run in list(runs.values())[-1])
    for name, own in runs.items():
        seconds = statistics.median(run.seconds for run in own)
        cpu = statistics.median(run.cpu_seconds for run in own)
        print(f"| {name} | {seconds:.2f} | {cpu:.2f} | {seconds / ours_s:.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=Path)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--scenes", type=int, default=216)
    parser.add_argument("--side", type=int, default=2048)
    parser.add_argument("--latency-ms", type=float, default=30)
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    scenes = make_scenes(given.work, given.scenes, given.side)
    window_job(scenes[:FEW], given.repetitions)
    whole_scenes(given.work, scenes, given.side, given.repetitions)
    window_out_of_a_late_store(given.work, scenes, given.latency_ms, given.repetitions)


if __name__ == "__main__":
    main()
