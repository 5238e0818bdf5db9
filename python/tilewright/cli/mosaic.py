# SPDX-License-Identifier: Apache-2.0
"""``tilewright mosaic``: one COG of tiles that were made elsewhere."""

from __future__ import annotations

from typing import Annotated

import typer

from tilewright import composite
from tilewright.cli.exits import command
from tilewright.cli.json_output import print_json
from tilewright.cli.options import Json, Workers, place_argument
from tilewright.dataset_list import named_datasets
from tilewright.places import Place
from tilewright.printable import printable

__all__ = ["mosaic"]


@command
def mosaic(
    output: Annotated[Place, place_argument("OUTPUT", "The COG to write.")],
    tiles: Annotated[
        list[str],
        typer.Argument(
            metavar="TILES...", help="Rasters, patterns, folders, @list.txt, or STAC items (.json).", show_default=False
        ),
    ],
    jpeg_quality: Annotated[
        int, typer.Option("--jpeg-quality", min=0, max=100, metavar="N", help="JPEG, which loses; 0: DEFLATE.")
    ] = 0,
    allow_gaps: Annotated[
        bool, typer.Option("--allow-gaps", help="Leave void what no tile covers, instead of naming it.")
    ] = False,
    workers: Workers = 0,
    json_output: Json = False,
) -> int:
    """Put tiles together to one COG with overviews, some rows at a time.

    Where they lie is told by their geotransforms. Tiles that overlap or leave gaps are named.
    """
    written = composite.write_mosaic(
        output,
        named_datasets(tiles),
        cog=composite.CogOptions(jpeg_quality=jpeg_quality),
        allow_gaps=allow_gaps,
        workers=workers,
    )
    if json_output:
        print_json({"output": str(output), **written.to_dict()})
    else:
        print(printable(f"{output}: {written.size.width_px} x {written.size.height_px} px"))
    return 0
