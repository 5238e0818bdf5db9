# SPDX-License-Identifier: Apache-2.0
"""What a Dask cluster costs: one batch here, and over a cluster of one worker with as many threads, in turns.

dask_bench.py WORK [--repetitions 3] [--files 500] [--workers 1]: prints a Markdown table. Times are of the run alone,
with the client connected, as clusters outlive runs; one thread by default, which leaves another processor to scheduler
and client, that on real clusters are other machines. "beside" is what a run takes beside its tasks' own seconds:
planning, journal and report, and there also sending, waiting and Dask. "overhead" is how much more of that there is
there, of the whole: neighbours on the machine slow the tasks of both, and it hardly. "lost" is the share of the run,
from the first batch sent to the last outcome told, in which the worker did none of its tasks.
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
    parser.add_argument("--files", type=int, default=500)
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
    beside_here, beside_there = [], []
    options = {"n_workers": 1, "threads_per_worker": given.workers, "dashboard_address": ":0"}
    with LocalCluster(processes=True, **options) as cluster, Client(cluster) as client:
        for _ in range(given.repetitions):
            for seconds, beside, run in (
                (here, beside_here, run_batch),
                (there, beside_there, lambda job: dask_runner.run(job, client)),
            ):
                shutil.rmtree(output, ignore_errors=True)
                os.sync()
                begun, used = time.perf_counter(), time.process_time()
                report = run(job)
                seconds.append(time.perf_counter() - begun)
                beside.append(seconds[-1] - sum(outcome.seconds for outcome in report.outcomes) / given.workers)
                if seconds is there:
                    cpu.append(time.process_time() - used)
                assert report.done == given.files, report
    shutil.rmtree(output, ignore_errors=True)
    lost = [1 - sender.worked / (sender.last - sender.first) for sender in senders]
    overhead = (statistics.median(beside_there) - statistics.median(beside_here)) / statistics.median(there)
    batches = statistics.median(sender.sent for sender in senders)
    print(
        "| images | here, s | beside | one Dask worker, s | beside | overhead | lost | batches | CPU of scheduler and client, s |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    print(
        f"| {given.files:,} | {min(here):.2f} | {statistics.median(beside_here):.2f} | {min(there):.2f} "
        f"| {statistics.median(beside_there):.2f} | {100 * overhead:.1f} % | {100 * statistics.median(lost):.1f} % "
        f"| {batches:.0f} | {min(cpu):.2f} |"
    )


if __name__ == "__main__":
    main()
