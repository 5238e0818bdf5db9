# SPDX-License-Identifier: Apache-2.0
"""``tilewright report``: the report of a batch, again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from tilewright.cli.exits import FAILED, command
from tilewright.cli.options import Json
from tilewright.core import format_size_bytes
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
            print(f"{key.replace('_', ' '):24} {shown(key, value)}")
        print(f"{'page':24} {page}")
    return FAILED if summary["errors"] else 0


def shown(key: str, value: Any) -> str:
    """Write a number of the summary with its unit."""
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')}: {count:,}" for name, count in value.items()) or "none"
    if key.endswith(("_time", "_per_image")):
        return duration(value)
    if key.endswith("_bytes"):
        return format_size_bytes(value)
    return f"{value:,.0f}"
