# SPDX-License-Identifier: Apache-2.0
"""Stage embed: every image of the index through the backbone, once."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tilewright.dataset.backbone import Backbone
from tilewright.dataset.config import DatasetConfig
from tilewright.dataset.embedding_parts import EmbeddingParts
from tilewright.dataset.hdf5_file import embeddings_identity, write_embeddings
from tilewright.dataset.image_loader import ImageLoader, LoadedImages
from tilewright.dataset.image_table import ImageTable
from tilewright.dataset.index import indexed
from tilewright.dataset.stage import OnProgress, StageReport, StageStatus, no_progress, read_record, write_record
from tilewright.errors import InvalidArgumentError

__all__ = ["embed", "embed_status"]

_log = logging.getLogger(__name__)


def embed(
    config: DatasetConfig,
    *,
    rebuild: bool = False,
    on_progress: OnProgress = no_progress,
    on_flush: Callable[[], object] = lambda: None,
) -> StageReport:
    """Embed the images that have no embedding yet, and write all to ``hdf5_path`` when there is none left.

    A kill loses the images since the last flush, ``flush_interval`` at most. Reading that fails and may pass is tried
    again; what still cannot be read makes the stage fail, and is tried by the next run. Images that are damaged have no
    embedding: the mask says so, and ``/images/unreadable_*`` name them.

    Parameters
    ----------
    config
        Of the dataset.
    rebuild
        Embed anew what was embedded by another model, with other options, or of other rows.
    on_progress
        Told the images done.
    on_flush
        Called after each flush.

    Returns
    -------
    StageReport
        Of the images; those damaged are ``damaged``.

    Raises
    ------
    NotFoundError
        If there is no index, or no model.
    UnsupportedError
        If the model takes no images or gives no lists of numbers.
    InvalidArgumentError
        If model, options or rows are not those of the embeddings that are there; the message says what changed.
    """
    described = indexed(config)
    backbone = Backbone(config)
    identity = {**backbone.identity, "rows": described["fingerprint"]}
    folder = _folder(config, identity)
    _require_unchanged(config, identity, rebuild)
    if embeddings_identity(config.hdf5_path) == identity:
        shutil.rmtree(folder, ignore_errors=True)
        return StageReport("embed", found=described["rows"], kept=described["rows"])
    write_record(_record_path(config), identity)
    table = ImageTable.read(config.parquet_path)
    parts = EmbeddingParts(folder, len(table))
    missing = np.flatnonzero(~parts.done)
    kept = len(table) - len(missing)
    failed: dict[str, str] = {}
    paths = _paths(table, config.input_dir)
    unflushed = _Unflushed(parts)
    loader = ImageLoader(backbone.size_px, backbone.mean, backbone.std, config.num_workers, config.retries)
    for rows, images in _loaded_ahead(loader, paths, missing, backbone.batch_size):
        embeddings = backbone.embed(images.pixels) if len(images.pixels) else np.empty((0, 0), np.float32)
        finite = np.isfinite(embeddings).all(axis=1)
        unreadable = {int(rows[place]): why for place, why in images.unreadable.items()}
        readable = rows[images.places]
        unreadable |= {int(row): "the model gives no finite numbers for it" for row in readable[~finite]}
        failed |= {paths(int(rows[place])): why for place, why in images.failed.items()}
        unflushed.add(readable[finite], embeddings[finite], unreadable)
        if unflushed.count >= config.flush_interval:
            unflushed.write()
            on_flush()
        on_progress(int(parts.done.sum()) + unflushed.count, len(table), "images")
    unflushed.write()
    damaged = {paths(row): why for row, why in sorted(parts.unreadable.items())}
    for name, why in (failed | damaged).items():
        _log.warning("%s: %s", name, why)
    done = len(missing) - len(failed)
    if not failed:
        shape = (len(table), backbone.output_size)
        write_embeddings(config.hdf5_path, parts.blocks(backbone.output_size), shape, parts.unreadable, identity)
        # All of it is in the file.
        for old in config.work_dir.glob("embeddings-*"):
            shutil.rmtree(old)
    return StageReport("embed", found=len(table), done=done, kept=kept, failed=failed, damaged=damaged)


def embed_status(config: DatasetConfig, rows: int | None) -> StageStatus:
    """Tell how many images have an embedding.

    Parameters
    ----------
    config
        Of the dataset.
    rows
        Of the index; None if there is none.
    """
    name = "backbone_embeddings"
    if rows is None:
        return StageStatus(name, "pending", "there is no index yet")
    if embeddings_identity(config.hdf5_path) is not None:
        return StageStatus(name, "complete", f"{rows:,}/{rows:,} rows complete", remaining=0, unit="images")
    identity = read_record(_record_path(config))
    if identity is None or not _folder(config, identity).is_dir():
        return StageStatus(name, "pending", f"0/{rows:,} rows complete", remaining=rows, unit="images")
    parts = EmbeddingParts(_folder(config, identity), rows)
    done = int(parts.done.sum())
    details = f"{done:,}/{rows:,} rows complete"
    left = rows - done
    return StageStatus(name, "in-progress", details, left, "images", parts.seconds_for(left))


class _Unflushed:
    """What was embedded since the last flush."""

    def __init__(self, parts: EmbeddingParts) -> None:
        self._parts = parts
        self._clear()

    def _clear(self) -> None:
        self.count = 0
        self._rows: list[npt.NDArray[np.int64]] = []
        self._embeddings: list[npt.NDArray[np.float32]] = []
        self._unreadable: dict[int, str] = {}

    def add(self, rows: npt.NDArray[np.int64], embeddings: npt.NDArray[np.float32], unreadable: dict[int, str]) -> None:
        if len(rows):
            self._rows.append(rows)
            self._embeddings.append(embeddings)
        self._unreadable |= unreadable
        self.count += len(rows) + len(unreadable)

    def write(self) -> None:
        if self.count:
            rows = np.concatenate([np.empty(0, np.int64), *self._rows])
            embeddings = np.concatenate(self._embeddings) if self._embeddings else np.empty((0, 0), np.float32)
            self._parts.add(rows, embeddings, self._unreadable)
        self._clear()


def _paths(table: ImageTable, root: Path) -> Callable[[int], str]:
    subpaths, names = table.texts("Subpath"), table.texts("Image filename")
    return lambda row: str(root / subpaths[row] / names[row])


def _loaded_ahead(
    loader: ImageLoader, paths: Callable[[int], str], rows: npt.NDArray[np.int64], batch_size: int
) -> Iterator[tuple[npt.NDArray[np.int64], LoadedImages]]:
    """Give rows and their images, a batch at a time; the next is decoded while the caller works on one."""
    batches = [rows[first : first + batch_size] for first in range(0, len(rows), batch_size)]
    with ThreadPoolExecutor(1) as ahead:
        following = None
        for number, batch in enumerate(batches):
            current = following or ahead.submit(loader.load, [paths(int(row)) for row in batch])
            following = None
            if number + 1 < len(batches):
                following = ahead.submit(loader.load, [paths(int(row)) for row in batches[number + 1]])
            yield batch, current.result()


def _record_path(config: DatasetConfig) -> Path:
    return config.work_dir / "embed.json"


def _folder(config: DatasetConfig, identity: dict[str, Any]) -> Path:
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
    return config.work_dir / f"embeddings-{digest[:16]}"


def _require_unchanged(config: DatasetConfig, identity: dict[str, Any], rebuild: bool) -> None:
    before = embeddings_identity(config.hdf5_path) or read_record(_record_path(config))
    if rebuild or before is None or before == identity:
        return
    told = {"model": "the model's file", "rows": "the index's rows"}
    changed = [
        told[key] if key in told else f"{key} (was {before.get(key)}, is {value})"
        for key, value in identity.items()
        if before.get(key) != value
    ]
    raise InvalidArgumentError(
        f"{config.hdf5_path}: there are embeddings of something else; changed since: {', '.join(changed)}. "
        "`--rebuild` makes them anew",
        str(config.hdf5_path),
    )
