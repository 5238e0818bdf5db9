# SPDX-License-Identifier: Apache-2.0
"""How far a dataset is, from what its stages left."""

from __future__ import annotations

from tilewright.dataset.config import DatasetConfig
from tilewright.dataset.download import download_status
from tilewright.dataset.embed import embed_status
from tilewright.dataset.extract import extract_status
from tilewright.dataset.hdf5_file import groups, valid_images
from tilewright.dataset.image_table import ImageTable
from tilewright.dataset.index import index_status
from tilewright.dataset.neighbours import neighbours_status
from tilewright.dataset.stage import StageStatus

__all__ = ["status"]


def status(config: DatasetConfig) -> list[StageStatus]:
    """Tell how far each stage is; nothing is changed, and no image is read.

    Raises
    ------
    CorruptError
        If a file of the dataset is damaged.
    """
    described = ImageTable.described(config.parquet_path)
    embedded = embed_status(config, None if described is None else described["rows"])
    archives = [download_status(config), extract_status(config)]
    if embedded.status == "complete":
        archives = [_no_more_needed(stage) for stage in archives]
    return [
        *archives,
        index_status(config),
        _file_status(config),
        embedded,
        neighbours_status(config),
        _images_status(config),
    ]


def _no_more_needed(stage: StageStatus) -> StageStatus:
    """Tell of archives that may be gone: all that comes of them is there."""
    if stage.status == "complete":
        return stage
    return StageStatus(stage.name, "complete", "no archive is needed any more", remaining=0, unit=stage.unit)


def _file_status(config: DatasetConfig) -> StageStatus:
    there = groups(config.hdf5_path)
    if there is None:
        return StageStatus("hdf5", "pending", f"{config.hdf5_path} does not exist")
    return StageStatus("hdf5", "complete", f"contains groups: {', '.join(there)}")


def _images_status(config: DatasetConfig) -> StageStatus:
    valid = valid_images(config.hdf5_path)
    if valid is None:
        return StageStatus("images", "pending", "known when all are embedded")
    return StageStatus("images", "complete", f"{valid:,} valid images")
