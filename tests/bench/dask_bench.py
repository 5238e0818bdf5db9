# SPDX-License-Identifier: Apache-2.0
"""What a Dask cluster costs: one batch here, and over a cluster of one worker with as many threads, in turns.

dask_bench.py WORK [--repetitions 3] [--files 2000] [--workers 2]: prints a Markdown table. Times are of the run alone,
with the client connected, as clusters outlive runs. "lost" is the share of the run, from the first task sent to the
last outcome told, in which the worker did none of its tasks: what sending, batching and Dask take from it. Processor
time here is that of scheduler, client and coordinator, which on real clusters are other machines.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import time
from pathlib import Path

import numpy as np

from tilewright import BatchJob, dask_runner, raster, run_batch
from tilewright.task_sender import Done, TaskSender

SIDE_PX = 1024


def make_images(work: Path, count: int) -> Path:
    """Give a folder of so many images, all of one picture: links, as only their number matters."""
    folder = work / f"dask_{count}"
    if not folder.is_dir():
        part = work / f"dask_{count}.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        rows, columns = np.mgrid[0:SIDE_PX, 0:SIDE_PX]
        noise = np.random.default_rng(1).integers(0, 12, (3, SIDE_PX, SIDE_PX))
        waves = np.stack([np.sin(rows / 50), np.cos(columns / 31), np.cos((rows + columns) / 90)])
        raster.write(part / "000000.tif", (100 + 50 * waves + noise).clip(0, 255).astype(np.uint8))
        for number in range(1, count):
            os.link(part / "000000.tif", part / f"{number:06}.tif")
        part.rename(folder)
    return folder


class WatchedSender(TaskSender):
    """Takes note of when it sent its first batch, and of what the worker worked."""

    first = 0.0
    last = 0.0
    worked = 0.0

    def __call__(self, dispatch: object) -> None:
        self.first = self.first or time.perf_counter()
        super().__call__(dispatch)

    def _take_outcomes(self, dispatch: object, batch: object, end: Done) -> None:
        super()._take_outcomes(dispatch, batch, end)
        self.worked += end.seconds
        self.last = time.perf_counter()


def main() -> None:
    from distributed import Client, LocalCluster

    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=Path)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    images = make_images(given.work, given.files)
    output = given.work / "dask_out"
    job = BatchJob(images, output, max_workers=given.workers, min_image_size=1)
    senders = []

    def make_sender(*arguments: object) -> TaskSender:
        senders.append(WatchedSender(*arguments))
        return senders[-1]

    dask_runner.TaskSender = make_sender
    here, there, cpu = [], [], []
    options = {"n_workers": 1, "threads_per_worker": given.workers, "dashboard_address": ":0"}
    with LocalCluster(processes=True, **options) as cluster, Client(cluster) as client:
        for _ in range(given.repetitions):
            for seconds, run in ((here, run_batch), (there, lambda job: dask_runner.run(job, client))):
                shutil.rmtree(output, ignore_errors=True)
                os.sync()
                begun, used = time.perf_counter(), time.process_time()
                report = run(job)
                seconds.append(time.perf_counter() - begun)
                if seconds is there:
                    cpu.append(time.process_time() - used)
                assert report.done == given.files, report
    shutil.rmtree(output, ignore_errors=True)
    lost = [1 - sender.worked / (sender.last - sender.first) for sender in senders]
    print("| images | here, s | one Dask worker, s | ratio | lost | batches | CPU of scheduler and client, s |")
    print("|---|---|---|---|---|---|---|")
    ratio = min(there) / min(here)
    batches = statistics.median(sender.sent for sender in senders)
    print(
        f"| {given.files:,} | {min(here):.2f} | {min(there):.2f} | {ratio:.3f} | {100 * min(lost):.1f} % "
        f"| {batches:.0f} | {min(cpu):.2f} |"
    )


if __name__ == "__main__":
    main()
