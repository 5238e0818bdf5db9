# SPDX-License-Identifier: Apache-2.0
"""Jobs from and to stores: the same bytes as on this machine, whether every fifth request fails or none."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tilewright import _core, raster, tile
from tilewright.batch import BatchJob, BatchReport, merge_shards, parse_shard, run_batch
from tilewright.chip import ChipJob, run_chips
from tilewright.layout import Size
from tilewright.places import Place, Url
from tilewright.raster import StrPath
from tilewright.thumbnail import ThumbnailJob, run_thumbnails

from .fault_server import FaultServer
from .stores import Store

# When and where a run was stands in these.
OF_THE_RUN = {
    "batch_report.json",
    "batch_report.html",
    "batch_state.json",
    "batch_processing.log",
    "journal.jsonl",
    "thumbnails.jsonl",
}
# In these, in a few members.
TEXTS = {"metadata.json", "batch_metadata.json"}
WHEN_AND_WHERE = {
    "path",
    "source",
    "source_path",
    "original_path",
    "created_at",
    "processed_at",
    "processing_time",
    "batch_config",
    "mtime",
    "mtime_ns",
    "source_mtime_ns",
}

STAMP = "20251203T1530Z"


def cut(source: StrPath, output: StrPath) -> BatchReport:
    return run_batch(BatchJob(source, output, num_pieces=3, min_image_size=1, max_workers=2))


def chips(source: StrPath, output: StrPath) -> BatchReport:
    return run_chips(ChipJob(source, output, size_px=64, annotators=2))


def thumbnails(source: StrPath, output: StrPath) -> BatchReport:
    return run_thumbnails(ThumbnailJob(source, output, size=Size(50, 50), stamp=STAMP))


JOBS: list[Callable[[StrPath, StrPath], BatchReport]] = [cut, chips, thumbnails]


def files(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))


def without_when_and_where(value: object) -> object:
    if isinstance(value, dict):
        return {key: without_when_and_where(v) for key, v in value.items() if key not in WHEN_AND_WHERE}
    if isinstance(value, list):
        return [without_when_and_where(v) for v in value]
    return value


def assert_same(local: Path, remote: Place) -> None:
    """Every file of a local output is in the other place, with the same content."""
    names = files(local)
    assert names
    for name in names:
        if Path(name).name in OF_THE_RUN:
            assert (remote / name).is_file(), name
            continue
        ours, theirs = (local / name).read_bytes(), _core.read_bytes(remote / name)
        if Path(name).name in TEXTS or name.startswith("records/"):
            ours, theirs = (json.dumps(without_when_and_where(json.loads(t))).encode() for t in (ours, theirs))
        assert ours == theirs, name


@pytest.mark.parametrize("job", JOBS)
def test_from_and_to_a_store_of_which_every_fifth_request_fails(
    images: Path, tmp_path: Path, store: Store, job: Callable[..., BatchReport]
):
    source = store.put(images, "in")
    local = job(images, tmp_path / "local")
    with FaultServer(store.server, rate=0.2) as faults:
        store.point_to(faults.address)
        report = job(source, store.url / "out")
        assert any(request.fault for request in faults.requests)
    store.point_to(store.server)
    assert (report.done, report.failed) == (local.done, 0) == (3, 0)
    assert_same(tmp_path / "local", store.url / "out")


@pytest.mark.parametrize("job", JOBS)
def test_what_is_there_is_proven_and_kept(images: Path, s3: Store, job: Callable[..., BatchReport]):
    source = s3.put(images, "in")
    job(source, s3.url / "out")
    again = job(source, s3.url / "out")
    assert (again.done, again.skipped) == (0, 3)
    # One image is replaced: that one is done anew.
    _core.write_bytes(source / "a.tif", (images / "deep/b.tif").read_bytes())
    changed = job(source, s3.url / "out")
    assert (changed.done, changed.skipped) == (1, 2)


def test_a_missing_slice_is_cut_anew(images: Path, s3: Store):
    out = s3.url / "out"
    cut(images, out)
    manifest = tile.read_manifest(out / "a")
    assert _core.remove_file(out / "a" / manifest.slices[1].filename)
    again = cut(images, out)
    assert (again.done, again.skipped) == (1, 2)
    assert all(result.ok for result in tile.verify_folder(out))


def test_what_was_cut_in_a_store_is_put_together_again(images: Path, tmp_path: Path, store: Store):
    cut(images, store.url / "out")
    results = tile.verify_folder(store.url / "out")
    assert [result.ok for result in results] == [True] * 3
    tile.reconstruct(store.url / "out/a/metadata.json", tmp_path / "again.tif")
    assert tile.compare(images / "a.tif", tmp_path / "again.tif").identical
    tile.reconstruct(store.url / "out/a/metadata.json", store.url / "again.tif")
    assert tile.compare(images / "a.tif", store.url / "again.tif").identical


def test_workers_share_a_plan_that_lies_in_the_store(images: Path, tmp_path: Path, s3: Store):
    source, out = s3.put(images, "in"), s3.url / "out"
    for i in range(2):
        job = BatchJob(source, out, num_pieces=3, min_image_size=1, shard=parse_shard(f"{i}/2"), plan_file=out / "plan")
        run_batch(job)
        # What arrives meanwhile moves nobody's work.
        _core.write_bytes(source / f"0{i}.tif", (images / "a.tif").read_bytes())
    merged = merge_shards(out)
    assert (merged.done, merged.failed, merged.cancelled) == (3, 0, 0)
    cut(images, tmp_path / "local")
    for name in ("journal.jsonl", "batch_processing.log", "batch_state.json"):  # Each worker has its own.
        (tmp_path / "local" / name).unlink()
    assert_same(tmp_path / "local", out)


def test_a_zip_in_one_store_into_another(
    images: Path, tmp_path: Path, s3: Store, azure_address: str, monkeypatch: pytest.MonkeyPatch
):
    from .stores import STORES

    with zipfile.ZipFile(tmp_path / "images.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        for name in files(images):
            packed.write(images / name, name)
    _core.write_bytes(s3.url / "images.zip", (tmp_path / "images.zip").read_bytes())
    azure = STORES["az"](azure_address, tmp_path.name, monkeypatch)
    cut(images, tmp_path / "local")
    report = cut(s3.url / "images.zip", azure.url / "out")
    assert (report.done, report.failed) == (3, 0)
    assert_same(tmp_path / "local", azure.url / "out")


def test_files_of_a_web_server_are_read(images: Path, tmp_path: Path, s3: Store):
    source = s3.put(images, "in")
    address = Url(f"http://{s3.server}/{str(source).removeprefix('s3://')}/a.tif")
    assert raster.info(address).size == raster.info(images / "a.tif").size
    report = cut(address, tmp_path / "out")
    assert report.done == 1
    assert all(result.ok for result in tile.verify_folder(tmp_path / "out"))
