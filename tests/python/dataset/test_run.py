# SPDX-License-Identifier: Apache-2.0
"""The whole pipeline as people run it: undisturbed, killed, terminated, on a machine whose disk was lost."""

import json
import random
import shutil
import signal
import subprocess
import sys
import time

import h5py
import numpy as np
import pytest
import yaml

from tilewright import AlreadyExistsError
from tilewright.dataset import read_config, run, status
from tilewright.dataset.checkpoint import Checkpoint

from .archives import members_of, tar_of
from .small_backbone import write_backbone

KILLS = 20


@pytest.fixture
def place(tmp_path):
    """A folder with three archives, one of them cut off, a model, and a configuration."""
    source = tmp_path / "source"
    source.mkdir()
    lines = []
    for dataset_id in (75, 76, 77):
        content = tar_of(members_of(dataset_id, 60))
        if dataset_id == 77:
            content = content[: len(content) * 2 // 3]
        (source / f"{dataset_id:04d}.tar").write_bytes(content)
        lines.append(f"file://{source}/{dataset_id:04d}.tar\n\tout=dataset_unaligned/{dataset_id:04d}.tar")
    (tmp_path / "archives.txt").write_text("\n".join(lines))
    write_backbone(tmp_path / "backbone.onnx")
    return tmp_path


def configured(place, disk, **options):
    """Write a configuration whose files are all below a folder."""
    told = {
        "manifest": str(place / "archives.txt"),
        "model": str(place / "backbone.onnx"),
        "raw_dir": str(place / disk / "raw"),
        "input_dir": str(place / disk / "raw" / "extracted"),
        "hdf5_path": str(place / disk / "out" / "dataset.h5"),
        "batch_size": 8,
        "flush_interval": 16,
        "knn_k": 5,
        **options,
    }
    path = place / f"{disk}.yaml"
    path.write_text(yaml.safe_dump({"data": told}))
    return path


def started(config, command="run", *options):
    """Start the program as people do."""
    words = [sys.executable, "-m", "tilewright", "dataset", command, "--config", str(config), *options]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def content_of(path):
    """Give all values of a file and what it says of itself."""
    content = {}
    with h5py.File(path) as file:
        content["attributes"] = {name: str(value) for name, value in file.attrs.items()}

        def take(name, item):
            if isinstance(item, h5py.Dataset):
                content[name] = (item.dtype.kind, item.shape, item.compression, item[()].tolist())

        file.visititems(take)
    return content


@pytest.fixture
def undisturbed(place):
    """The content of the file that a run makes which nobody disturbs."""
    reports = run(read_config(configured(place, "undisturbed")))
    assert [report.stage for report in reports] == ["download", "extract", "index", "embed", "neighbours"]
    assert all(report.complete for report in reports)
    assert list(reports[1].damaged) == ["dataset_unaligned/0077.tar"]
    return content_of(place / "undisturbed" / "out" / "dataset.h5")


def test_killed_at_any_moment_on_disks_that_are_lost(place, undisturbed, s3):
    config = configured(place, "disk", checkpoint_uri=str(s3.url / "checkpoint"), checkpoint_interval=0.05)
    begun = time.monotonic()
    process = started(configured(place, "timed"))
    process.communicate()
    seconds = time.monotonic() - begun
    assert process.returncode == 0
    moments = random.Random(7)
    unfinished = 0
    for kill in range(KILLS):
        process = started(config)
        time.sleep(moments.uniform(0.2, 1.0) * seconds)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        hdf5 = place / "disk" / "out" / "dataset.h5"
        if hdf5.exists():
            content_of(hdf5)  # It opens, whatever was under way.
        unfinished += not hdf5.exists() or "neighbours_identity" not in content_of(hdf5)["attributes"]
        if kill % 2:
            shutil.rmtree(place / "disk", ignore_errors=True)
    assert unfinished >= KILLS // 2
    process = started(config)
    _, told = process.communicate()
    assert process.returncode == 0, told
    assert content_of(place / "disk" / "out" / "dataset.h5") == undisturbed
    assert all(stage.status == "complete" for stage in status(read_config(config)))


def test_terminated_it_copies_what_there_is_and_says_so(place, undisturbed):
    config = configured(place, "disk", checkpoint_uri=str(place / "copy"), flush_interval=8, checkpoint_interval=3600)
    process = started(config)
    parts = place / "disk" / "out" / "dataset.work"
    while not list(parts.glob("embeddings-*/part-*.npz")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=25)
    assert process.returncode == 143, told
    assert "the same command goes on where it stopped" in told
    copied = json.loads((place / "copy" / "checkpoint.json").read_text())["files"]
    assert any("embeddings-" in name for name in copied)
    shutil.rmtree(place / "disk")
    process = started(config)
    out, told = process.communicate()
    assert process.returncode == 0, told
    (embedded,) = (line for line in out.splitlines() if line.startswith("embed: "))
    assert ", 0 kept" not in embedded
    assert content_of(place / "disk" / "out" / "dataset.h5") == undisturbed


def test_terminated_without_its_store_it_says_what_is_not_copied(place):
    copy = place / "copy"
    config = configured(place, "disk", checkpoint_uri=str(copy), flush_interval=8, checkpoint_interval=3600)
    process = started(config)
    while not list((place / "disk" / "out" / "dataset.work").glob("embeddings-*/part-*.npz")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)
    shutil.rmtree(copy)
    copy.write_text("no folder any more")
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=25)
    assert process.returncode == 143, told
    assert f"Warning: the checkpoint is not up to date: {copy}" in told


