# SPDX-License-Identifier: Apache-2.0
"""``tilewright report``: the report of a batch, again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from tilewright import _core
from tilewright.batch import merge_shards
from tilewright.cli.exits import FAILED, command
from tilewright.cli.json_logs import JsonLogs, active
from tilewright.cli.options import Json, LogFormat, LogFormatChoice, place_argument
from tilewright.cli.progress import counted, told
from tilewright.cli.summary import told_chips
from tilewright.core import format_size_bytes
from tilewright.errors import CorruptError
from tilewright.places import Place, place
from tilewright.printable import printable
from tilewright.report_page import duration, write_report_page

__all__ = ["report"]


@command
def report(
    output: Annotated[Place, place_argument("OUTPUT", "The output folder of a batch.")],
    json_output: Json = False,
    log_format: LogFormat = LogFormatChoice.text,
) -> int:
    """Show what a batch did, and write batch_report.html anew; merge the reports of workers that shared it.

    Of workers that cut chips it also writes the indexes.

    Exit code 1 if images failed, or if workers have not begun.
    """
    source = output / "batch_report.json"
    if any(name.match("*-of-*") for name in _core.folder_names(output / "shards")):
        merge_shards(output)
    if not source.is_file():
        raise typer.BadParameter(printable(f"{source} does not exist; is {output} the output folder of a batch?"))
    try:
        text = source.read_text(encoding="utf-8")
        contents = json.loads(text)
        lines = [f"{name:14} {printable(value)}" for name, value in rows(contents)]
        page = write_report_page(output)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorruptError(
            f"{source}: not the report of a batch as this version writes it ({type(error).__name__}: {error}); "
            "run the batch again to have it written anew",
            str(source),
        ) from error
    missing = contents.get("missing_shards", [])
    if json_output:
        print(text)
    else:
        print("\n".join(lines))
        for failure in contents["errors"]:
            print(f"{'failed':14} {told(failure['relative_path'], failure['error'])}")
        if missing:
            workers = ", ".join(map(str, missing))
            print(f"{'not begun':14} {len(missing)} of {contents['shards']} workers: {workers}")
        print(f"page           {printable(page)}")
    code = FAILED if contents["batch_summary"]["errors"] or missing else 0
    if logs := active():
        tell(logs, contents, code)
    return code


def tell(logs: JsonLogs, report: Mapping[str, Any], code: int) -> None:
    """Log what failed, which workers have not begun, and how the batch ended."""
    logs.begin(place(report["configuration"]["input_dir"]))
    for failure in report["errors"]:
        task = failure["relative_path"]
        logs.write(
            "ERROR",
            f"failed: {told(task, failure['error'])}",
            task=task,
            source=logs.source_of(task),
            status="failed",
            code=failure["error_type"],
        )
    if missing := report.get("missing_shards"):
        workers = ", ".join(map(str, missing))
        logs.write("ERROR", f"not begun: {len(missing)} of {report['shards']} workers: {workers}", missing=missing)
    summary = report["batch_summary"]
    figures = {"done": "successfully_processed", "skipped": "skipped", "failed": "errors", "cancelled": "cancelled"}
    counts = {name: summary[key] for name, key in figures.items()}
    logs.write(
        "ERROR" if code else "INFO",
        f"report ended with exit code {code}: " + ", ".join(f"{count:,} {name}" for name, count in counts.items()),
        exit_code=code,
        found=summary["total_images_found"],
        **counts,
    )


def rows(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Tell the totals of a report, each with its name."""
    summary = report["batch_summary"]
    ends = [(summary["successfully_processed"], "done"), (summary["skipped"], "skipped"), (summary["errors"], "failed")]
    if summary["cancelled"]:
        ends.append((summary["cancelled"], "cancelled"))
    yield "images", f"{summary['total_images_found']:,} found: " + ", ".join(f"{n:,} {what}" for n, what in ends)
    if summary["skipped_reasons"]:
        reasons = summary["skipped_reasons"].items()
        yield "skipped", ", ".join(f"{reason.replace('_', ' ')}: {count:,}" for reason, count in reasons)
    if summary["folders_skipped"]:
        yield "passed over", counted(summary["folders_skipped"], "folder")
    yield (
        "time",
        (
            f"{duration(summary['total_processing_time'])}, {duration(summary['average_time_per_image'])} an image, "
            f"{summary['images_per_hour']:,.0f} images an hour, {summary['throughput_mb_per_s']:,.0f} MB/s"
        ),
    )
    yield (
        "read",
        (f"{format_size_bytes(summary['source_bytes'])} stored, {format_size_bytes(summary['raw_bytes'])} decoded"),
    )
    outputs = report["outputs"]
    written = counted(summary[f"{outputs}_written"], outputs.removesuffix("s"))
    yield "written", f"{format_size_bytes(summary['written_bytes'])} in {written}"
    if outputs == "chips":
        yield from told_chips(report)
