# SPDX-License-Identifier: Apache-2.0
"""Cut one image, prove the slices, put them together again and compare: tesselate_one.py IMAGE FOLDER [PIECES]."""

import sys
from pathlib import Path

import tilewright as tw


def tesselate_one(image: Path, folder: Path, pieces: int) -> bool:
    manifest = tw.tesselate(image, folder / "slices", tw.PiecesLayout(pieces))
    print(f"{len(manifest.slices)} slices in {folder / 'slices'}")

    proof = tw.verify(folder / "slices", source="required")
    print(f"{proof.proven_slices} of {proof.slices} slices proven")

    tw.reconstruct(manifest, folder / "rebuilt.tif")
    comparison = tw.compare(image, folder / "rebuilt.tif")
    print(f"{comparison.different_samples} of {comparison.total_samples} samples differ")
    return proof.ok and comparison.identical


if __name__ == "__main__":
    if len(sys.argv) not in {3, 4}:
        sys.exit(__doc__)
    try:
        same = tesselate_one(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) == 4 else 8)
    except tw.TilewrightError as error:
        sys.exit(str(error))
    sys.exit(0 if same else 1)
