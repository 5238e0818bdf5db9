# SPDX-License-Identifier: Apache-2.0
"""What people's folders hold besides good images: each is named with its reason, and the batch goes on."""

import json
import os
import resource
import shutil
import struct
import subprocess
import sys

import numpy as np
import pytest

import tilewright
from tilewright import batch, raster, tile
from tilewright.layout import TilesLayout

GOOD = np.random.default_rng(3).integers(0, 255, (3, 80, 90), np.uint8)


@pytest.fixture
def folder(tmp_path):
    """An input folder with one good image; whatever a test adds must not stop it."""
    (tmp_path / "in").mkdir()
    raster.write(tmp_path / "in" / "good.tif", GOOD)
    return tmp_path / "in"


def run(folder, **fields):
    fields.setdefault("min_image_size", 1)
    return batch.run_batch(batch.BatchJob(folder, folder.parent / "out", **fields))


def failures(report):
    return {outcome.key: outcome for outcome in report.outcomes if outcome.status == "failed"}


def expect_one_failure(folder, name, word, **fields):
    """The file fails with its name and the word, the good image is done, nothing half-written stays."""
    report = run(folder, **fields)
    failed = failures(report)
    assert set(failed) == {name}
    assert word in failed[name].message.lower(), failed[name].message
    assert report.done >= 1
    left = {path.name for path in (folder.parent / "out").iterdir() if path.is_dir()}
    assert left == {outcome.key.removesuffix(".tif") for outcome in report.outcomes if outcome.status == "done"}
    return failed[name]


def tiff(width, height, *, compression=1, strip_bytes=100, data=b""):
    """A TIFF written by hand: one band of uint8, one strip, as little true as a test wants."""
    tags = [(256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, compression), (262, 3, 1), (273, 4, 8),
            (277, 3, 1), (278, 4, height), (279, 4, strip_bytes)]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return struct.pack("<2sHI", b"II", 42, 8 + len(data)) + data + struct.pack("<H", len(tags)) + entries + bytes(4)


def test_empty_file(folder):
    (folder / "empty.tif").write_bytes(b"")
    assert expect_one_failure(folder, "empty.tif", "empty").code == "corrupt"


@pytest.mark.parametrize("kept", [8, 100, 3000])
def test_truncated_tiff(folder, kept):
    raster.write(folder / "cut.tif", GOOD)
    data = (folder / "cut.tif").read_bytes()
    (folder / "cut.tif").write_bytes(data[: min(kept, len(data) - 1)])
    assert expect_one_failure(folder, "cut.tif", "").code in ("corrupt", "io")


def test_half_a_strip(folder):
    (folder / "half.tif").write_bytes(tiff(100, 100, strip_bytes=10_000, data=bytes(5_000)))
    assert expect_one_failure(folder, "half.tif", "strip 0").code == "corrupt"


def test_png_named_tif(folder):
    raster.write(folder / "x.png", GOOD)
    (folder / "x.png").rename(folder / "really_png.tif")
    expect_one_failure(folder, "really_png.tif", "png")


