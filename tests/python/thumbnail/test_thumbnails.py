# SPDX-License-Identifier: Apache-2.0
"""Thumbnails beside Pillow's: sizes the same, colours within a tolerance, and the job as a person meets it."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from tilewright import CorruptError, InvalidArgumentError, NotFoundError, raster
from tilewright import thumbnail as th
from tilewright.layout import Size

#: Mean difference a sample, of 255: averages over areas against Lanczos.
TOLERANCE = 3.0
STAMP = "20251203T1530Z"


def pillow_thumbnail(path, side):
    """What Pillow makes of a whole image, upright, without draft mode."""
    with Image.open(path) as opened:
        image = ImageOps.exif_transpose(opened)
        image = image.convert("RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB")
    image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=None)
    return np.moveaxis(np.asarray(image), 2, 0)


def difference(path, side, bands=3):
    ours = th.make_thumbnail(path, side)
    if ours.shape[0] < 3:
        ours = np.concatenate([ours[:1]] * 3 + [ours[1:]])
    theirs = pillow_thumbnail(path, side)
    assert ours.shape[1:] == theirs.shape[1:]
    return np.abs(ours[:bands].astype(int) - theirs[:bands].astype(int)).mean()


def photograph_image(photograph):
    return Image.fromarray(np.moveaxis(photograph, 0, 2))


@given(
    width=st.integers(1, 3000),
    height=st.integers(1, 3000),
    box_width=st.integers(1, 300),
    box_height=st.integers(1, 300),
)
def test_sizes_are_pillows(width, height, box_width, box_height):
    image = Image.new("1", (width, height))
    image.thumbnail((box_width, box_height), Image.Resampling.NEAREST, reducing_gap=None)
    size = th.thumbnail_size(Size(width, height), Size(box_width, box_height))
    assert (size.width_px, size.height_px) == image.size


@pytest.mark.parametrize("side", [33, 100, 257])
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.bmp", "a.tif", "a.webp", "progressive.jpg"])
def test_photographs_look_as_pillows_do(folder, photograph, name, side):
    options = {"progressive": True} if name == "progressive.jpg" else {}
    photograph_image(photograph).save(name, **options)
    assert difference(name, side) < TOLERANCE


@pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK", "LA", "RGBA"])
def test_every_mode_looks_as_pillow_shows_it(folder, photograph, mode):
    image = photograph_image(photograph)
    if mode in ("LA", "RGBA"):
        alpha = Image.fromarray(np.where(np.arange(800) < 400, 255, 0).astype(np.uint8)[np.newaxis].repeat(600, 0))
        image.putalpha(alpha)
    image = image.convert(mode)
    name = "a.tif" if mode == "CMYK" else "a.png"
    image.save(name)
    # Hidden colours are nobody's business.
    small = th.make_thumbnail(name)
    if mode in ("LA", "RGBA"):
        assert small.shape[0] == len(mode)
        assert (small[-1, :, :48] == 255).all()
        assert (small[-1, :, 52:] == 0).all()
        left = pillow_thumbnail(name, 100)[: len(mode) - 1, :, :48].astype(int)
        assert np.abs(small[:-1, :, :48].astype(int) - left).mean() < TOLERANCE
    else:
        assert difference(name, 100) < TOLERANCE


def test_cmyk_jpegs_are_not_inverted(folder, photograph):
    photograph_image(photograph).convert("CMYK").save("a.jpg", quality=95)
    assert difference("a.jpg", 100) < TOLERANCE


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_every_orientation_of_exif_is_turned_upright(folder, photograph, name, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    photograph_image(photograph).save(name, exif=exif)
    assert difference(name, 100) < TOLERANCE


def test_the_first_frame_of_an_animation(folder, photograph):
    first = photograph_image(photograph)
    first.save("a.gif", save_all=True, append_images=[Image.new("RGB", first.size)])
    assert difference("a.gif", 100) < 2 * TOLERANCE


def test_sixteen_bits_and_floats_are_stretched(folder):
    ramp = np.linspace(0, 1, 400)[np.newaxis].repeat(300, 0)
    raster.write("16.png", (ramp * 5000).astype(np.uint16))
    raster.write("float.tif", (ramp * 0.01 - 7).astype(np.float32))
    for name in ("16.png", "float.tif"):
        small = th.make_thumbnail(name)
        assert small.shape == (1, 75, 100)
        assert (np.diff(small[0].astype(int), axis=1) >= 0).all()
        assert (small.min(), small.max()) == (0, 255)


@pytest.mark.parametrize(
    ("name", "format"),
    [("a.jpg", "JPEG"), ("a.png", "PNG"), ("a.gif", "GIF"), ("a.bmp", "BMP"), ("a.tiff", "TIFF"), ("a.webp", "WEBP")],
)
def test_every_format_is_one_that_pillow_reads(folder, photograph, name, format):
    raster.write("source.tif", photograph)
    written = th.write_thumbnail("source.tif", name)
    with Image.open(name) as image:
        assert image.format == format
        assert image.size == (100, 75) == (written.size.width_px, written.size.height_px)
        found = np.asarray(image.convert("RGB")).astype(int)
    expected = np.moveaxis(th.make_thumbnail("source.tif"), 0, 2).astype(int)
    assert np.abs(found - expected).mean() < 8


def test_refusals(folder):
    (folder / "text.jpg").write_text("no image")
    with pytest.raises(CorruptError):
        th.make_thumbnail("text.jpg")
    with pytest.raises(NotFoundError):
        th.make_thumbnail("missing.jpg")
    with pytest.raises(InvalidArgumentError):
        th.thumbnail_size(Size(5, 5), Size(0, 5))


def run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "tilewright", "thumbnails", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**{k: v for k, v in os.environ.items() if not k.startswith("CLOUD_RUN_")}, **environment},
    )


@pytest.fixture
def images(folder, photograph):
    (folder / "in" / "deep").mkdir(parents=True)
    photograph_image(photograph).save("in/a.jpg")
    photograph_image(photograph).save("in/deep/a.jpg")
    (folder / "in" / "notes.txt").write_text("no image")
    return folder / "in"


def test_the_command_keeps_sub_folders_and_tells_of_other_files(images, folder):
    done = run(images, folder / "out", "--stamp", STAMP)
    assert done.returncode == 0, done.stderr
    assert "2 images: 2 done" in done.stdout
    assert "1 other file" in done.stdout
    for name in ("a.jpg", "deep/a.jpg"):
        with Image.open(folder / "out" / STAMP / name) as image:
            assert image.size == (100, 75)
    assert "0 done, 2 skipped" in run(images, folder / "out", "--stamp", STAMP).stdout


def test_a_failure_is_exit_1_and_the_others_go_on(images, folder):
    (images / "b.png").write_bytes(b"nothing")
    done = run(images, folder / "out", "--stamp", STAMP, "--json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert report["batch_summary"]["successfully_processed"] == 2
    assert report["batch_summary"]["other_files"] == 1
    assert report["folder"].endswith(STAMP)


def test_the_input_may_come_from_the_environment_and_is_the_output_then(images):
    done = run(INPUT_FOLDER=str(images))
    assert done.returncode == 0, done.stderr
    assert len(list(images.glob("2*Z/deep/a.jpg"))) == 1
    assert "2 images: 2 done" in run("--stamp", STAMP, INPUT_FOLDER=str(images)).stdout


def test_tasks_of_a_cloud_run_job_share_the_work_without_flags(images):
    """As the original tool has it: a folder and the task variables, nothing else."""
    for index in range(2):
        task = {"CLOUD_RUN_TASK_INDEX": str(index), "CLOUD_RUN_TASK_COUNT": "2"}
        done = run(INPUT_FOLDER=str(images), **task)
        assert done.returncode == 0, done.stderr
        assert "1 image: 1 done" in done.stdout
        # A task that is started again finds what it made.
        again = run(INPUT_FOLDER=str(images), CLOUD_RUN_TASK_ATTEMPT="1", **task)
        assert "0 done, 1 skipped" in again.stdout
    (stamped,) = images.glob("2*Z")
    assert {str(path.relative_to(stamped)) for path in stamped.rglob("*.jpg")} == {"a.jpg", "deep/a.jpg"}
    assert f"tilewright report {stamped}" in done.stdout
    report = subprocess.run(
        [sys.executable, "-m", "tilewright", "report", str(stamped), "--json"], capture_output=True, check=False
    )
    assert report.returncode == 0
    merged = json.loads(report.stdout)
    assert merged["batch_summary"]["total_images_found"] == 2
    assert merged["batch_summary"]["other_files"] == 1
    assert merged["configuration"]["stamp"] == stamped.name
    assert len((stamped / "thumbnails.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"CLOUD_RUN_TASK_INDEX": "0"}, "CLOUD_RUN_TASK_COUNT"),
        ({"CLOUD_RUN_TASK_COUNT": "2"}, "CLOUD_RUN_TASK_INDEX"),
        ({"CLOUD_RUN_TASK_INDEX": "2", "CLOUD_RUN_TASK_COUNT": "2"}, "CLOUD_RUN_TASK_INDEX"),
        ({"CLOUD_RUN_TASK_INDEX": "0", "CLOUD_RUN_TASK_COUNT": "0"}, "CLOUD_RUN_TASK_"),
        ({"CLOUD_RUN_TASK_INDEX": "first", "CLOUD_RUN_TASK_COUNT": "2"}, "CLOUD_RUN_TASK_INDEX"),
        ({"INPUT_FOLDER": "gs://bucket/prefix"}, "bucket/prefix"),
        ({"INPUT_FOLDER": "missing"}, "missing"),
    ],
)
def test_an_environment_that_makes_no_sense_is_exit_2(images, environment, named):
    done = run(**{"INPUT_FOLDER": str(images), **environment})
    assert done.returncode == 2
    assert named in done.stderr
    assert not list(images.glob("2*Z"))


def test_without_any_input_it_is_exit_2(folder):
    done = run(INPUT_FOLDER="")
    assert done.returncode == 2
    assert "INPUT" in done.stderr


def test_workers_read_one_plan_and_stamp(images, folder, photograph):
    plan = folder / "plan.json"
    assert run(images, folder / "out", "--plan", plan, "--dry-run").returncode == 0
    photograph_image(photograph).save("in/later.jpg")
    for index in range(3):
        share = ("--shard", f"{index}/3", "--shard-rule", "size", "--plan", plan)
        assert run(images, folder / "out", *share).returncode == 0
    (stamped,) = (folder / "out").iterdir()
    assert stamped.name == json.loads(plan.read_text())["stamp"]
    assert {path.name for path in (stamped / "shards").iterdir()} == {f"000{i}-of-0003" for i in range(3)}
    assert (stamped / "deep" / "a.jpg").is_file()
    assert not (stamped / "later.jpg").exists()


def test_files_of_a_run_fit_their_schemas(images, folder):
    (images / "b.png").write_bytes(b"nothing")
    run(images, folder / "out", "--stamp", STAMP)
    reference = Path(__file__).parents[3] / "docs" / "reference"
    for name in ("batch_report", "batch_state"):
        schema = json.loads((reference / f"{name}.schema.json").read_text(encoding="utf-8"))
        written = json.loads((folder / "out" / STAMP / f"{name}.json").read_text(encoding="utf-8"))
        validator = jsonschema.Draft202012Validator(schema)
        validator.validate(written)
        key = "configuration" if name == "batch_report" else "config"
        for missing in ("stamp", "width", "height", "quality", "resume", "input_dir"):
            fewer = {k: v for k, v in written[key].items() if k != missing}
            assert not validator.is_valid({**written, key: fewer}), missing
    schema = json.loads((reference / "thumbnails.schema.json").read_text(encoding="utf-8"))
    lines = (folder / "out" / STAMP / "thumbnails.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2
    for line in map(json.loads, lines):
        jsonschema.validate(line, schema)
        assert not jsonschema.Draft202012Validator(schema).is_valid({**line, "surprise": 1})
        content = (folder / "out" / STAMP / line["thumbnail"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == line["sha256"]


def test_alpha_is_kept_or_put_on_white(folder, photograph):
    image = photograph_image(photograph)
    image.putalpha(Image.fromarray(np.where(np.arange(800) < 400, 255, 0).astype(np.uint8)[np.newaxis].repeat(600, 0)))
    image.save("a.png")
    for name, mode in (("b.png", "RGBA"), ("b.tif", "RGBA"), ("b.webp", "RGBA"), ("b.jpg", "RGB"), ("b.bmp", "RGB")):
        th.write_thumbnail("a.png", name)
        with Image.open(name) as small:
            assert small.mode == mode
            right = np.asarray(small)[:, 60:].astype(int)
        if mode == "RGBA":
            assert (right[..., 3] == 0).all()
        else:
            assert (right > 240).all()
    th.write_thumbnail("a.png", "b.gif")
    with Image.open("b.gif") as small:
        assert (np.asarray(small.convert("RGBA"))[:, 60:, 3] == 0).all()


def test_a_dry_run_does_nothing(images, folder):
    done = run(images, folder / "out", "--dry-run", "--json", "--size", "64")
    assert done.returncode == 0
    plan = json.loads(done.stdout)
    assert [image["width"] for image in plan["images"]] == [64, 64]
    assert plan["totals"]["other_files"] == 1
    assert not (folder / "out").exists()


@pytest.mark.parametrize("wrong", [["--size", "0x5"], ["--stamp", "today"], ["--quality", "0"], ["--size", "big"]])
def test_bad_arguments_are_exit_2(images, folder, wrong):
    done = run(images, folder / "out", *wrong)
    assert done.returncode == 2
    assert not (folder / "out").exists()
