# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from store_servers import s3_address
from stores import STORES, Store

from tilewright.dataset import DatasetConfig, fetch

from .file_server import FileServer

__all__ = ["s3_address"]


@pytest.fixture
def server() -> Iterator[FileServer]:
    """Run a web server without files."""
    with FileServer() as running:
        yield running


@pytest.fixture
def config_of(tmp_path: Path) -> Callable[..., DatasetConfig]:
    """Give configurations whose files are all in the test's folder; ``manifest`` is its text."""

    def config(manifest: str | None = None, **options: object) -> DatasetConfig:
        path = None
        if manifest is not None:
            path = tmp_path / "manifest.txt"
            path.write_text(manifest)
        return DatasetConfig(
            manifest=path,
            raw_dir=tmp_path / "archives",
            input_dir=tmp_path / "raw",
            hdf5_path=tmp_path / "made" / "dataset.h5",
            **options,
        )

    return config


@pytest.fixture
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once."""
    monkeypatch.setattr(fetch, "FIRST_WAIT_S", 0.0)


@pytest.fixture
def s3(s3_address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Store:
    """Give S3, with the environment that leads to it and a place of the test's own in it."""
    return STORES["s3"](s3_address, tmp_path.name, monkeypatch)
