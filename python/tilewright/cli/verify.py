# SPDX-License-Identifier: Apache-2.0
"""``tilewright verify``: proves slices against their hashes."""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from tilewright import tile
from tilewright.cli.byte_bar import byte_bar
from tilewright.cli.exits import DIFFERENT, command
from tilewright.cli.json_output import print_json
from tilewright.cli.options import Json, ShowProgress, Workers
from tilewright.cli.progress import counted
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
        list[Path],
        typer.Argument(metavar="PATH...", help="Manifests, or folders with any number of them.", show_default=False),
    ],
    source: Annotated[
        SourceCheck, typer.Option(help="Prove the samples against the originals too.")
    ] = SourceCheck.never,
    workers: Workers = 0,
    json_output: Json = False,
    progress: ShowProgress = None,
) -> int:
    """Prove that slices are what was cut: files, samples, coverage. Needs no original."""
    results = []
    for path in paths:
        with byte_bar(progress, f"proving {path}", None) as shown:
            results += tile.verify_folder(path, source=source.value, workers=workers, progress=shown)
    if json_output:
        print_json([{"manifest_path": r.manifest_path, "ok": r.ok, **r.to_dict()} for r in results])
    else:
        for result in results:
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
    return 0 if all(r.ok for r in results) else DIFFERENT
