# SPDX-License-Identifier: Apache-2.0
"""``tilewright report``: the report of a batch, again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from tilewright.cli.exits import FAILED, command
from tilewright.cli.options import Json
from tilewright.report_page import duration, write_report_page

__all__ = ["report"]


@command
def report(
    output: Annotated[Path, typer.Argument(help="The output folder of a batch.", show_default=False)],
    json_output: Json = False,
) -> int:
    """Show what a batch did, and write batch_report.html anew. Exit code 1 if images failed."""
    source = output / "batch_report.json"
    if not source.is_file():
        raise typer.BadParameter(f"{source} does not exist; is {output} the output folder of a batch?")
    text = source.read_text(encoding="utf-8")
    summary = json.loads(text)["batch_summary"]
    page = write_report_page(output)
    if json_output:
        print(text)
    else:
        for key, value in summary.items():
            shown = duration(value) if key.endswith(("_time", "_per_image")) else f"{value:,}"
            print(f"{key.replace('_', ' '):24} {shown}")
        print(f"{'page':24} {page}")
    return FAILED if summary["errors"] else 0
