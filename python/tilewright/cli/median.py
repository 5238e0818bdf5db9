# SPDX-License-Identifier: Apache-2.0
"""``tilewright median``: one image of many co-registered scenes."""

from __future__ import annotations

import json
from enum import Enum
from typing import Annotated, Literal

import typer

from tilewright import batch, composite
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
    Memory,
    ShardOption,
    ShardRuleChoice,
    ShardRuleOption,
    ShowProgress,
    Workers,
    place_argument,
)
from tilewright.cli.progress import counted, open_progress
from tilewright.cli.summary import show_failures, show_summary, where_to_look
from tilewright.core import parse_size_bytes
from tilewright.dataset_list import named_datasets
from tilewright.layout import Size, Window
from tilewright.places import Place
from tilewright.printable import printable

__all__ = ["median"]


class Rule(Enum):
    """What becomes of the samples of a pixel."""

    luminance = "luminance"
    quantile = "quantile"
    medoid = "medoid"
    geomedian = "geomedian"
    mean = "mean"
    count = "count"


class Resampling(str, Enum):
    """How what lies differently is warped."""

    nearest = "nearest"
    bilinear = "bilinear"
    cubic = "cubic"
    average = "average"


@command
def median(
    output: Annotated[Place, place_argument("OUTPUT", "The COG to write.")],
    datasets: Annotated[
        list[str],
        typer.Argument(
            metavar="DATASETS...",
            help="Rasters of one size, patterns, folders, @list.txt, or STAC items (.json).",
            show_default=False,
        ),
    ],
    window: Annotated[str, typer.Option(metavar="X,Y,W,H", help="Compose this window only.", show_default=False)] = "",
    window_size: Annotated[
        int, typer.Option("--window-size", min=1, metavar="PX", help="Side of the windows that a scene is made of, px.")
    ] = 1024,
    rule: Annotated[Rule, typer.Option(help="What becomes of the samples of a pixel.")] = Rule.luminance,
    quantile: Annotated[float, typer.Option(min=0, max=1, metavar="Q", help="Of --rule quantile.")] = 0.5,
    nodata: Annotated[
        str, typer.Option(metavar="VALUE", help="Drop samples with it: auto is the scenes' own, else 0; or off.")
    ] = "auto",
    saturation: Annotated[
        str, typer.Option(metavar="VALUE", help="Drop samples with it: auto is 255 for uint8, else none; or off.")
    ] = "auto",
    masks: Annotated[
        list[str] | None,
        typer.Option("--masks", metavar="MASKS", help="One a scene, as DATASETS are named.", show_default=False),
    ] = None,
    hidden_classes: Annotated[
        str, typer.Option("--hidden-classes", metavar="LIST", help="Of --masks: values that hide, e.g. 3,8,9,10.")
    ] = "",
    align: Annotated[bool, typer.Option("--align", help="Warp what lies differently onto the first scene.")] = False,
    resampling: Annotated[Resampling, typer.Option(help="Of --align.")] = Resampling.nearest,
    skip_bad: Annotated[
        int, typer.Option("--skip-bad", min=0, metavar="N", help="Go on without up to N scenes that cannot be read.")
    ] = 0,
    counts: Annotated[
        bool, typer.Option("--counts", help="Also write <stem>_count.tif: samples that counted.")
    ] = False,
    provenance: Annotated[
        bool, typer.Option("--provenance", help="Also write <stem>_dataset.tif: number of the scene that was chosen.")
    ] = False,
    jpeg_quality: Annotated[
        int, typer.Option("--jpeg-quality", min=0, max=100, metavar="N", help="JPEG, which loses; 0: DEFLATE.")
    ] = 0,
    keep_windows: Annotated[bool, typer.Option("--keep-windows", help="Leave the windows' files.")] = False,
    workers: Workers = 0,
    io_threads: IoThreads = 0,
    memory: Memory = "",
    resume: Annotated[
        bool, typer.Option("--resume/--no-resume", help="Keep windows that were made of the same scenes in this way.")
    ] = True,
    retries: Annotated[
        int, typer.Option(min=0, metavar="N", help="Further attempts after an error that may pass.")
    ] = 3,
    shard: ShardOption = "",
    shard_rule: ShardRuleOption = ShardRuleChoice.modulo,
    dask: DaskOption = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")] = False,
    json_output: Json = False,
    progress: ShowProgress = None,
    log_format: LogFormat = LogFormatChoice.text,
    log_level: LogLevel = "INFO",
) -> int:
    """Make one image of many scenes over the same ground: of each pixel the sample of median luminance.

    Windows are made one by one and kept in OUTPUT.windows until the whole stands; the same command goes on where it
    stopped.
    """
    options = composite.CompositeOptions(
        rule.value,
        quantile=quantile,
        nodata=dropped(nodata, "--nodata"),
        saturation=dropped(saturation, "--saturation"),
    )
    stack = composite.StackOptions(
        masks=named_datasets(masks or []),
        hidden_classes=[whole_number(text, "--hidden-classes") for text in hidden_classes.split(",") if text],
        align=align,
        resampling=resampling.value,
        skip_bad=skip_bad,
    )
    files = composite.CompositeFiles(
        counts=counts, datasets=provenance, cog=composite.CogOptions(jpeg_quality=jpeg_quality)
    )
    memory_bytes = parse_size_bytes(memory) if memory else 0
    names = named_datasets(datasets)
    if window:
        if shard or dask or dry_run:
            raise typer.BadParameter("--window makes one window: neither --shard, --dask nor --dry-run goes with it")
        written = composite.write_composite(
            output,
            names,
            window_from(window),
            options,
            stack=stack,
            files=files,
            memory_bytes=memory_bytes,
            workers=workers,
        )
        show_window(written, as_json=json_output)
        return 0
    job = composite.CompositeJob(
        output,
        names,
        composite=options,
        stack=stack,
        files=files,
        window_size=Size(window_size, window_size),
        keep_windows=keep_windows,
        max_workers=workers,
        io_threads=io_threads,
        resume=resume,
        memory_bytes=memory_bytes,
        retries=retries,
        log_level=log_level,
        shard=batch.parse_shard(shard, shard_rule.value) if shard else batch.Shard(),
    )
    refuse_shared_cluster(dask, shard, job.shard)
    if dry_run:
        show_plan(composite.plan_composite(job), len(names), as_json=json_output)
        return 0
    folder = composite.windows_folder(job)
    logs = active()
    if logs:
        logs.begin(output, job.shard, log_level)
    with open_progress(progress) as shown:
        report = run_here_or_there(job, composite.run_composite, dask, shown)
    code = FAILED if report.failed else 0
    if json_output:
        print_json({**json.loads(report.to_json()), "folder": str(folder)})
    else:
        show_summary(report, "window")
        is_whole = code == 0 and job.shard.count <= 1
        print(f"composite {printable(output)}" if is_whole else f"windows {printable(folder)}")
        print(where_to_look(folder, job.shard))
        if not shown.told_failures():
            show_failures(report)
    if logs:
        logs.ended(report, code)
    return code


