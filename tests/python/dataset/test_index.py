# SPDX-License-Identifier: Apache-2.0
import os
import shutil

import h5py
import numpy as np
import pyarrow.parquet as pq
import pytest

from tilewright import CorruptError, InvalidArgumentError, NotFoundError
from tilewright.dataset import index, read_config
from tilewright.dataset.image_table import ImageTable
from tilewright.dataset.index import index_status

from .archives import annotation, picture, stem_of
from .made_dataset import lay_out


@pytest.fixture
def config(config_of):
    config = config_of()
    lay_out(config.input_dir, {75: 12, 76: 9})
    return config


def hdf5_content(path):
    """Give all values of a file, by name."""
    values = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, item: values.__setitem__(name, item[()]) if isinstance(item, h5py.Dataset) else None
        )
    return values


def same(a, b):
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)


def test_layout_of_the_file(config):
    report = index(config)
    assert (report.found, report.done, report.damaged) == (21, 21, {})
    values = hdf5_content(config.hdf5_path)
    kinds = {
        "DatasetID": "int64",
        "TargetID": "int64",
        "PatchID": "int64",
        "StreetViewID": "int64",
        "Target Point Latitude": "float64",
        "Target Point Longitude": "float64",
        "Image filename": "object",
        "Subpath": "object",
    }
    assert {name: str(values[f"metadata/{name}"].dtype) for name in kinds} == kinds
    assert all(values[f"metadata/{name}"].shape == (21,) for name in kinds)
    for split in ("train", "val", "test"):
        assert values[f"splits/{split}"].dtype == np.int64
        np.testing.assert_array_equal(values[f"metadata/target_id_order_{split}"], np.sort(values[f"splits/{split}"]))
    with h5py.File(config.hdf5_path) as file:
        assert file["metadata/DatasetID"].compression == "lzf"
        assert file["metadata/Target Point Latitude"].attrs["units"] == "degrees_north"
        assert file.attrs["schema_version"] == 1
        assert file["metadata/Image filename"].asstr()[0] == stem_of(75, 0) + ".jpg"
        assert file["metadata/Subpath"].asstr()[0] == "0075/0075"


def test_targets_of_one_id_in_two_datasets_are_two(config):
    index(config)
    values = hdf5_content(config.hdf5_path)
    keys = values["metadata/TargetID"]
    assert len(np.unique(keys)) == 4 + 3
    np.testing.assert_array_equal(keys // 10**9, values["metadata/DatasetID"])
    parts = [set(values[f"splits/{split}"].tolist()) for split in ("train", "val", "test")]
    assert set.union(*parts) == set(keys.tolist())
    assert sum(map(len, parts)) == 7


def test_rows_depend_on_nothing_but_the_images(config, config_of, tmp_path):
    index(config)
    elsewhere = config_of()
    shutil.move(config.input_dir, tmp_path / "before")
    names = sorted(path for path in (tmp_path / "before").rglob("*") if path.is_file())
    for path in reversed(names):
        to = elsewhere.input_dir / path.relative_to(tmp_path / "before")
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, to)
    first = ImageTable.read(config.parquet_path)
    config.parquet_path.unlink()
    index(elsewhere)
    second = ImageTable.read(elsewhere.parquet_path)
    assert first.table.equals(second.table)
    assert first.fingerprint == second.fingerprint


def test_what_cannot_be_used_is_named_with_the_reason(config):
    folder = config.input_dir / "0075" / "0075"
    (folder / "empty.txt").touch()
    (folder / "lonely.txt").write_text(annotation(75, 100))
    (folder / "latin.txt").write_bytes(b"d \xff")
    (folder / "twice.txt").write_text(annotation(75, 0))
    (folder / "twice.JPG").write_bytes(picture(0))
    (folder / "no annotation.jpg").write_bytes(picture(1))
    report = index(config)
    assert (report.found, report.done) == (25, 25)
    assert len(ImageTable.read(config.parquet_path)) == 21
    assert report.damaged == {
        "0075/0075/empty.txt": "is empty",
        "0075/0075/latin.txt": "is no text in UTF-8",
        "0075/0075/lonely.txt": "has no image beside it (.jpg or .jpeg)",
        "0075/0075/twice.txt": f"is the same picture of the same target as 0075/0075/{stem_of(75, 0)}.txt",
    }
    lines = (config.work_dir / "rejected.csv").read_text().splitlines()
    assert lines[0] == "annotation,reason"
    assert len(lines) == 5