def test_dimensions_far_beyond_the_data_are_refused_before_memory_is_taken(folder):
    (folder / "huge.tif").write_bytes(tiff(1_000_000, 1_000_000, data=bytes(100)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    expect_one_failure(folder, "huge.tif", "1000000")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB


def test_the_limit_is_adjustable(folder):
    expect_limits = raster.OpenOptions(max_raw_bytes=1000)
    report = run(folder, open=expect_limits)
    assert failures(report)["good.tif"].code == "unsupported"
    assert run(folder, open=raster.OpenOptions(max_raw_bytes=GOOD.nbytes)).done == 1


def test_unknown_compression(folder):
    (folder / "odd.tif").write_bytes(tiff(10, 10, compression=65123, data=bytes(100)))
    assert expect_one_failure(folder, "odd.tif", "65123").code == "unsupported"


def test_broken_link_and_link_loop(folder):
    (folder / "gone.tif").symlink_to("nowhere.tif")
    (folder / "loop.tif").symlink_to("loop.tif")
    (folder / "back").symlink_to(folder)
    report = run(folder)
    failed = failures(report)
    assert set(failed) == {"gone.tif", "loop.tif"}
    assert "link" in failed["gone.tif"].message
    assert "link" in failed["loop.tif"].message
    assert report.done == 1


@pytest.mark.parametrize(
    "name", ["with space", "Übersicht Köln", "new\nline", "x" * 251, os.fsdecode(b"latin-\xe9"), "a'b\"c&<d>", "-n"]
)
def test_names_of_all_kinds(folder, name):
    raster.write(folder / "plain.tif", GOOD)
    (folder / "plain.tif").rename(folder / f"{name}.tif")
    report = run(folder)
    assert report.done == 2
    assert (folder.parent / "out" / name / "metadata.json").exists()
    assert all(result.ok for result in tile.verify_folder(folder.parent / "out", source="required"))
    np.testing.assert_array_equal(tile.reconstruct_array(folder.parent / "out" / name), GOOD)


def test_no_permission(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    raster.write(folder / "good.tif", GOOD)
    raster.write(folder / "secret.tif", GOOD)
    (folder / "secret.tif").chmod(0)
    out = tmp_path / "out"
    out.mkdir(mode=0o555)

    # Root may read and write everything, unless that right is taken from it.
    limited = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []

    def run_without_rights():
        program = [*limited, sys.executable, "-m", "tilewright"]
        arguments = ["tesselate", folder, out, "--min-size", "1", "--json"]
        return subprocess.run([*program, *arguments], capture_output=True, text=True, check=False)

    refused = run_without_rights()
    assert refused.returncode == 2, refused.stderr
    assert "permission" in refused.stderr.lower()
    assert str(out) in refused.stderr
    out.chmod(0o777)
    done = run_without_rights()
    assert done.returncode == 1, done.stderr
    (error,) = json.loads(done.stdout)["errors"]
    assert (error["relative_path"], error["error_type"]) == ("secret.tif", "permission")


def test_disk_full(folder, tmp_path):
    # A limit on the size of files stands for the disk: the system's error comes at the same calls.
    raster.write(folder / "large.tif", np.random.default_rng(4).integers(0, 255, (3, 900, 900), np.uint8))
    done = subprocess.run(
        [sys.executable, "-m", "tilewright", "tesselate", folder, tmp_path / "out", "--min-size", "1", "--pieces", "1",
         "--json"],
        capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000)),
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert [(e["relative_path"], e["error_type"]) for e in report["errors"]] == [("large.tif", "resource")]
    assert not (tmp_path / "out" / "large").exists()
    again = batch.run_batch(batch.BatchJob(folder, tmp_path / "out", 1, min_image_size=1))
    assert (again.done, again.skipped) == (1, 1)


def test_output_cannot_be_made(folder, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(tilewright.AlreadyExistsError, match="file"):
        batch.run_batch(batch.BatchJob(folder, tmp_path / "file" / "out"))


@pytest.mark.parametrize("name", ["../good.png", "/etc/passwd", "a/b.png", "..", ""])
def test_a_manifest_that_names_files_elsewhere_is_refused(folder, name):
    run(folder)
    path = folder.parent / "out" / "good" / "metadata.json"
    manifest = json.loads(path.read_text())
    manifest["slices"][0]["filename"] = name
    path.write_text(json.dumps(manifest))
    for call in (tile.read_manifest, tile.verify, tile.reconstruct_array):
        with pytest.raises(tilewright.CorruptError, match="filename"):
            call(path)


@pytest.mark.parametrize(
    "fields",
    [
        {"num_pieces": 0},
        {"num_pieces": -3},
        {"layout": TilesLayout(64, 64, overlap_px=64)},
        {"layout": TilesLayout(0, 5)},
    ],
)
def test_layouts_that_can_never_be(folder, fields):
    with pytest.raises(tilewright.InvalidArgumentError):
        run(folder, **fields)
    assert not (folder.parent / "out").exists()


def test_more_pieces_than_pixels_fails_that_image_only(folder):
    raster.write(folder / "tiny.tif", np.zeros((1, 2, 2), np.uint8))
    expect_one_failure(folder, "tiny.tif", "5 pieces", num_pieces=5)


def test_output_inside_input_and_input_inside_output(folder, tmp_path):
    inner = batch.BatchJob(folder, folder / "out", min_image_size=1)
    assert batch.run_batch(inner).done == 1
    again = batch.run_batch(inner)
    assert (again.done, again.skipped) == (0, 1), "slices were taken for images"
    outer = batch.BatchJob(tmp_path / "all" / "in", tmp_path / "all", min_image_size=1)
    shutil.copytree(folder, tmp_path / "all" / "in", ignore=shutil.ignore_patterns("out"))
    assert batch.run_batch(outer).done == 1
    assert batch.run_batch(outer).skipped == 1
    assert (tmp_path / "all" / "in" / "good.tif").exists()
    with pytest.raises(tilewright.InvalidArgumentError):
        batch.run_batch(batch.BatchJob(folder, folder))


def test_missing_input(tmp_path):
    with pytest.raises(tilewright.NotFoundError, match="nowhere"):
        batch.run_batch(batch.BatchJob(tmp_path / "nowhere", tmp_path / "out"))
    assert not (tmp_path / "out").exists()
