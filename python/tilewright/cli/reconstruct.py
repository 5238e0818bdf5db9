# SPDX-License-Identifier: Apache-2.0
"""``tilewright reconstruct``: slices back into the image they came from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tilewright import tile
from tilewright.cli.exits import command
from tilewright.cli.json_output import print_json
from tilewright.cli.options import Compression, Json, Workers
from tilewright.core import format_size_bytes

__all__ = ["reconstruct"]


@command
def reconstruct(
    metadata: Annotated[Path, typer.Argument(help="metadata.json, or the folder that holds it.", show_default=False)],
    output: Annotated[
        Path, typer.Argument(help="The image to write: .tif, or .png where PNG holds it.", show_default=False)
    ],
    compression: Annotated[Compression, typer.Option(help="Time for size; all are lossless.")] = Compression.fast,
    workers: Workers = 0,
    json_output: Json = False,
) -> int:
    """Put a tesselated image together again, bit for bit; every slice is proven on the way."""
    written = tile.reconstruct(metadata, output, compression=compression.value, workers=workers)
    if json_output:
        print_json(written)
    else:
        print(f"{written.path}: {format_size_bytes(written.size_bytes)}, every slice proven")
    return 0
