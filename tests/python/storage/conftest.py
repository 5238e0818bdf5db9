# SPDX-License-Identifier: Apache-2.0
"""Stores that run on this machine, and images to lay in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tilewright import raster

from .store_servers import azure_address, s3_address
from .stores import STORES, Store

__all__ = ["azure_address", "s3_address"]


@pytest.fixture(params=["s3", "gs", "az"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Store:
    """Give each store in turn, with the environment that leads to it and a place of its own in it."""
    address = request.getfixturevalue("azure_address" if request.param == "az" else "s3_address")
    return STORES[request.param](address, tmp_path.name, monkeypatch)


@pytest.fixture
def s3(s3_address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Store:
    """Give S3 alone."""
    return STORES["s3"](s3_address, tmp_path.name, monkeypatch)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Make a few TIFFs of several kinds, in folders."""
    folder = tmp_path / "images"
    random = np.random.default_rng(1)
    for name, bands, dtype in (("a.tif", 3, np.uint8), ("deep/b.tif", 4, np.uint16), ("deep/er/c.tif", 1, np.float32)):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        samples = (random.random((bands, 300, 420)) * 200).astype(dtype)
        raster.write(path, samples)
    return folder
