# SPDX-License-Identifier: Apache-2.0
"""Image datasets: archives to downloads, images, an index, embeddings and neighbours, surviving every preemption.

Each stage is idempotent: it does what is not done yet, and leaves nothing half done under its name. Needs
``pip install 'tilewright[dataset]'``.
"""

from __future__ import annotations

from tilewright.extras import extra

with extra("dataset"):
    from tilewright.dataset.config import DatasetConfig, read_config
    from tilewright.dataset.download import download
    from tilewright.dataset.embed import embed
    from tilewright.dataset.extract import extract
    from tilewright.dataset.index import index
    from tilewright.dataset.neighbours import nearest_targets, neighbours
    from tilewright.dataset.run import STAGES, run, run_stage
    from tilewright.dataset.stage import StageReport, StageStatus
    from tilewright.dataset.status import status

__all__ = [
    "STAGES",
    "DatasetConfig",
    "StageReport",
    "StageStatus",
    "download",
    "embed",
    "extract",
    "index",
    "nearest_targets",
    "neighbours",
    "read_config",
    "run",
    "run_stage",
    "status",
]
