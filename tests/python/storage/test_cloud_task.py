# SPDX-License-Identifier: Apache-2.0
"""The entry point of the examples for clouds, in the environment that a task has there, against a server of S3."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from tilewright import _core, raster

from .stores import Store

TASK = Path(__file__).parents[3] / "examples/cloud-run/task"
# The whole survey takes a minute against a server written for tests; a part of it says the same.
COGS, TASKS = (975, 50) if os.environ.get("TILEWRIGHT_LONG_TESTS") else (98, 5)
FOLDERS = 10


def folder_of(stem: str) -> str:
    return f"{int(hashlib.md5(stem.encode()).hexdigest(), 16) % FOLDERS + 1:02d}"


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    paths = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    variables = {**os.environ, "PATH": paths, **environment}
    return subprocess.run([str(TASK), *arguments], env=variables, capture_output=True, text=True, check=False)


def upload_survey(s3: Store, tmp_path: Path) -> Counter[str]:
    """Upload small TIFFs called as those of the survey; gives how many chips each folder is to have."""
    source = s3.url / "cogs"
    random = np.random.default_rng(1)
    contents = []
    for index in range(5):
        path = tmp_path / f"{index}.tif"
        raster.write(path, random.integers(0, 255, (3, 64, 64), np.uint8))
        contents.append(path.read_bytes())
    names = [f"cap-{29_000 + index}" for index in range(COGS)]
    with ThreadPoolExecutor(8) as pool:
        for done in [
            pool.submit(_core.write_bytes, source / f"{name}.tif", contents[index % 5])
            for index, name in enumerate(names)
        ]:
            done.result()
    chips: Counter[str] = Counter()
    for name in names:
        chips[folder_of(name)] += 4
    return chips


def log_of(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_tasks_cut_the_chips_of_a_survey_in_a_bucket(s3: Store, tmp_path: Path) -> None:
    expected = upload_survey(s3, tmp_path)
    prefix = s3.url.name
    job = {
        "STORE": "s3",
        "SOURCE_BUCKET": "data",
        "SOURCE_PREFIX": f"{prefix}/cogs/",
        "CHIPS_PREFIX": f"{prefix}/training_chips/16x16/",
        "CHIPS_PER_IMAGE": "4",
        "CHIP_SIZE": "16",
        "AWS_BATCH_JOB_ARRAY_SIZE": str(TASKS),
    }

    def task(index: int) -> subprocess.CompletedProcess[str]:
        return run({**job, "AWS_BATCH_JOB_ARRAY_INDEX": str(index)}, "chips")

    with ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
        done = list(pool.map(task, range(TASKS)))
    assert [d.returncode for d in done] == [0] * TASKS, [d.stderr for d in done if d.returncode][:1]
    lines = [line for d in done for line in log_of(d)]
    assert {line["shard"] for line in lines} == {f"{index}/{TASKS}" for index in range(TASKS)}
    cut = [line for line in lines if line.get("status") == "done"]
    assert len(cut) == len({line["task"] for line in cut}) == COGS
    assert all(line["source"] == f"s3://data/{prefix}/cogs/{line['task']}" for line in cut)

    report = run(job, "report")
    assert report.returncode == 0, report.stderr
    chips = s3.url / "training_chips/16x16"
    details = json.loads((chips / "batch_report.json").read_text())["details"]
    assert (details["chips"], details["chips_per_folder"]) == (4 * COGS, dict(sorted(expected.items())))
    assert len((chips / "chips.csv").read_text().splitlines()) == 4 * COGS + 1
    assert _core.file_exists(chips / folder_of("cap-29000") / "A_cap-29000_04.png")


def test_a_bucket_that_is_not_there_is_a_line_for_the_log(s3: Store) -> None:
    done = run({"STORE": "s3", "SOURCE_BUCKET": "nobody-has-this", "SHARD": "0/1"}, "chips")
    assert done.returncode == 2
    (line,) = log_of(done)[-1:]
    assert line["severity"] == "ERROR"
    assert "nobody-has-this" in line["message"] + line.get("source", "")
