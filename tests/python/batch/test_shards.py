# SPDX-License-Identifier: Apache-2.0
"""Workers that share a plan: by number, by what their engine tells, and their one report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from tilewright import batch, raster
from tilewright.errors import InvalidArgumentError

SCHEMAS = Path(__file__).parents[3] / "docs/reference"
IMAGES = 7


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for i in range(IMAGES):
        raster.write(folder / f"x{i}.tif", np.full((3, 60, 50 + i), i, np.uint8))
    return folder


def tilewright(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tilewright", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )


def test_workers_do_the_plan_and_the_report_is_theirs_together(images: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    for index in range(3):
        ran = tilewright(
            "tesselate", images, output, "--min-size", 1, "--shard", "auto", "--no-progress",
            CLOUD_RUN_TASK_INDEX=str(index), CLOUD_RUN_TASK_COUNT="3",
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        assert f"worker  {index} of 3" in ran.stdout
        assert not (output / "batch_report.html").exists()

    shown = tilewright("report", output)
    assert shown.returncode == 0, shown.stderr
    assert f"{IMAGES} found: {IMAGES} done" in shown.stdout
    assert (output / "batch_report.html").is_file()
    report = json.loads((output / "batch_report.json").read_text())
    jsonschema.validate(report, json.loads((SCHEMAS / "batch_report.schema.json").read_text()))
    assert (report["shards"], report["missing_shards"]) == (3, [])
    assert [image["path"] for image in report["images"]] == [f"x{i}.tif" for i in range(IMAGES)]
    assert tilewright("verify", output).returncode == 0


def test_workers_that_have_not_begun_are_named(images: Path, tmp_path: Path) -> None:
    job = batch.BatchJob(images, tmp_path / "out", min_image_size=1, shard=batch.Shard(1, 4))
    assert batch.run_batch(job).done == 2
    report = batch.merge_shards(tmp_path / "out")
    assert report.missing_shards == [0, 2, 3]
    assert report["missing_shards"] == [0, 2, 3]
    shown = tilewright("report", tmp_path / "out")
    assert shown.returncode == 1
    assert "3 of 4 workers: 0, 2, 3" in shown.stdout


def test_a_frozen_plan_moves_nobodys_work(images: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    shown = tilewright("tesselate", images, tmp_path / "out", "--plan", plan, "--dry-run")
    assert shown.returncode == 0, shown.stderr
    raster.write(images / "a-new-one.tif", np.zeros((3, 60, 60), np.uint8))
    found = []
    for index in range(2):
        job = batch.BatchJob(images, tmp_path / "out", shard=batch.Shard(index, 2), plan_file=plan)
        found += [image.key for image in batch.plan_batch(job).images]
    assert sorted(found) == [f"x{i}.tif" for i in range(IMAGES)]


def test_rules_share_out_by_number_or_size(images: Path, tmp_path: Path) -> None:
    def keys(index: int, rule: batch.ShardRule) -> list[str]:
        job = batch.BatchJob(images, tmp_path / "out", shard=batch.Shard(index, 3, rule=rule))
        return [image.key for image in batch.plan_batch(job).images]

    assert keys(1, "modulo") == ["x1.tif", "x4.tif"]
    assert keys(1, "contiguous") == ["x3.tif", "x4.tif", "x5.tif"]
    assert sorted(keys(0, "size") + keys(1, "size") + keys(2, "size")) == [f"x{i}.tif" for i in range(IMAGES)]


@pytest.mark.parametrize(
    ("shard", "environment", "named"),
    [
        ("3/3", {}, "numbered from 0"),
        ("x", {}, "'x' names no shard"),
        ("auto", {}, "CLOUD_RUN_TASK_INDEX"),
        ("auto", {"CLOUD_RUN_TASK_INDEX": "0"}, "CLOUD_RUN_TASK_COUNT"),
        ("auto", {"AWS_BATCH_JOB_ARRAY_INDEX": "minus one"}, "AWS_BATCH_JOB_ARRAY_INDEX"),
        ("auto", {"JOB_COMPLETION_INDEX": "0"}, "JOB_COMPLETION_INDEX"),
    ],
)
def test_what_makes_no_sense_is_exit_code_2(
    images: Path, tmp_path: Path, shard: str, environment: dict[str, str], named: str
) -> None:
    ran = tilewright("tesselate", images, tmp_path / "out", "--shard", shard, **environment)
    assert ran.returncode == 2
    assert named in " ".join(ran.stderr.split())
    assert not (tmp_path / "out").exists()


def test_zip_and_verify_are_for_whole_batches(images: Path, tmp_path: Path) -> None:
    for option in ("--zip", "--verify"):
        assert tilewright("tesselate", images, tmp_path / "out", "--shard", "0/2", option).returncode == 2


def test_a_shard_out_of_range_cannot_be_made() -> None:
    with pytest.raises(InvalidArgumentError):
        batch.Shard(2, 2)
