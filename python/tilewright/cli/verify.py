# SPDX-License-Identifier: Apache-2.0
"""``tilewright verify``: proves slices against their hashes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import Enum
from typing import Annotated

import typer

from tilewright import tile
from tilewright.cli.byte_bar import byte_bar
from tilewright.cli.exits import DIFFERENT, command
from tilewright.cli.json_logs import JsonLogs, active
from tilewright.cli.json_output import print_json
from tilewright.cli.options import Json, LogFormat, LogFormatChoice, ShowProgress, Workers, place_argument
from tilewright.cli.progress import counted
from tilewright.cli.summary import tell_problems
from tilewright.places import Place
from tilewright.printable import printable

__all__ = ["verify"]


class SourceCheck(str, Enum):
    """Whether the originals are compared as well."""

    never = "never"
    if_present = "if_present"
    required = "required"


@command
def verify(
    paths: Annotated[
        list[Place],
        place_argument("PATH...", "Manifests, or folders with any number of them."),
    ],
    source: Annotated[
        SourceCheck, typer.Option(help="Prove the samples against the originals too.")
    ] = SourceCheck.never,
    workers: Workers = 0,
    log_format: LogFormat = LogFormatChoice.text,
    json_output: Json = False,
    progress: ShowProgress = None,
) -> int:
    """Prove that slices are what was cut: files, samples, coverage. Needs no original."""
    logs = active()
    results = []
    for path in paths:
        with byte_bar(progress, f"proving {path}", None) as shown:
            results += tile.verify_folder(path, source=source.value, workers=workers, progress=shown)
    if json_output:
        print_json([{"manifest_path": r.manifest_path, "ok": r.ok, **r.to_dict()} for r in results])
    else:
        for result in () if logs else results:
            for problem in result.problems:
                line = f"{result.manifest_path}: {problem.filename}: {problem.code}: {problem.message}"
                print(printable(line), file=sys.stderr)
        proven = sum(r.proven_slices for r in results)
        total = sum(r.slices for r in results)
        failed = sum(1 for r in results if not r.ok)
        print(
            f"{proven:,} of {total:,} slices of {counted(len(results), 'image')} proven"
            + (f"; problems with {counted(failed, 'image')}" if failed else "")
        )
    code = 0 if all(r.ok for r in results) else DIFFERENT
    if logs:
        tell(logs, results, code)
    return code


def tell(logs: JsonLogs, results: Sequence[tile.VerifyResult], code: int) -> None:
    """Log each tesselation, each problem, and how it ended."""
    tell_problems(logs, results)
    for result in results:
        logs.write(
            "INFO" if result.ok else "ERROR",
            f"{'proven' if result.ok else 'not proven'}: {result.manifest_path}",
            source=str(result.manifest_path),
            slices=result.slices,
            proven_slices=result.proven_slices,
        )
    failed = sum(not result.ok for result in results)
    logs.write(
        "ERROR" if code else "INFO",
        f"verify ended with exit code {code}: {len(results) - failed:,} proven, {failed:,} not",
        exit_code=code,
        found=len(results),
        failed=failed,
    )
