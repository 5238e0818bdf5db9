# SPDX-License-Identifier: Apache-2.0
"""Stage neighbours: of each target those nearest to it on the Earth, within its split."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from tilewright.dataset.config import DatasetConfig
from tilewright.dataset.hdf5_file import index_identity, neighbours_identity, neighbours_shapes, write_neighbours
from tilewright.dataset.image_table import ImageTable
from tilewright.dataset.index import indexed, splits_of
from tilewright.dataset.splits import SPLITS
from tilewright.dataset.stage import OnProgress, StageReport, StageStatus, no_progress

__all__ = ["EARTH_RADIUS_M", "nearest_targets", "neighbours", "neighbours_status"]

#: Mean radius of the Earth, (2a + b) / 3 of GRS 80.
EARTH_RADIUS_M = 6371008.8
_BLOCK_TARGETS = 65536


def neighbours(config: DatasetConfig, *, on_progress: OnProgress = no_progress) -> StageReport:
    """Find the ``knn_k`` nearest targets of each target of the same split, and write them to ``hdf5_path``.

    A target is where the first of its images tells. All is written at once, or nothing is.

    Returns
    -------
    StageReport
        Of the targets.

    Raises
    ------
    NotFoundError
        If there is no index.
    """
    targets = indexed(config)["targets"]
    identity = _identity(config)
    if neighbours_identity(config.hdf5_path) == identity:
        return StageReport("neighbours", found=targets, kept=targets)
    table = ImageTable.read(config.parquet_path)
    keys, first_rows = np.unique(table.target_keys, return_index=True)
    latitudes = table.numbers("Target Point Latitude")[first_rows]
    longitudes = table.numbers("Target Point Longitude")[first_rows]
    found = {}
    done = 0
    for split, drawn in splits_of(table, config).items():
        places = np.searchsorted(keys, np.sort(drawn))
        found[split] = nearest_targets(latitudes[places], longitudes[places], config.knn_k)
        done += len(places)
        on_progress(done, len(keys), "targets")
    write_neighbours(config.hdf5_path, found, identity)
    return StageReport("neighbours", found=len(keys), done=len(keys))


def nearest_targets(
    latitudes: npt.NDArray[np.float64], longitudes: npt.NDArray[np.float64], k: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """Find the nearest of points on a sphere, exactly: a k-d tree of unit vectors, as chords grow with their arcs.

    Parameters
    ----------
    latitudes, longitudes
        Degrees, of each point.
    k
        How many neighbours; fewer where there are not so many other points.

    Returns
    -------
    indices : numpy.ndarray
        Shape (point, neighbour), int32: the nearest first, of those equally far the one with the least index; never
        the point itself. Which of those equally far are left out is not said.
    distances : numpy.ndarray
        The same shape, float32: along the great circle, metres.

    Examples
    --------
    >>> indices, distances = nearest_targets(np.array([0.0, 0.0, 0.0]), np.array([179.0, -179.0, 99.0]), 1)
    >>> indices.ravel().tolist(), round(float(distances[0, 0]))
    ([1, 0, 0], 222390)
    """
    count = len(latitudes)
    k = min(k, max(count - 1, 0))
    indices = np.empty((count, k), np.int32)
    distances = np.empty((count, k), np.float32)
    if k == 0:
        return indices, distances
    vectors = _unit_vectors(latitudes, longitudes)
    tree = cKDTree(vectors)
    # Points that lie together are asked for together: they meet the same nodes, which stay in the cache.
    order = tree.indices
    for first in range(0, count, _BLOCK_TARGETS):
        rows = order[first : first + _BLOCK_TARGETS]
        chords, nearest = tree.query(vectors[rows], k=k + 1, workers=-1)
        tied = np.flatnonzero((np.diff(chords, axis=1) == 0).any(axis=1))
        nearest[tied] = np.take_along_axis(nearest[tied], np.lexsort((nearest[tied], chords[tied])), axis=1)
        others = nearest != rows[:, None]
        # Of many points at one place, the point itself may be none of those found: then the last is one too many.
        others[others.all(axis=1), -1] = False
        indices[rows] = nearest[others].reshape(-1, k)
        arcs = 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(chords[others].reshape(-1, k) / 2, 1))
        distances[rows] = arcs
    return indices, distances


def neighbours_status(config: DatasetConfig) -> StageStatus:
    """Tell whether the file has the neighbours of its rows."""
    if neighbours_identity(config.hdf5_path) != _identity(config):
        return StageStatus("geo_knn", "pending", ", ".join(f"{split}:missing" for split in SPLITS))
    details = ", ".join(f"{split}:{rows}x{k}" for split, (rows, k) in neighbours_shapes(config.hdf5_path).items())
    return StageStatus("geo_knn", "complete", details, remaining=0, unit="targets")


def _identity(config: DatasetConfig) -> dict[str, Any]:
    return {"index": index_identity(config.hdf5_path), "k": config.knn_k}


def _unit_vectors(latitudes: npt.NDArray[np.float64], longitudes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    phi, lam = np.radians(latitudes), np.radians(longitudes)
    return np.column_stack((np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)))
