# SPDX-License-Identifier: Apache-2.0
"""``tilewright chips``: training chips of every TIFF below a folder, dealt to folders for annotators."""

from __future__ import annotations

import json
import sys
from enum import Enum
from typing import Annotated

import typer

from tilewright import batch, chip
from tilewright.chip_index import why_no_geoparquet
from tilewright.cli.elsewhere import refuse_shared_cluster, run_here_or_there
from tilewright.cli.exits import FAILED, command
from tilewright.cli.json_logs import active
from tilewright.cli.json_output import print_json
from tilewright.cli.options import (
    Compression,
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
)
from tilewright.cli.progress import counted, open_progress, told
from tilewright.cli.summary import show_failures, show_summary, told_chips, where_to_look
from tilewright.core import parse_size_bytes
from tilewright.places import Place
from tilewright.printable import printable

__all__ = ["chips"]


class ChipFormat(str, Enum):
    """How chips are stored."""

    auto = "auto"
    png = "png"
    tiff = "tiff"


class ResumeCheck(str, Enum):
    """What earlier chips must show to be trusted."""

    sizes = "sizes"
    hashes = "hashes"


@command
def chips(
    input: Annotated[
        Place,
        place_argument("INPUT", "A folder of TIFFs, or one raster."),
    ],
    output: Annotated[
        Place,
        place_argument("OUTPUT", "The folder for chips, indexes and reports."),
    ],
    count: Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="Chips an image.")] = 4,
    size: Annotated[int, typer.Option(min=1, metavar="PX", help="Side of a chip, px.")] = 1024,
    folders: Annotated[int, typer.Option(min=1, metavar="N", help="Folders that the images are dealt to.")] = 10,
    prefix: Annotated[str, typer.Option(metavar="TEXT", help="The round: A, then B, then C; none overlap.")] = "A",
    margin: Annotated[int, typer.Option(min=0, metavar="PX", help="Kept free at every edge of an image, px.")] = 10,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Another seed, other places.")] = 0,
    format: Annotated[ChipFormat, typer.Option(help="auto: PNG where it holds every bit, else GeoTIFF.")] = (
        ChipFormat.auto
    ),
    compression: Annotated[Compression, typer.Option(help="Time for size; all are lossless.")] = Compression.fast,
    max_nodata: Annotated[
        float,
        typer.Option(min=0, max=1, metavar="SHARE", help="Draw chips again where more pixels hold no data; 1: never."),
    ] = 1.0,
    annotators: Annotated[int, typer.Option(min=0, metavar="N", help="Write task lists for so many people.")] = 0,
    workers: Workers = 0,
    io_threads: IoThreads = 0,
    memory: Memory = "",
    max_raw_bytes: MaxRawBytes = "1TiB",
    max_block_bytes: MaxBlockBytes = "1GiB",
    max_expansion: MaxExpansion = 100_000,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume/--no-resume",
            help="Cut only what is missing or has another size. --resume=verify checks every chip's hash as well.",
        ),
    ] = True,
    resume_check: Annotated[ResumeCheck, typer.Option(hidden=True)] = ResumeCheck.sizes,
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
    """Cut training chips out of every TIFF below a folder, or out of one image.

    Interrupt it at any time: the same command goes on where it stopped.
    """
    job = chip.ChipJob(
        input,
        output,
        count=count,
        size_px=size,
        folders=folders,
        prefix=prefix,
        margin_px=margin,
        seed=seed,
        format=format.value,
        compression=compression.value,
        max_nodata=max_nodata,
        annotators=annotators,
        max_workers=workers,
        io_threads=io_threads,
        memory_bytes=parse_size_bytes(memory) if memory else 0,
        retries=retries,
        resume=resume_check.value if resume else "never",
        log_level=log_level,
        open=open_options(max_raw_bytes, max_block_bytes, max_expansion),
        shard=batch.parse_shard(shard, shard_rule.value) if shard else batch.Shard(),
        plan_file=plan,
    )
    refuse_shared_cluster(dask, shard, job.shard)
    if dry_run:
        show_plan(chip.plan_chips(job), as_json=json_output)
        return 0

    logs = active()
    if logs:
        logs.begin(input, job.shard, log_level)
    with open_progress(progress) as shown:
        report = run_here_or_there(job, chip.run_chips, dask, shown)
    if not logs and job.shard.count == 1 and not (output / "chips.parquet").is_file():
        print(f"no chips.parquet: {why_no_geoparquet()}", file=sys.stderr)
    if json_output:
        print_json(json.loads(report.to_json()))
    else:
        show_summary(report)
        for name, value in told_chips(report.to_dict()):
            print(f"{name:8}{value}")
        print(where_to_look(output, job.shard))
        if not shown.told_failures():
            show_failures(report)
    code = FAILED if report.failed else 0
    if logs:
        logs.ended(report, code)
    return code


def show_plan(plan: chip.ChipPlan, *, as_json: bool) -> None:
    """Print what would become of each image, and the totals."""
    if as_json:
        print(plan.to_json(), end="")
        return
    for image in plan.images:
        if image.error is not None:
            print(f"fail  {told(str(image.source), str(image.error))}")
        elif image.skip_reason:
            print(f"skip  {printable(image.source)}: {image.skip_reason.replace('_', ' ')}")
        else:
            print(f"cut   {printable(image.source)}: {counted(image.chips, 'chip')} into {image.folder}")
    print(f"{counted(len(plan.images), 'image')} found, {counted(plan.chips, 'chip')}")