def test_again_keeps_and_changes_nothing(config):
    index(config)
    before = config.hdf5_path.stat().st_mtime_ns
    report = index(config)
    assert (report.found, report.done, report.kept) == (21, 0, 21)
    assert config.hdf5_path.stat().st_mtime_ns == before


def test_a_lost_file_is_made_again_from_the_table(config):
    index(config)
    before = hdf5_content(config.hdf5_path)
    config.hdf5_path.unlink()
    shutil.rmtree(config.input_dir)
    index(config)
    assert same(hdf5_content(config.hdf5_path), before)


def test_other_options_are_refused_and_told(config, config_of):
    index(config)
    with pytest.raises(InvalidArgumentError, match=r"made of something else: seed was 42, is 7; `--rebuild`"):
        index(config_of(seed=7))
    assert index_status(config_of(seed=7)).status == "error"
    report = index(config_of(seed=7), rebuild=True)
    assert report.done == 21
    assert index_status(config_of(seed=7)).status == "complete"


def test_another_input_is_refused_until_rebuilt(config):
    index(config)
    folder = config.input_dir / "0075" / "0075"
    (folder / "new.txt").write_text(annotation(75, 90))
    (folder / "new.jpg").write_bytes(picture(3))
    with pytest.raises(InvalidArgumentError, match="files of .* changed"):
        index(config)
    assert index(config, rebuild=True).done == 22


def test_touched_folders_are_looked_into(config):
    index(config)
    os.utime(config.input_dir / "0075" / "0075", (1, 1))
    assert index(config).kept == 21


def test_sample_of_images(config_of):
    config = config_of(n_images=5)
    lay_out(config.input_dir, {75: 12})
    index(config)
    # numpy.random.default_rng(42).choice(12, 5, replace=False), sorted.
    drawn = np.sort(np.random.default_rng(42).choice(12, 5, replace=False))
    whole = config_of()
    config.parquet_path.rename(config.parquet_path.with_name("drawn.parquet"))
    index(whole, rebuild=True)
    names = pq.read_table(whole.parquet_path)["Image filename"].to_pylist()
    assert pq.read_table(config.parquet_path.with_name("drawn.parquet"))["Image filename"].to_pylist() == [
        names[row] for row in drawn
    ]


def test_sample_of_targets(config_of):
    config = config_of(n_samples=2)
    lay_out(config.input_dir, {75: 12, 76: 6})
    index(config)
    table = ImageTable.read(config.parquet_path)
    keys = [75 * 10**9 + target for target in range(4)] + [76 * 10**9, 76 * 10**9 + 1]
    drawn = np.random.default_rng(42).choice(keys, 2, replace=False)
    assert set(table.target_keys.tolist()) == set(drawn.tolist())
    with pytest.raises(InvalidArgumentError, match="data.n_samples: is 7, but there are 6 targets"):
        index(config_of(n_samples=7), rebuild=True)


def test_no_annotation_and_none_that_can_be_used(config_of):
    config = config_of()
    with pytest.raises(NotFoundError, match="there is no such folder"):
        index(config)
    config.input_dir.mkdir()
    with pytest.raises(NotFoundError, match="there is no annotation"):
        index(config)
    (config.input_dir / "a.txt").touch()
    with pytest.raises(CorruptError, match="none of its 1 annotations can be used; the first, ./a.txt: is empty"):
        index(config)


def test_a_damaged_table_is_told(config):
    index(config)
    config.parquet_path.write_bytes(b"PAR1 no more")
    with pytest.raises(CorruptError, match="cannot be read as an index"):
        index(config)


def test_config_files_lead_here(folder):
    lay_out(folder / "in", {1: 3})
    (folder / "c.yaml").write_text("data: {input_dir: in, hdf5_path: out/d.h5}")
    assert index(read_config("c.yaml")).done == 3