def dropped(text: str, option: str) -> float | Literal["auto"] | None:
    if text == "auto":
        return "auto"
    if text == "off":
        return None
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"{option}: expected a number, auto or off, not {text!r}") from None


def whole_number(text: str, option: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(f"{option}: expected whole numbers between commas, not {text!r}") from None


def window_from(text: str) -> Window:
    numbers = [whole_number(part, "--window") for part in text.split(",")]
    if len(numbers) != 4:
        raise typer.BadParameter(f"--window: expected X,Y,W,H, not {text!r}")
    return Window(*numbers)


def show_window(written: composite.WrittenComposite, *, as_json: bool) -> None:
    if as_json:
        print_json(written.to_dict())
        return
    what = "is there already" if written.skipped else f"{counted(written.void_pixels, 'void pixel')}"
    print(printable(f"{written.path}: {what}"))
    for skipped in written.skipped_datasets:
        print(printable(f"without {skipped.path}: {skipped.reason}"))


def show_plan(plan: composite.CompositePlan, datasets: int, *, as_json: bool) -> None:
    if as_json:
        print(plan.to_json())
        return
    info = plan.info
    print(
        f"{counted(datasets, 'dataset')} of {info.size.width_px} x {info.size.height_px} px, "
        f"{info.bands} x {info.type}: {counted(plan.all_windows, 'window')}, {len(plan.windows):,} of them here"
    )
    for skipped in plan.skipped:
        print(printable(f"without {skipped.path}: {skipped.reason}"))
