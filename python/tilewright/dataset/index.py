# SPDX-License-Identifier: Apache-2.0
"""Stage index: annotations and images of a folder become rows, splits and a file for training to read."""

from __future__ import annotations

import csv
import io
import logging
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tilewright import _core
from tilewright.dataset.annotation import Annotation, AnnotationError, parse_annotation
from tilewright.dataset.config import DatasetConfig
from tilewright.dataset.hdf5_file import index_identity, write_index
from tilewright.dataset.image_table import ImageTable
from tilewright.dataset.input_folder import changed_inputs, list_input, seen_inputs
from tilewright.dataset.splits import split_targets
from tilewright.dataset.stage import OnProgress, StageReport, StageStatus, no_progress
from tilewright.errors import CorruptError, InvalidArgumentError, NotFoundError

__all__ = ["index", "index_status", "indexed", "splits_of"]

_log = logging.getLogger(__name__)
_IMAGE_SUFFIXES = (".jpg", ".jpeg", ".JPG", ".JPEG")


def index(config: DatasetConfig, *, rebuild: bool = False, on_progress: OnProgress = no_progress) -> StageReport:
    """Read the annotations below ``input_dir``, and write the index to ``parquet_path`` and ``hdf5_path``.

    What cannot be used is named in ``<work_dir>/rejected.csv``, with the reason.

    Parameters
    ----------
    config
        Of the dataset.
    rebuild
        Make an index anew where there is one of another input or of other options.
    on_progress
        Told the annotations read.

    Returns
    -------
    StageReport
        Of the annotations; those that cannot be used are ``damaged``.

    Raises
    ------
    NotFoundError
        If there is no annotation.
    CorruptError
        If none can be used.
    InvalidArgumentError
        If there is an index of another input, or made otherwise; the message says in what it differs.
    """
    before = ImageTable.described(config.parquet_path)
    if before is not None and not rebuild:
        changed = _changed(before, config)
        if changed:
            raise InvalidArgumentError(
                f"{config.parquet_path}: was made of something else: {'; '.join(changed)}; `--rebuild` makes it anew",
                str(config.parquet_path),
            )
        if index_identity(config.hdf5_path) != _identity(before):
            table = ImageTable.read(config.parquet_path)
            write_index(config.hdf5_path, table, splits_of(table, config), _identity(before))
        return StageReport("index", found=before["annotations"], kept=before["annotations"])
    inputs = seen_inputs(config)
    rows, rejected, found = _read_annotations(config.input_dir, on_progress)
    _write_rejected(config.work_dir / "rejected.csv", rejected)
    if found == 0:
        raise NotFoundError(f"{config.input_dir}: there is no annotation (*.txt) in it", str(config.input_dir))
    if not rows:
        name, reason = next(iter(rejected.items()))
        raise CorruptError(
            f"{config.input_dir}: none of its {found:,} annotations can be used; the first, {name}: {reason}",
            str(config.input_dir),
        )
    for name, reason in rejected.items():
        _log.warning("%s: %s", name, reason)
    table = _sampled(ImageTable.of_rows(rows), config)
    described = table.described_by({"inputs": inputs, "options": _options(config), "annotations": found})
    write_index(config.hdf5_path, table, splits_of(table, config), _identity(described))
    table.write(config.parquet_path, described)
    return StageReport("index", found=found, done=found, damaged=rejected)


def indexed(config: DatasetConfig) -> dict[str, Any]:
    """Tell of the index without reading it: ``"fingerprint"`` of its rows, how many ``"rows"`` and ``"targets"``.

    Raises
    ------
    NotFoundError
        If there is none yet.
    """
    described = ImageTable.described(config.parquet_path)
    if described is None or index_identity(config.hdf5_path) != _identity(described):
        raise NotFoundError(
            f"{config.hdf5_path}: there is no index yet; `tilewright dataset index` makes it", str(config.hdf5_path)
        )
    return described


