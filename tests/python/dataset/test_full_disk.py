# SPDX-License-Identifier: Apache-2.0
"""Disks that are full; a limit of the size of files stands for them, which writes meet in the same way."""

import resource
import subprocess
import sys

import pytest
import yaml

from tilewright.dataset import embed, index, neighbours, read_config

from .made_dataset import lay_out
from .small_backbone import write_backbone
from .test_run import content_of


@pytest.fixture
def config_path(tmp_path):
    lay_out(tmp_path / "in", {1: 60})
    write_backbone(tmp_path / "b.onnx", numbers=400)
    told = {"input_dir": "in", "hdf5_path": "out/dataset.h5", "model": "b.onnx", "flush_interval": 20}
    path = tmp_path / "c.yaml"
    path.write_text(yaml.safe_dump({"data": told}))
    return path


def limited(config_path, stage, limit_bytes):
    """Run a stage on a disk with room for files up to a size; gives its exit code and what it told."""
    done = subprocess.run(
        [sys.executable, "-m", "tilewright", "dataset", stage, "--config", config_path.name],
        cwd=config_path.parent,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes)),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("limits", "stage"),
    [((2_000, 10_000), "index"), ((20_000, 60_000, 80_000), "embed"), ((30_000, 100_000), "neighbours")],
)
def test_is_told_and_leaves_what_there_was(config_path, monkeypatch, limits, stage):
    monkeypatch.chdir(config_path.parent)
    config = read_config(config_path)
    before = {"index": [], "embed": [index], "neighbours": [index, embed]}[stage]
    for earlier in before:
        earlier(config)
    content = content_of(config.hdf5_path) if before else None
    for limit in limits:
        code, told = limited(config_path, stage, limit)
        assert (code, told.count("\n")) == (1, 1), told
        assert told.startswith("Error: out/"), told
        assert "Traceback" not in told
        if before:
            assert content_of(config.hdf5_path) == content
        assert not list(config.hdf5_path.parent.glob(".*.part"))
    code, told = limited(config_path, stage, 1 << 30)
    assert code == 0, told
    for later in {"index": [embed, neighbours], "embed": [neighbours], "neighbours": []}[stage]:
        later(config)
    assert "metadata/knn_distances_geo_train" in content_of(config.hdf5_path)
