# SPDX-License-Identifier: Apache-2.0
import json
import shutil

import pytest

from tilewright import CorruptError, _core
from tilewright.dataset.checkpoint import Checkpoint

from .archives import tree


@pytest.fixture
def config(config_of, tmp_path):
    config = config_of(checkpoint_uri=tmp_path / "copy")
    config.work_dir.mkdir(parents=True)
    config.hdf5_path.write_bytes(b"h5" * 1000)
    config.parquet_path.write_bytes(b"rows")
    (config.work_dir / "embeddings-1").mkdir()
    (config.work_dir / "embeddings-1" / "part-0000001.npz").write_bytes(b"part")
    (config.work_dir / ".lock").touch()
    (config.work_dir / "dataset.log").touch()
    (config.work_dir / "embeddings-1" / ".part.npz.part").write_bytes(b"half of one")
    return config


def wipe(config):
    shutil.rmtree(config.hdf5_path.parent)


def kept(config):
    return {name: data for name, data in tree(config.hdf5_path.parent).items() if data and "/." not in f"/{name}"}


def test_brings_back_what_was_copied(config):
    before = kept(config)
    assert Checkpoint(config).save()
    wipe(config)
    assert Checkpoint(config).restore() == 3
    assert kept(config) == before


def test_copies_what_changed_and_removes_what_is_gone(config, tmp_path, monkeypatch):
    Checkpoint(config).save()
    copied = []
    original = _core.copy_file
    monkeypatch.setattr(_core, "copy_file", lambda a, b: (copied.append(str(a)), original(a, b)))
    config.parquet_path.write_bytes(b"other rows")
    shutil.rmtree(config.work_dir / "embeddings-1")
    assert Checkpoint(config).save()
    assert copied == [str(config.parquet_path)]
    assert len(tree(tmp_path / "copy" / "objects")) == 2
    Checkpoint(config).save()
    assert len(copied) == 1


def test_what_is_here_stays(config):
    Checkpoint(config).save()
    config.hdf5_path.write_bytes(b"newer")
    config.parquet_path.unlink()
    assert Checkpoint(config).restore() == 1
    assert config.hdf5_path.read_bytes() == b"newer"


def test_a_copy_that_breaks_off_leaves_the_one_before(config, monkeypatch):
    Checkpoint(config).save()
    before = kept(config)
    config.hdf5_path.write_bytes(b"newer")
    config.parquet_path.write_bytes(b"newer rows")
    original = _core.copy_file

    def broken(source, target):
        if str(source) == str(config.parquet_path):
            raise OSError("the store is away")
        original(source, target)

    monkeypatch.setattr(_core, "copy_file", broken)
    with pytest.raises(OSError, match="the store is away"):
        Checkpoint(config).save()
    monkeypatch.undo()
    wipe(config)
    Checkpoint(config).restore()
    assert kept(config) == before


def test_without_time_large_files_keep_their_copies_of_before(config):
    Checkpoint(config).save()
    before = config.hdf5_path.read_bytes()
    config.hdf5_path.write_bytes(b"larger" * 1000)
    shutil.rmtree(config.work_dir / "embeddings-1")
    (config.work_dir / "embed.json").write_bytes(b"{}")
    checkpoint = Checkpoint(config)
    checkpoint._bytes_a_second = 1000.0
    assert not checkpoint.save(within_s=2)
    wipe(config)
    Checkpoint(config).restore()
    # What the large file was made of may be gone here, but is not there.
    assert set(kept(config)) == {
        "dataset.h5",
        "dataset.parquet",
        "dataset.work/embed.json",
        "dataset.work/embeddings-1/part-0000001.npz",
    }
    assert config.hdf5_path.read_bytes() == before


def test_a_file_that_grows_while_it_is_copied(config, monkeypatch):
    log = config.work_dir / "dataset.log"
    log.write_text("one\n")
    original = _core.copy_file
    grown = []

    def copy(source, target):
        if str(source) == str(log) and not grown:
            grown.append(1)
            log.write_text("one\ntwo\n")
        original(source, target)

    monkeypatch.setattr(_core, "copy_file", copy)
    Checkpoint(config).save()
    wipe(config)
    Checkpoint(config).restore()
    assert log.read_text() == "one\ntwo\n"


def test_a_file_that_goes_while_it_is_copied(config, monkeypatch):
    part = config.work_dir / "embeddings-1" / "part-0000001.npz"
    original = _core.copy_file

    def copy(source, target):
        part.unlink(missing_ok=True)
        original(source, target)

    monkeypatch.setattr(_core, "copy_file", copy)
    assert Checkpoint(config).save()
    before = kept(config)
    wipe(config)
    Checkpoint(config).restore()
    assert kept(config) == before
    assert set(before) == {"dataset.h5", "dataset.parquet"}


def test_damaged_copies_are_told(config, tmp_path):
    Checkpoint(config).save()
    listing = json.loads((tmp_path / "copy" / "checkpoint.json").read_text())
    copy = tmp_path / "copy" / "objects" / listing["files"]["dataset.parquet"]["sha256"]
    copy.write_bytes(b"else")
    wipe(config)
    with pytest.raises(CorruptError, match="its copy of dataset.parquet is damaged"):
        Checkpoint(config).restore()
    assert not config.parquet_path.exists()
    (tmp_path / "copy" / "checkpoint.json").write_text("[]")
    with pytest.raises(CorruptError, match="is no list of a checkpoint"):
        Checkpoint(config).restore()


def test_names_that_lead_elsewhere_are_refused(config, tmp_path):
    Checkpoint(config).save()
    listing = json.loads((tmp_path / "copy" / "checkpoint.json").read_text())
    listing["files"]["work/../../x"] = listing["files"].pop("dataset.parquet")
    (tmp_path / "copy" / "checkpoint.json").write_text(json.dumps(listing))
    with pytest.raises(CorruptError, match="its list names"):
        Checkpoint(config).restore()


def test_in_every_store(config_of, s3, config):
    stored = config_of(checkpoint_uri=s3.url / "copy")
    before = kept(config)
    Checkpoint(stored).save()
    wipe(config)
    assert Checkpoint(stored).restore() == 3
    assert kept(config) == before


def test_nowhere(config_of):
    checkpoint = Checkpoint(config_of())
    assert checkpoint.restore() == 0
    assert checkpoint.save()
