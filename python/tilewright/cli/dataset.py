# SPDX-License-Identifier: Apache-2.0
"""``tilewright dataset``: archives to downloads, images, an index, embeddings and neighbours, a stage a command."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from tilewright.cli.count_bar import count_bar
from tilewright.cli.exits import FAILED, command
from tilewright.cli.json_logs import active
from tilewright.cli.json_output import print_json
from tilewright.cli.options import Json, LogFormat, LogFormatChoice, ShowProgress
from tilewright.places import Place, place
from tilewright.printable import printable
from tilewright.report_page import duration

if TYPE_CHECKING:
    from tilewright.dataset import StageReport

__all__ = ["dataset"]

dataset = typer.Typer(
    help="Prepare an image dataset, stage by stage; each goes on where it stopped.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Config = Annotated[
    Place,
    typer.Option("--config", parser=place, metavar="FILE", help="YAML; its section `data` says what to do."),
]
Rebuild = Annotated[bool, typer.Option("--rebuild", help="Make anew what is there of another input, model or options.")]
#: Failures and damages that are shown; the log has them all.
_MOST_SHOWN = 20


def stage_command(name: str, *, rebuilds: bool = False) -> Callable[..., NoReturn]:
    """Make the command of a stage; one that rebuilds has the option to."""

    def stage(
        config: Config,
        as_json: Json = False,
        progress: ShowProgress = None,
        log_format: LogFormat = LogFormatChoice.text,
    ) -> int:
        return do_stage(name, config, False, as_json, progress)

    def rebuilding_stage(
        config: Config,
        rebuild: Rebuild = False,
        as_json: Json = False,
        progress: ShowProgress = None,
        log_format: LogFormat = LogFormatChoice.text,
    ) -> int:
        return do_stage(name, config, rebuild, as_json, progress)

    return command(rebuilding_stage if rebuilds else stage)


for _name, _rebuilds, _told in (
    ("download", False, "Fetch the archives of the manifest, several at a time; parts that are there are kept."),
    ("extract", False, "Unpack the archives; of damaged ones what can be read."),
    ("index", True, "Read the annotations and share out the targets to train, val and test."),
    ("embed", True, "Run every image through the backbone, once."),
    ("neighbours", False, "Find the nearest targets of each target within its split."),
):
    dataset.command(_name, help=_told)(stage_command(_name, rebuilds=_rebuilds))


@dataset.command("run")
@command
def run(
    config: Config,
    rebuild: Rebuild = False,
    as_json: Json = False,
    progress: ShowProgress = None,
    log_format: LogFormat = LogFormatChoice.text,
) -> int:
    """Do all stages in order, beginning at the first that is not complete."""
    from tilewright import dataset as stages  # noqa: PLC0415 - slow to load

    with warnings_told(), count_bar(progress) as tell:
        reports = stages.run(
            stages.read_config(config),
            rebuild=rebuild,
            on_progress=tell,
            on_stage=lambda report: None if as_json else show_report(report),
        )
    if as_json:
        print_json([report.to_dict() for report in reports])
    return ended(all(report.complete for report in reports))


@dataset.command("status")
@command
def status(config: Config, as_json: Json = False, log_format: LogFormat = LogFormatChoice.text) -> int:
    """Show how far each stage is, and what is left; exit code 1 if anything is."""
    from tilewright import dataset as stages  # noqa: PLC0415 - slow to load

    told = stages.status(stages.read_config(config))
    if as_json:
        print_json([stage.to_dict() for stage in told])
    else:
        for stage in told:
            left = "" if stage.seconds_left is None else f", about {duration(stage.seconds_left)} left"
            print(printable(f"{stage}{left}"))
    return 0 if all(stage.status == "complete" for stage in told) else FAILED


def do_stage(name: str, config: Place, rebuild: bool, as_json: bool, progress: bool | None) -> int:
    from tilewright import dataset as stages  # noqa: PLC0415 - slow to load

    with warnings_told(), count_bar(progress) as tell:
        report = stages.run_stage(name, stages.read_config(config), rebuild=rebuild, on_progress=tell)
    if as_json:
        print_json(report.to_dict())
    else:
        show_report(report)
    return ended(report.complete)


def ended(complete: bool) -> int:
    """Give the exit code, and tell log collectors."""
    leaving = 0 if complete else FAILED
    if logs := active():
        logs.write("INFO" if complete else "ERROR", f"dataset ended with exit code {leaving}", exit_code=leaving)
    return leaving


@contextmanager
def warnings_told() -> Iterator[None]:
    """Tell people what becomes of the checkpoint; the reports tell the rest."""
    if active():
        yield
        return
    log = logging.getLogger("tilewright.dataset.checkpoint")
    handler = _Stderr(logging.WARNING)
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)


class _Stderr(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        print(printable(f"Warning: {record.getMessage()}"), file=sys.stderr)


def show_report(report: StageReport) -> None:
    print(printable(str(report)))
    if active():
        return
    for kind, named in (("failed", report.failed), ("damaged", report.damaged)):
        for name, why in list(named.items())[:_MOST_SHOWN]:
            print(printable(f"{kind}  {name}: {why}"), file=sys.stderr)
        if len(named) > _MOST_SHOWN:
            print(f"... and {len(named) - _MOST_SHOWN:,} more; the log names them", file=sys.stderr)