def index_status(config: DatasetConfig) -> StageStatus:
    """Tell whether the index is there."""
    described = ImageTable.described(config.parquet_path)
    if described is None:
        return StageStatus("metadata", "pending", f"{config.parquet_path} does not exist")
    if index_identity(config.hdf5_path) != _identity(described):
        return StageStatus("metadata", "pending", f"{config.hdf5_path} does not hold it")
    if changed := _changed(described, config):
        return StageStatus("metadata", "error", f"made of something else: {'; '.join(changed)}")
    details = f"{described['rows']:,} rows / {described['targets']:,} targets"
    return StageStatus("metadata", "complete", details, remaining=0, unit="annotations")


def splits_of(table: ImageTable, config: DatasetConfig) -> dict[str, npt.NDArray[np.int64]]:
    """Share out the targets of an index."""
    return split_targets(np.unique(table.target_keys), config.val_size, config.test_size, config.seed)


def _identity(described: dict[str, Any]) -> dict[str, Any]:
    return {"rows": described["fingerprint"], "options": described["options"]}


def _options(config: DatasetConfig) -> dict[str, Any]:
    return {name: getattr(config, name) for name in ("n_samples", "n_images", "seed", "val_size", "test_size")}


def _changed(before: dict[str, Any], config: DatasetConfig) -> list[str]:
    options = _options(config)
    changed = [
        f"{name} was {before['options'].get(name)}, is {value}"
        for name, value in options.items()
        if before["options"].get(name) != value
    ]
    return changed + changed_inputs(before["inputs"], config)


def _read_annotations(
    root: Path, on_progress: OnProgress
) -> tuple[list[tuple[str, str, int, Annotation]], dict[str, str], int]:
    """Give rows, the reasons of those rejected by path, and the number of annotations found."""
    rows: list[tuple[str, str, int, Annotation]] = []
    rejected: dict[str, str] = {}
    seen: dict[tuple[int, int, int, int], str] = {}
    found = 0
    for folder, files in list_input(root):
        for name in sorted(files):
            if not name.lower().endswith(".txt"):
                continue
            found += 1
            if found % 1000 == 0:
                on_progress(found, 0, "annotations")
            subpath = folder.as_posix()
            stem = name[: -len(".txt")]
            here = f"{subpath}/{name}"
            image = next(
                (stem + s for suffix in _IMAGE_SUFFIXES for s in (suffix, suffix.upper()) if stem + s in files), None
            )
            try:
                told = parse_annotation((root / folder / name).read_text("utf-8"))
                if image is None:
                    raise AnnotationError("has no image beside it (.jpg or .jpeg)")
                ids = (told.dataset_id, told.target_id, told.patch_id, told.street_view_id)
                if ids in seen:
                    raise AnnotationError(f"is the same picture of the same target as {seen[ids]}")
            except UnicodeDecodeError:
                rejected[here] = "is no text in UTF-8"
            except AnnotationError as error:
                rejected[here] = str(error)
            else:
                seen[ids] = here
                rows.append((subpath, image, files[image], told))
    on_progress(found, found, "annotations")
    return rows, rejected, found


def _write_rejected(path: Path, rejected: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\n")
    table.writerow(("annotation", "reason"))
    table.writerows(rejected.items())
    _core.write_bytes(path, written.getvalue().encode())


def _sampled(table: ImageTable, config: DatasetConfig) -> ImageTable:
    """Draw as the configuration asks; the draw is that of the same seed everywhere."""
    generator = np.random.default_rng(config.seed)
    if config.n_samples is not None:
        targets = np.unique(table.target_keys)
        _require_enough(config.n_samples, len(targets), "n_samples", "targets")
        drawn = generator.choice(targets, config.n_samples, replace=False)
        return table.taken(np.flatnonzero(np.isin(table.target_keys, drawn)))
    if config.n_images is not None:
        _require_enough(config.n_images, len(table), "n_images", "images")
        return table.taken(np.sort(generator.choice(len(table), config.n_images, replace=False)))
    return table


def _require_enough(wanted: int, there: int, name: str, unit: str) -> None:
    if wanted > there:
        raise InvalidArgumentError(f"data.{name}: is {wanted:,}, but there are {there:,} {unit}", f"data.{name}")
