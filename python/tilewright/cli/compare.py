# SPDX-License-Identifier: Apache-2.0
"""``tilewright compare``: two rasters, sample by sample."""

from __future__ import annotations

from typing import Annotated

from tilewright import raster, tile
from tilewright.cli.byte_bar import byte_bar
from tilewright.cli.exits import DIFFERENT, command
from tilewright.cli.json_output import print_json
from tilewright.cli.options import Json, ShowProgress, place_argument
from tilewright.places import Place
from tilewright.printable import printable

__all__ = ["compare"]


@command
def compare(
    a: Annotated[Place, place_argument("A", "A raster.")],
    b: Annotated[Place, place_argument("B", "The raster to hold against it.")],
    json_output: Json = False,
    progress: ShowProgress = None,
) -> int:
    """Compare two rasters in their own type: samples, mask, nodata, georeferencing, colours.

    The exit code is 1 if they differ.
    """
    with byte_bar(progress, "comparing", 2 * raster.info(a).raw_bytes) as shown:
        comparison = tile.compare(a, b, progress=shown)
    if json_output:
        print_json({"identical": comparison.identical, **comparison.to_dict()})
        return 0 if comparison.identical else DIFFERENT
    for name in (
        "dimensions_match",
        "types_match",
        "pixels_identical",
        "masks_identical",
        "nodata_identical",
        "georeferencing_identical",
        "color_identical",
        "metadata_identical",
    ):
        print(f"{name.replace('_', ' '):24} {'yes' if getattr(comparison, name) else 'NO'}")
    if comparison.different_samples:
        print(f"{comparison.different_samples:,} of {comparison.total_samples:,} samples differ")
    for difference in comparison.differences:
        print(f"  {printable(difference)}")
    print("identical" if comparison.identical else "different")
    return 0 if comparison.identical else DIFFERENT
