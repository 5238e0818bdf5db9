# SPDX-License-Identifier: Apache-2.0
"""Archives, read in place: whole, damaged, and with members that lead elsewhere."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from tilewright import raster, tile
from tilewright.batch import BatchJob, BatchReport, run_batch
from tilewright.errors import CorruptError
from tilewright.raster import StrPath

from .test_stores import assert_same, files


def cut(source: StrPath, output: StrPath) -> BatchReport:
    return run_batch(BatchJob(source, output, num_pieces=3, min_image_size=1, max_workers=2))


def packed(images: Path, archive: Path) -> Path:
    if archive.suffix.lower() == ".zip":
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
            for name in files(images):
                opened.write(images / name, name)
    else:
        with tarfile.open(archive, "w:gz" if archive.name.endswith("gz") else "w") as opened:
            for name in files(images):
                opened.add(images / name, name)
    return archive


@pytest.mark.parametrize("name", ["images.zip", "IMAGES.ZIP", "images.tar", "images.tar.gz", "images.tgz"])
def test_an_archive_is_a_folder(images: Path, tmp_path: Path, name: str):
    archive = packed(images, tmp_path / name)
    cut(images, tmp_path / "local")
    report = cut(archive, tmp_path / "cut")
    assert (report.done, report.failed) == (3, 0)
    assert_same(tmp_path / "local", tmp_path / "cut")
    again = cut(archive, tmp_path / "cut")
    assert (again.done, again.skipped) == (0, 3)
    kind = "zip" if name.lower().endswith("zip") else "tar"
    member = f"{kind}://{{{archive}}}/deep/b.tif"
    assert raster.info(member).bands == 4
    assert tile.compare(member, images / "deep/b.tif").identical


def test_an_archive_in_an_archive(images: Path, tmp_path: Path):
    inner = packed(images, tmp_path / "inner.tar")
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as outer:
        outer.write(inner, "inner.tar")
    place = f"tar://{{zip://{{{tmp_path / 'outer.zip'}}}/inner.tar}}/a.tif"
    assert tile.compare(place, images / "a.tif").identical


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_members_that_lead_out_are_refused_by_name(images: Path, tmp_path: Path, kind: str):
    content = (images / "a.tif").read_bytes()
    names = ["good.tif", "../up.tif", "/etc/absolute.tif", "deep/../../up2.tif"]
    archive = tmp_path / f"images.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(archive, "w") as opened:
            for name in names:
                opened.writestr(name, content)
    else:
        with tarfile.open(archive, "w") as opened:
            for name in names:
                member = tarfile.TarInfo(name)
                member.size = len(content)
                opened.addfile(member, io.BytesIO(content))
    report = cut(archive, tmp_path / "out/put")
    assert len(report.outcomes) == len(names), "nothing that was found is lost"
    assert (report.done, report.failed) == (1, 3)
    refused = [outcome for outcome in report.outcomes if outcome.status == "failed"]
    assert all("leads out" in outcome.message for outcome in refused)
    written = {path.name for path in tmp_path.rglob("*.png")}
    assert {path.parent.parent for path in tmp_path.rglob("*.png")} == {tmp_path / "out/put"}
    assert written


@pytest.mark.parametrize("name", ["images.zip", "images.tar.gz"])
def test_a_damaged_archive_is_told_by_name(images: Path, tmp_path: Path, name: str):
    archive = packed(images, tmp_path / name)
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2])
    try:
        report = cut(archive, tmp_path / "out")
    except CorruptError as error:
        assert str(archive) in str(error)
    else:
        assert report.failed > 0
        assert all(outcome.message for outcome in report.outcomes if outcome.status == "failed")


@pytest.mark.parametrize("name", ["none.zip", "none.tar", "none.tar.gz"])
def test_what_is_no_archive_is_told(tmp_path: Path, name: str):
    (tmp_path / name).write_bytes(b"not an archive, whatever its name says")
    with pytest.raises(CorruptError, match=name):
        cut(tmp_path / name, tmp_path / "out")


def test_a_member_without_a_name_is_told(images: Path, tmp_path: Path):
    archive = packed(images, tmp_path / "images.tar")
    with tarfile.open(archive, "a") as opened:
        opened.addfile(tarfile.TarInfo(""))
    with pytest.raises(CorruptError, match=r"images\.tar: a member has no name"):
        cut(archive, tmp_path / "out")