def test_archives_are_not_needed_any_more_when_all_is_embedded(place, undisturbed):
    config = read_config(configured(place, "undisturbed"))
    shutil.rmtree(place / "undisturbed" / "raw")
    assert all(stage.status == "complete" for stage in status(config))
    reports = run(config)
    assert [(report.stage, report.done) for report in reports] == [("index", 0), ("embed", 0), ("neighbours", 0)]
    assert not (place / "undisturbed" / "raw").exists()


def test_it_stops_behind_a_stage_that_failed(place):
    config = configured(place, "disk", retries=0)
    (place / "source" / "0076.tar").rename(place / "source" / "away.tar")
    process = started(config)
    out, told = process.communicate()
    assert process.returncode == 1
    assert out.splitlines() == ["download: 3 found, 2 done, 0 kept, 1 failed"]
    assert "failed  dataset_unaligned/0076.tar: " in told
    (place / "source" / "away.tar").rename(place / "source" / "0076.tar")
    process = started(config)
    out, _ = process.communicate()
    assert process.returncode == 0
    assert out.splitlines()[0] == "download: 3 found, 1 done, 2 kept"


def test_two_runs_exclude_each_other(place, undisturbed):
    config = read_config(configured(place, "undisturbed"))
    with pytest.raises(AlreadyExistsError, match="another run has this dataset in its hands"):
        run(config, rebuild=True, on_progress=lambda done, total, unit: run(config))


def test_each_stage_alone_and_its_json(place, undisturbed):
    config = configured(place, "disk")
    for stage in ("download", "extract", "index", "embed", "neighbours"):
        process = started(config, stage, "--json")
        out, told = process.communicate()
        assert process.returncode == 0, told
        report = json.loads(out)
        assert report["stage"] == stage
        assert report["found"] == report["done"] + report["kept"] + len(report["failed"])
    assert content_of(place / "disk" / "out" / "dataset.h5") == undisturbed


def test_status_for_people_and_programs(place):
    config = configured(place, "disk")
    process = started(config, "status")
    out, _ = process.communicate()
    assert process.returncode == 1
    assert [line.partition(" (")[0] for line in out.splitlines()] == [
        "download: pending",
        "extract: pending",
        "metadata: pending",
        "hdf5: pending",
        "backbone_embeddings: pending",
        "geo_knn: pending",
        "images: pending",
    ]
    started(config).communicate()
    process = started(config, "status", "--json")
    out, _ = process.communicate()
    assert process.returncode == 0
    stages = {stage["name"]: stage for stage in json.loads(out)}
    assert stages["geo_knn"]["details"].startswith("train:")
    assert stages["backbone_embeddings"]["remaining"] == 0


def test_the_first_readers_of_the_file_find_what_they_need(place, undisturbed):
    """Reads it as training did before: anchors, and for each of them the nearest targets of its split."""
    with h5py.File(place / "undisturbed" / "out" / "dataset.h5") as file:
        embeddings = file["backbone_embeddings"]
        assert file.attrs["backbone_output_size"] == embeddings.shape[1]
        target_of_row = file["metadata/TargetID"][:]
        valid = set(file["images/valid_indices"][:].tolist())
        for split in ("train", "val", "test"):
            targets = set(file[f"splits/{split}"][:].tolist())
            order = file[f"metadata/target_id_order_{split}"][:]
            assert set(order.tolist()) == targets
            neighbours = file[f"metadata/knn_indices_geo_{split}"]
            distances = file[f"metadata/knn_distances_geo_{split}"]
            assert neighbours.shape == distances.shape
            assert (neighbours.dtype, distances.dtype) == (np.int32, np.float32)
            for row, nearest in zip(range(len(order)), neighbours, strict=True):
                rows = np.flatnonzero(target_of_row == order[row])
                assert valid.issuperset(rows.tolist())
                assert row not in nearest
                assert set(order[nearest].tolist()) <= targets
                assert np.isfinite(embeddings[rows[0]]).all()


def test_the_log_tells_what_was_done(place, undisturbed):
    log = (place / "undisturbed" / "out" / "dataset.work" / "dataset.log").read_text()
    assert "INFO embed: " in log
    assert "dataset_unaligned/0077.tar" in log


def test_restoring_needs_no_archives(place, undisturbed):
    shutil.copytree(place / "undisturbed", place / "disk")
    config = read_config(configured(place, "disk", checkpoint_uri=str(place / "copy")))
    Checkpoint(config).save()
    shutil.rmtree(place / "disk")
    assert [report.done for report in run(config)] == [0, 0, 0]
    assert content_of(config.hdf5_path) == undisturbed
