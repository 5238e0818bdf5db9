# SPDX-License-Identifier: Apache-2.0
"""What commands that run a batch say when it has ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tilewright.batch import BatchReport, Shard
from tilewright.cli.json_logs import JsonLogs
from tilewright.cli.progress import counted, told
from tilewright.places import Place
from tilewright.printable import printable
from tilewright.report_page import duration
from tilewright.tile import VerifyResult

__all__ = ["show_failures", "show_summary", "tell_problems", "told_chips", "where_to_look"]


def where_to_look(output: Place, shard: Shard) -> str:
    """Tell where the report lies, or of one worker of several how to get it."""
    if shard.count == 1:
        return f"report  {printable(output / 'batch_report.html')}"
    return f"worker  {shard.index} of {shard.count}; when all are done: tilewright report {printable(output)}"


def tell_problems(logs: JsonLogs, proofs: Iterable[VerifyResult]) -> None:
    """Log each problem of tesselations that are not proven."""
    for proof in proofs:
        for problem in proof.problems:
            logs.write(
                "ERROR",
                f"not proven: {proof.manifest_path}: {problem.filename}: {problem.message}",
                source=str(proof.manifest_path),
                file=problem.filename,
                code=problem.code,
            )


def show_failures(report: BatchReport) -> None:
    """Print which tasks failed, and why."""
    for outcome in report.outcomes:
        if outcome.status == "failed":
            print(f"failed  {told(outcome.key, outcome.message)}")


def show_summary(report: BatchReport, task: str = "image") -> None:
    """Print how many tasks ended how, and how fast."""
    found = report.done + report.skipped + report.failed + report.cancelled
    print(
        f"{counted(found, task)}: {report.done:,} done, {report.skipped:,} skipped, {report.failed:,} failed"
        + (f", {report.cancelled:,} cancelled" if report.cancelled else "")
        + f" in {duration(report.seconds)}"
        + (f" ({report.raw_bytes / report.seconds / 1e6:,.0f} MB/s)" if report.done and report.seconds > 0 else "")
        + (f"; {counted(report.folders_skipped, 'folder')} passed over" if report.folders_skipped else "")
    )


def told_chips(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Tell how many chips there are, in which folders, and whose; of a run that could not count them what it wrote."""
    details = report.get("details")
    if details is None:
        yield "chips", f"{report['batch_summary']['chips_written']:,} written"
        return
    skipped = details["chips_skipped"]
    yield "chips", f"{details['chips']:,}" + (f"; {skipped:,} without a place" if skipped else "")
    for title in ("folder", "annotator"):
        if counts := details[f"chips_per_{title}"]:
            yield f"{title}s", ", ".join(f"{name.removeprefix('annotator_')}: {n:,}" for name, n in counts.items())
