# SPDX-License-Identifier: Apache-2.0
"""The plan of a batch as a table, for ``--dry-run``."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tilewright import batch
from tilewright.cli.progress import counted
from tilewright.core import format_size_bytes
from tilewright.printable import printable

__all__ = ["show_plan"]

DRY_RUN_ROWS = 40
WIDE = 10_000


def show_plan(plan: batch.BatchPlan, *, as_json: bool) -> None:
    """Print the images that would be cut, and the totals; as JSON every one of them."""
    if as_json:
        print(plan.to_json())
        return
    table = Table(box=None, pad_edge=False)
    for title, justify in (
        ("image", "left"),
        ("size", "right"),
        ("samples", "left"),
        ("slices", "right"),
        ("", "left"),
    ):
        table.add_column(title, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for image in plan.images[:DRY_RUN_ROWS]:
        info = image.info
        size = f"{info.size.width_px} x {info.size.height_px}" if info else ""
        samples = f"{info.bands} x {info.type}" if info else ""
        note = image.skip_reason.replace("_", " ") if image.skip_reason else (str(image.error or ""))
        # A bare str would be read for markup: names may hold brackets.
        name, remark = Text(printable(image.source)), Text(printable(note))
        table.add_row(name, size, samples, f"{image.slices:,}" if image.slices else "", remark)
    # In a pipe nothing is folded: whatever reads it finds an image a line.
    (Console() if sys.stdout.isatty() else Console(width=WIDE)).print(table)
    if len(plan.images) > DRY_RUN_ROWS:
        print(f"… and {len(plan.images) - DRY_RUN_ROWS:,} more (--json lists all)")
    print(
        f"{counted(len(plan.images), 'image')} found, {counted(plan.slices, 'slice')}, "
        f"{format_size_bytes(plan.raw_bytes)} of samples; "
        f"{counted(len(plan.skipped_folders), 'folder')} passed over"
    )
