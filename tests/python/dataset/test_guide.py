# SPDX-License-Identifier: Apache-2.0
"""The guide says what the program does: keys and their defaults, what stands in the HDF5 file, how to read it."""

import re
import subprocess
import sys
from dataclasses import MISSING, fields
from pathlib import Path

import h5py
import pytest
import yaml

from tilewright.dataset import DatasetConfig, embed, index, neighbours, read_config

from .made_dataset import lay_out
from .small_backbone import write_backbone

GUIDE = (Path(__file__).parents[3] / "docs/guide/preprocessing.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def made(folder):
    """A dataset in the guide's own folders."""
    config = DatasetConfig(model=write_backbone(folder / "backbone.onnx"))
    lay_out(config.input_dir, {75: 30, 76: 30})
    for stage in (index, embed, neighbours):
        assert stage(config).complete
    return config


def test_every_key_stands_there_with_its_default():
    documented = dict(re.findall(r"^\| `(\w+)` \| ([^|]*?) ?\|", GUIDE, re.MULTILINE))
    defaults = {
        field.name: "" if field.default is None else str(field.default)
        for field in fields(DatasetConfig)
        if field.default is not MISSING
    }
    assert {name: documented.get(name) for name in defaults} == defaults


def test_the_configuration_can_be_read(tmp_path):
    (block,) = blocks("yaml")
    (tmp_path / "config.yaml").write_text(block)
    config = read_config(tmp_path / "config.yaml")
    assert str(config.checkpoint_uri) == yaml.safe_load(block)["data"]["checkpoint_uri"]


def test_the_file_holds_what_the_table_says(made):
    documented = {}
    for path, shape, kind in re.findall(r"^\| `([^`]+)` \| \(([^)]*)\) \| (\w+) \|", GUIDE, re.MULTILINE):
        before, _, names = path.rstrip("}").partition("{")
        for name in names.split(",") if names else [""]:
            documented[before + name] = (len([side for side in shape.split(",") if side]), kind)
    held = {}

    def take(name, item):
        if isinstance(item, h5py.Dataset):
            kind = "text" if h5py.check_string_dtype(item.dtype) else str(item.dtype)
            held[name] = (len(item.shape), kind)

    with h5py.File(made.hdf5_path) as file:
        file.visititems(take)
        assert all(f"`{name}`" in GUIDE for name in file.attrs)
    assert documented == held


def test_the_file_is_read_as_the_guide_reads_it(made):
    (block,) = [block for block in blocks("python") if "h5py" in block]
    check = "assert len(nearest) == len(distances) > 0 < distances[0] <= distances[-1] and len(embeddings) == len(rows)"
    done = subprocess.run([sys.executable, "-c", f"{block}\n{check}"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
