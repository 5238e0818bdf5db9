# SPDX-License-Identifier: Apache-2.0
"""``tilewright tesselate``: a folder of TIFFs, or one image, into proven slices."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import Enum
from typing import Annotated, Any

import typer

from tilewright import batch, tile
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
    two_numbers,
)
from tilewright.cli.progress import open_progress
from tilewright.cli.summary import show_failures, show_summary, tell_problems, where_to_look
from tilewright.core import parse_size_bytes
from tilewright.errors import NotFoundError
from tilewright.layout import GridLayout, Layout, PiecesLayout, StripsLayout, TilesLayout
from tilewright.places import Place
from tilewright.printable import printable

__all__ = ["tesselate"]


class Edge(str, Enum):
    """What becomes of tiles that reach past the image."""

    partial = "partial"
    shift = "shift"
    pad = "pad"


class Format(str, Enum):
    """How slices are stored."""

    auto = "auto"
    png = "png"
    tiff = "tiff"
    copy = "copy"


class Direction(str, Enum):
    """Which way strips run."""

    horizontal = "horizontal"
    vertical = "vertical"


class ResumeCheck(str, Enum):
    """What earlier results must show to be trusted."""

    manifest = "manifest"
    hashes = "hashes"


class Pages(str, Enum):
    """Which pages of a multi-page TIFF are cut."""

    first = "first"
    all = "all"


@command
def tesselate(
    input: Annotated[
        Place,
        place_argument("INPUT", "A folder of TIFFs, or one raster."),
    ],
    output: Annotated[
        Place,
        place_argument("OUTPUT", "The folder for slices, manifests and reports."),
    ],
    pieces: Annotated[
        int | None, typer.Option(metavar="N", help="Exactly so many near-square pieces.  [default: 8]")
    ] = None,
    tile_size: Annotated[
        str | None, typer.Option("--tile", metavar="WxH", help="Tiles of a fixed size, e.g. 1024x1024.")
    ] = None,
    grid: Annotated[str | None, typer.Option(metavar="RxC", help="Rows x columns, e.g. 2x4.")] = None,
    strips: Annotated[int | None, typer.Option(metavar="N", help="So many strips.")] = None,
    direction: Annotated[Direction, typer.Option(help="Of strips.")] = Direction.horizontal,
    overlap: Annotated[
        int, typer.Option(min=0, metavar="PX", help="Of tiles over their left and upper neighbours, px.")
    ] = 0,
    edge: Annotated[Edge, typer.Option(help="Tiles that reach past the image: cut them, move them, fill them.")] = (
        Edge.partial
    ),
    format: Annotated[Format, typer.Option(help="auto: PNG where it holds every bit, else GeoTIFF.")] = Format.auto,
    compression: Annotated[Compression, typer.Option(help="Time for size; all are lossless.")] = Compression.fast,
    pages: Annotated[Pages, typer.Option(help="Of multi-page TIFFs.")] = Pages.first,
    workers: Workers = 0,
    io_threads: IoThreads = 0,
    memory: Memory = "",
    min_size: Annotated[
        int | None,
        typer.Option(min=0, metavar="PX", help="Skip images with a shorter side, px.  [default: 1024; 1 for one file]"),
    ] = None,
    max_raw_bytes: MaxRawBytes = "1TiB",
    max_block_bytes: MaxBlockBytes = "1GiB",
    max_expansion: MaxExpansion = 100_000,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume/--no-resume",
            help="Trust what manifests prove, redo the rest. --resume=verify checks every slice's hash as well.",
        ),
    ] = True,
    resume_check: Annotated[ResumeCheck, typer.Option(hidden=True)] = ResumeCheck.manifest,
    retries: Annotated[
        int, typer.Option(min=0, metavar="N", help="Further attempts after an error that may pass.")
    ] = 3,
    shard: ShardOption = "",
    shard_rule: ShardRuleOption = ShardRuleChoice.modulo,
    plan: PlanFile = None,
    dask: DaskOption = "",
    zip: Annotated[bool, typer.Option("--zip", help="Also pack the results into OUTPUT_results.zip.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Prove all slices again when done.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")] = False,
    json_output: Json = False,
    progress: ShowProgress = None,
    log_format: LogFormat = LogFormatChoice.text,
    log_level: LogLevel = "INFO",
) -> int:
    """Cut every TIFF below a folder, or one image, into slices with proofs.

    Interrupt it at any time: the same command goes on where it stopped.
    """
    job = batch.BatchJob(
        input,
        output,
        layout=chosen_layout(pieces, tile_size, grid, strips, direction, overlap, edge),
        max_workers=workers,
        io_threads=io_threads,
        min_image_size=(1 if input.is_file() else 1024) if min_size is None else min_size,
        skip_existing=resume,
        resume_mode=resume,
        log_level=log_level,
        format=format.value,
        compression=compression.value,
        resume_check=resume_check.value,
        pages=pages.value,
        memory_bytes=parse_size_bytes(memory) if memory else 0,
        retries=retries,
        open=open_options(max_raw_bytes, max_block_bytes, max_expansion),
        shard=batch.parse_shard(shard, shard_rule.value) if shard else batch.Shard(),
        plan_file=plan,
    )
    if job.shard.count > 1 and (zip or verify):
        raise typer.BadParameter("--zip and --verify are for whole batches; run them when all workers are done")
    refuse_shared_cluster(dask, shard, job.shard)
    if dry_run:
        from tilewright.cli.plan_table import show_plan  # noqa: PLC0415 - rich is slow to load, and tables are rare

        show_plan(batch.plan_batch(job), as_json=json_output)
        return 0

    logs = active()
    if logs:
        logs.begin(input, job.shard, log_level)
    with open_progress(progress) as shown:
        report = run_here_or_there(job, batch.run_batch, dask, shown)
    archive = batch.zip_results(output) if zip else None
    proofs = proven_again(output, workers) if verify else []
    problems = [proof for proof in proofs if not proof.ok]

    if json_output:
        result: dict[str, Any] = json.loads(report.to_json())
        result["zip"] = str(archive) if archive else None
        result["verified"] = not problems if verify else None
        print_json(result)
    else:
        show_summary(report)
        print(where_to_look(output, job.shard))
        if archive:
            print(f"archive {printable(archive)}")
        if not shown.told_failures():
            show_failures(report)
        for result_of_image in problems:
            for problem in result_of_image.problems:
                line = f"{result_of_image.manifest_path}: {problem.filename}: {problem.message}"
                print(f"not proven  {printable(line)}")
        if verify:
            print(verdict(proofs, problems))
    code = FAILED if report.failed or problems else 0
    if logs:
        tell_problems(logs, problems)
        logs.ended(report, code)
    return code


def chosen_layout(
    pieces: int | None,
    tile_size: str | None,
    grid: str | None,
    strips: int | None,
    direction: Direction,
    overlap: int,
    edge: Edge,
) -> Layout:
    """Give the one layout that was asked for."""
    given = [
        name
        for name, value in (("--pieces", pieces), ("--tile", tile_size), ("--grid", grid), ("--strips", strips))
        if value is not None
    ]
    if len(given) > 1:
        raise typer.BadParameter(f"{' and '.join(given)} exclude each other; give one")
    if tile_size is None and (overlap or edge is not Edge.partial):
        raise typer.BadParameter("--overlap and --edge are for --tile")
    if tile_size is not None:
        width_px, height_px = two_numbers(tile_size, "--tile")
        return TilesLayout(width_px, height_px, overlap_px=overlap, edge=edge.value)
    if grid is not None:
        rows, columns = two_numbers(grid, "--grid")
        return GridLayout(rows, columns)
    if strips is not None:
        return StripsLayout(strips, direction=direction.value)
    return PiecesLayout(8 if pieces is None else pieces)


def proven_again(output: Place, workers: int) -> list[tile.VerifyResult]:
    """Verify what lies in the results, whichever run cut it."""
    try:
        return tile.verify_folder(output, workers=workers)
    except NotFoundError:
        return []  # No image was cut.


def verdict(proofs: Sequence[tile.VerifyResult], problems: Sequence[tile.VerifyResult]) -> str:
    if problems:
        return "verification FAILED"
    return "verified: every slice matches its proof" if proofs else "nothing to verify: no image was cut"
