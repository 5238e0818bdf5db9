# SPDX-License-Identifier: Apache-2.0
"""``tilewright thumbnails``: small pictures of every image below a folder."""

from __future__ import annotations

import json
import os
from typing import Annotated, Any

import typer

from tilewright import batch, thumbnail
from tilewright.cli.elsewhere import refuse_shared_cluster, run_here_or_there
from tilewright.cli.exits import FAILED, command
from tilewright.cli.json_logs import active
from tilewright.cli.json_output import print_json
from tilewright.cli.options import (
    DaskOption,
    IoThreads,
    Json,
    LogFormat,
    LogFormatChoice,
    LogLevel,
    MaxBlockBytes,
    MaxExpansion,
    MaxRawBytes,
    Memory,
    PlanFile,
    ShardOption,
    ShardRuleChoice,
    ShardRuleOption,
    ShowProgress,
    Workers,
    open_options,
    place_argument,
    two_numbers,
)
from tilewright.cli.progress import counted, open_progress, told
from tilewright.cli.summary import show_failures, where_to_look
from tilewright.core import parse_size_bytes
from tilewright.layout import Size
from tilewright.places import Place, place
from tilewright.printable import printable
from tilewright.report_page import duration

__all__ = ["thumbnails"]

CLOUD_RUN_TASK = {"CLOUD_RUN_TASK_INDEX", "CLOUD_RUN_TASK_COUNT"}


@command
def thumbnails(
    input: Annotated[
        Place,
        typer.Argument(
            parser=place,
            metavar="INPUT",
            envvar="INPUT_FOLDER",
            help="A folder of images, or one image.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Place | None,
        place_argument("OUTPUT", "The folder for the stamped folder; INPUT itself if not given."),
    ] = None,
    size: Annotated[str, typer.Option(metavar="WxH", help="The box that thumbnails fit into, px.")] = "100x100",
    quality: Annotated[int, typer.Option(min=1, max=100, metavar="N", help="Of JPEG and WebP.")] = 75,
    stamp: Annotated[
        str, typer.Option(metavar="STAMP", help="Name of this run's folder, 20251203T1530Z; by default from the plan.")
    ] = "",
    workers: Workers = 0,
    io_threads: IoThreads = 0,
    memory: Memory = "",
    max_raw_bytes: MaxRawBytes = "1TiB",
    max_block_bytes: MaxBlockBytes = "1GiB",
    max_expansion: MaxExpansion = 100_000,
    resume: Annotated[
        bool,
        typer.Option("--resume/--no-resume", help="With --stamp: keep what was made of the same images before."),
    ] = True,
    retries: Annotated[
        int, typer.Option(min=0, metavar="N", help="Further attempts after an error that may pass.")
    ] = 3,
    shard: ShardOption = "",
    shard_rule: ShardRuleOption = ShardRuleChoice.modulo,
    plan: PlanFile = None,
    dask: DaskOption = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")] = False,
    json_output: Json = False,
    progress: ShowProgress = None,
    log_format: LogFormat = LogFormatChoice.text,
    log_level: LogLevel = "INFO",
) -> int:
    """Make a small picture of every image below a folder, or of one image.

    They go to OUTPUT/STAMP/, in the sub-folders of their images and under their names. In a Cloud Run job each
    task does its share without being told.
    """
    width_px, height_px = two_numbers(size, "--size")
    job = thumbnail.ThumbnailJob(
        input,
        output or (input.parent if input.is_file() else input),
        size=Size(width_px, height_px),
        quality=quality,
        stamp=stamp,
        max_workers=workers,
        io_threads=io_threads,
        resume=resume,
        memory_bytes=parse_size_bytes(memory) if memory else 0,
        retries=retries,
        log_level=log_level,
        open=open_options(max_raw_bytes, max_block_bytes, max_expansion),
        shard=share(shard, shard_rule.value),
        plan_file=plan,
    )
    refuse_shared_cluster(dask, shard, job.shard)
    if dry_run:
        show_plan(thumbnail.plan_thumbnails(job), as_json=json_output)
        return 0
    job = thumbnail.stamped(job)
    logs = active()
    if logs:
        logs.begin(input, job.shard, log_level)
    with open_progress(progress) as shown:
        report = run_here_or_there(job, thumbnail.run_thumbnails, dask, shown)
    folder = place(job.output_dir) / job.stamp
    if json_output:
        result: dict[str, Any] = json.loads(report.to_json())
        result["folder"] = str(folder)
        print_json(result)
    else:
        show_report(report)
        print(f"thumbnails {printable(folder)}")
        print(where_to_look(folder, job.shard))
        if not shown.told_failures():
            show_failures(report)
    code = FAILED if report.failed else 0
    if logs:
        logs.ended(report, code)
    return code


def share(shard: str, rule: batch.ShardRule) -> batch.Shard:
    """Give the share of this worker; tasks of a Cloud Run job have one although nothing was asked for."""
    if not shard and not CLOUD_RUN_TASK.isdisjoint(os.environ):
        shard = "auto"
    return batch.parse_shard(shard, rule) if shard else batch.Shard()


def show_plan(plan: thumbnail.ThumbnailPlan, *, as_json: bool) -> None:
    if as_json:
        print(plan.to_json())
        return
    for image in plan.images:
        if image.forecast is None:
            print(told(str(image.source), str(image.error)))
            continue
        was, becomes = image.forecast.image, image.forecast.thumbnail
        sizes = f"{was.width_px} x {was.height_px} to {becomes.width_px} x {becomes.height_px} px"
        print(printable(f"{image.source}: {sizes}, {plan.stamp}/{image.thumbnail}"))
    print(f"{counted(len(plan.images), 'image')} found; {counted(plan.other_files, 'other file')}")


def show_report(report: batch.BatchReport) -> None:
    found = report.done + report.skipped + report.failed + report.cancelled
    print(
        f"{counted(found, 'image')}: {report.done:,} done, {report.skipped:,} skipped, {report.failed:,} failed"
        + (f", {report.cancelled:,} cancelled" if report.cancelled else "")
        + f" in {duration(report.seconds)}"
        + (f"; {counted(report.other_files, 'other file')}" if report.other_files else "")
    )
