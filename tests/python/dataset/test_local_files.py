# SPDX-License-Identifier: Apache-2.0
"""Archives on this machine, named by file:// addresses."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from tilewright.dataset import DatasetConfig, download

from .archives import tree

Configured = Callable[..., DatasetConfig]


def content_of(seed: int, size: int = 300_000) -> bytes:
    return random.Random(seed).randbytes(size)


def test_files_of_this_machine(config_of: Configured, tmp_path: Path):
    folder = tmp_path / "a disk#1"
    folder.mkdir()
    (folder / "0001.tar").write_bytes(content_of(1))
    (folder / "100%.tar").write_bytes(content_of(2))
    manifest = f"{folder.as_uri()}/0001.tar\n{(folder / '100%.tar').as_uri()}\n{folder.as_uri()}/missing.tar"
    config = config_of(manifest)
    report = download(config)
    assert (report.done, list(report.failed)) == (2, ["missing.tar"])
    assert "missing.tar: cannot open for reading: No such file" in report.failed["missing.tar"]
    assert tree(config.raw_dir) == {"0001.tar": content_of(1), "100%.tar": content_of(2)}
    source, copy = folder / "0001.tar", config.raw_dir / "0001.tar"
    assert copy.stat().st_mtime_ns == source.stat().st_mtime_ns


def test_archives_that_lie_where_they_are_wanted(config_of: Configured, tmp_path: Path):
    config = config_of(f"{(tmp_path / 'archives/0001.tar').as_uri()}")
    config.raw_dir.mkdir()
    (config.raw_dir / "0001.tar").write_bytes(content_of(1))
    assert download(config).kept == 1
    assert tree(config.raw_dir) == {"0001.tar": content_of(1)}
