# SPDX-License-Identifier: Apache-2.0
"""What log collectors get with --log-format json: every line on stderr an object, from the first to the last."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tilewright import raster
from tilewright.batch import Shard
from tilewright.cli.json_logs import JsonLogs, JsonProgress, wanted

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def logged(*arguments, code=0):
    """Run a command; give its log lines and its stdout."""
    done = subprocess.run(
        [sys.executable, "-m", "tilewright", *map(str, arguments), "--log-format", "json"],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert done.returncode == code, done.stderr
    for line in lines:
        assert line["severity"] in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}
        assert TIME.fullmatch(line["time"])
        assert line["message"]
        assert "\n" not in line["message"]
    if lines:
        assert lines[-1]["exit_code"] == code
    return lines, done.stdout


@pytest.fixture
def images(tmp_path):
    """Four images, one of them broken, one too small."""
    folder = tmp_path / "in"
    (folder / "a").mkdir(parents=True)
    random = np.random.default_rng(1)
    for name in ("a/one.tif", "two.tif"):
        raster.write(folder / name, random.integers(0, 255, (3, 120, 130), np.uint8))
    raster.write(folder / "small.tif", np.zeros((1, 20, 20), np.uint8))
    (folder / "broken.tif").write_bytes((folder / "two.tif").read_bytes()[:500])
    return folder


JOBS = {
    "tesselate": ("--min-size", "64", "--pieces", "2"),
    "chips": ("--size", "32", "--count", "2"),
    "thumbnails": ("--size", "32"),
}


@pytest.mark.parametrize("command", JOBS)
def test_each_image_has_a_line_that_names_it(command, images, tmp_path):
    lines, stdout = logged(command, images, tmp_path / "out", *JOBS[command], code=1)
    assert {line["command"] for line in lines} == {command}
    assert {line["shard"] for line in lines} == {"0/1"}
    tasks = {line["task"]: line for line in lines if "task" in line}
    assert set(tasks) == {"a/one.tif", "two.tif", "small.tif", "broken.tif"}
    assert all(line["source"] == str(images / task) for task, line in tasks.items())
    failed = tasks["broken.tif"]
    assert (failed["severity"], failed["status"], failed["code"]) == ("ERROR", "failed", "corrupt")
    assert failed["message"].startswith("failed: broken.tif: ")
    done = tasks["a/one.tif"]
    assert (done["severity"], done["status"], done["attempts"]) == ("INFO", "done", 1)
    assert done["outputs"] == (1 if command == "thumbnails" else 2)
    assert done["written_bytes"] > 0
    assert "code" not in done
    if command != "thumbnails":
        assert tasks["small.tif"]["status"] == "skipped"
        assert tasks["small.tif"]["reason"]
    last = lines[-1]
    assert last["severity"] == "ERROR"
    assert (last["found"], last["failed"], last["found"]) == (4, 1, last["done"] + last["skipped"] + 1)
    assert "4 images" in stdout


def test_a_worker_s_lines_tell_its_share(images, tmp_path):
    told = []
    for index in range(3):
        code = 1 if index == 1 else 0
        lines, _ = logged("chips", images, tmp_path / "out", *JOBS["chips"], "--shard", f"{index}/3", code=code)
        assert {line["shard"] for line in lines} == {f"{index}/3"}
        told += [line["task"] for line in lines if "task" in line]
    assert sorted(told) == ["a/one.tif", "broken.tif", "small.tif", "two.tif"]


def test_stdout_stays_what_it_was(images, tmp_path):
    _, stdout = logged("chips", images, tmp_path / "out", *JOBS["chips"], "--json", code=1)
    assert json.loads(stdout)["batch_summary"]["errors"] == 1
    lines, stdout = logged("chips", images, tmp_path / "out", *JOBS["chips"], "--dry-run")
    assert lines == []
    assert "4 images found" in stdout


def test_the_level_leaves_out_what_is_below(images, tmp_path):
    lines, _ = logged("chips", images, tmp_path / "out", *JOBS["chips"], "--log-level", "error", code=1)
    assert [line.get("task") for line in lines] == ["broken.tif", None]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("chips", "absent", "out"), "not_found", "absent"),
        (("chips",), "invalid_argument", "INPUT"),
        (("chips", ".", "out", "--count", "many"), "invalid_argument", "many"),
        (("chips", ".", "out", "--colour", "red"), "invalid_argument", "--colour"),
        (("tesselate", ".", "out", "--pieces", "2", "--grid", "1x2"), "invalid_argument", "--pieces and --grid"),
        (("thumbnails", ".", "out", "--stamp", "today"), "invalid_argument", "stamp"),
        (("chips", ".", "out", "--shard", "7/3"), "invalid_argument", "7"),
        (("report", "."), "invalid_argument", "batch_report.json"),
        (("paint", "."), "invalid_argument", "paint"),
    ],
)
def test_what_is_wrong_with_the_call_is_one_line_too(arguments, code, message, folder):
    lines, stdout = logged(*arguments, code=2)
    assert [(line["severity"], line["code"]) for line in lines] == [("ERROR", code)]
    assert message in lines[0]["message"]
    assert stdout == ""


def test_a_variable_that_makes_no_sense_is_named(images, tmp_path, monkeypatch):
    monkeypatch.setenv("CLOUD_RUN_TASK_INDEX", "many")
    monkeypatch.setenv("CLOUD_RUN_TASK_COUNT", "3")
    lines, _ = logged("chips", images, tmp_path / "out", "--shard", "auto", code=2)
    assert "CLOUD_RUN_TASK_INDEX" in lines[0]["message"]


def test_verify_and_report_name_what_is_wrong(images, tmp_path):
    out = tmp_path / "out"
    logged("tesselate", images, out, *JOBS["tesselate"], code=1)
    lines, _ = logged("report", out, code=1)
    assert [(line["task"], line["source"]) for line in lines[:-1]] == [("broken.tif", str(images / "broken.tif"))]
    assert lines[-1]["failed"] == 1

    lines, _ = logged("verify", out)
    assert [line["severity"] for line in lines] == ["INFO"] * 3
    damaged = next(out.rglob("slice_1_*"))
    damaged.write_bytes(damaged.read_bytes()[:-1])
    lines, _ = logged("verify", out, code=1)
    (problem,) = [line for line in lines if "file" in line]
    assert (problem["severity"], problem["file"]) == ("ERROR", damaged.name)
    assert problem["source"] == str(damaged.parent / "metadata.json")


def test_workers_that_have_not_begun_are_told(images, tmp_path):
    logged("chips", images, tmp_path / "out", *JOBS["chips"], "--shard", "0/3")
    lines, _ = logged("report", tmp_path / "out", code=1)
    assert [line["missing"] for line in lines if "missing" in line] == [[1, 2]]


def test_names_may_hold_anything(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in (b"line\nbreak.tif", b"not utf-8 \xff.tif", b"gr\xc3\xbc\xc3\x9fe.tif", b'"quoted\x1b[2J.tif'):
        (folder / os.fsdecode(name)).write_bytes(b"no TIFF")
    lines, _ = logged("chips", folder, tmp_path / "out", code=1)
    assert len([line for line in lines if line.get("status") == "failed"]) == 4


def test_pages_name_their_file(tmp_path):
    logs = JsonLogs("tesselate")
    logs.begin(tmp_path, Shard(2, 5))
    assert logs.source_of("a/b.tif#page=12") == str(tmp_path / "a/b.tif")
    logs.begin(tmp_path / "b.tif")
    assert logs.source_of("b.tif#page=2") == str(tmp_path / "b.tif")
    logs.begin(Path("in"))
    assert logs.source_of("in") == "in"


def test_an_interrupted_run_says_so(images, tmp_path):
    for index in range(400):
        (images / f"{index}.tif").write_bytes((images / "two.tif").read_bytes())
    command = [sys.executable, "-m", "tilewright", "chips", str(images), str(tmp_path / "out"), *JOBS["chips"]]
    with subprocess.Popen(
        [*command, "--workers", "1", "--log-format", "json"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        first = [process.stderr.readline() for _ in range(4)]
        process.send_signal(signal.SIGTERM)
        lines = [json.loads(line) for line in first + process.stderr.readlines()]
    assert process.returncode == 143
    assert (lines[-1]["severity"], lines[-1]["exit_code"]) == ("WARNING", 143)
    assert "same command goes on" in lines[-1]["message"]


def test_progress_is_told_now_and_then(capsys):
    logs = JsonLogs("chips")
    figures = dict.fromkeys(("skipped", "cancelled", "running", "raw_bytes", "total_raw_bytes", "seconds"), 0)
    progress = SimpleNamespace(total=975, done=12, failed=1, **figures)
    often = JsonProgress(logs, counts=True, every_s=0)
    often.progress(progress)
    JsonProgress(logs, counts=True).progress(progress)
    JsonProgress(logs, counts=False, every_s=0).progress(progress)
    (line,) = map(json.loads, capsys.readouterr().err.splitlines())
    assert line["message"] == "13 of 975 images"
    assert (line["total"], line["done"], line["failed"]) == (975, 12, 1)


def test_a_defect_is_critical_and_tells_where(capsys):
    logs = JsonLogs("chips")
    try:
        raise RuntimeError("wires crossed")
    except RuntimeError as error:
        logs.crashed(error, 1)
    line = json.loads(capsys.readouterr().err)
    assert (line["severity"], line["message"]) == ("CRITICAL", "RuntimeError: wires crossed")
    assert "test_json_logs.py" in line["stack_trace"]


def test_json_is_asked_for_in_both_spellings():
    assert wanted(["chips", "--log-format", "json", "a", "b"])
    assert wanted(["chips", "a", "b", "--log-format=json"])
    assert not wanted(["chips", "a", "json", "--log-format"])
    assert not wanted(["chips", "--log-format", "text", "json"])


def test_a_reader_that_went_away_ends_nothing(images, tmp_path):
    command = [sys.executable, "-m", "tilewright", "chips", str(images), str(tmp_path / "out"), *JOBS["chips"]]
    with subprocess.Popen([*command, "--log-format", "json"], stderr=subprocess.PIPE, stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stderr.close()
        assert b"4 images" in run.stdout.read()
    assert run.returncode == 1
    assert (tmp_path / "out/batch_report.json").is_file()
