# SPDX-License-Identifier: Apache-2.0
"""Images and annotations on disk, as extraction leaves them."""

from __future__ import annotations

from pathlib import Path

from .archives import members_of

__all__ = ["lay_out"]


def lay_out(root: Path, datasets: dict[int, int]) -> None:
    """Write so many images of each dataset below a folder."""
    for dataset_id, images in datasets.items():
        for name, content in members_of(dataset_id, images).items():
            path = root / f"{dataset_id:04d}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
