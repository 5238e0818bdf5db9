# SPDX-License-Identifier: Apache-2.0
"""``tilewright reconstruct``: slices back into the image they came from."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tilewright import tile
from tilewright.cli.byte_bar import byte_bar
from tilewright.cli.exits import FAILED, command
from tilewright.cli.json_output import print_json
from tilewright.cli.options import Compression, Json, ShowProgress, Workers, place_argument
from tilewright.core import format_size_bytes
from tilewright.errors import TilewrightError
from tilewright.places import Place, place
from tilewright.printable import printable

__all__ = ["reconstruct"]


@command
def reconstruct(
    metadata: Annotated[
        Place,
        place_argument("METADATA", "metadata.json, or the folder that holds it."),
    ],
    output: Annotated[
        Place,
        place_argument("OUTPUT", "The image to write: .tif, or .png where PNG holds it."),
    ],
    compression: Annotated[Compression, typer.Option(help="Time for size; all are lossless.")] = Compression.fast,
    workers: Workers = 0,
    json_output: Json = False,
    progress: ShowProgress = None,
) -> int:
    """Put a tesselated image together again, bit for bit; every slice is proven on the way.

    The exit code is 1 if a slice is missing or is not what was cut.
    """
    manifest = tile.read_manifest(metadata)
    try:
        with byte_bar(progress, "putting together", manifest.raster.raw_bytes) as shown:
            written = tile.reconstruct(manifest, output, compression=compression.value, workers=workers, progress=shown)
    except TilewrightError as error:
        if place(error.where).parent != manifest.folder or error.code == "invalid_argument":
            raise
        print(f"Error: {printable(error)}", file=sys.stderr)
        return FAILED
    if json_output:
        print_json(written)
    else:
        print(f"{printable(written.path)}: {format_size_bytes(written.size_bytes)}, every slice proven")
    return 0
