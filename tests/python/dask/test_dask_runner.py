# SPDX-License-Identifier: Apache-2.0
"""Runs on a real cluster: two worker processes, one of which is killed on the way."""

import contextlib
import importlib.metadata
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from distributed import Client, LocalCluster

import tilewright
from tilewright import (
    BatchJob,
    ChipJob,
    ThumbnailJob,
    dask_runner,
    dask_worker,
    raster,
    run_batch,
    run_chips,
    run_thumbnails,
)
from tilewright.composite import CompositeJob, CompositeOptions, run_composite
from tilewright.errors import (
    InvalidArgumentError,
    IoFailedError,
    NotFoundError,
    PermissionDeniedError,
    UnsupportedError,
)
from tilewright.layout import Size

STAMP = "20251203T1530Z"
#: What tells of a run and its times; all else must be the same wherever it was made.
OF_A_RUN = {"batch_metadata.json", "batch_processing.log", "batch_report.html", "batch_report.json"}
OF_A_RUN |= {"batch_state.json", "journal.jsonl"}


@pytest.fixture(scope="module")
def cluster():
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster:
        yield cluster


@pytest.fixture
def client(cluster):
    with Client(cluster) as client:
        client.wait_for_workers(2, timeout=30)
        yield client


@pytest.fixture
def images(folder, photograph):
    """Three folders of twenty images, one that is no image, and one too small."""
    Path("in/0").mkdir(parents=True)
    raster.write("in/0/0.tif", photograph[:, :400, :500])
    for number in range(1, 60):
        Path(f"in/{number % 3}").mkdir(exist_ok=True)
        os.link("in/0/0.tif", f"in/{number % 3}/{number}.tif")
    Path("in/broken.tif").write_bytes(b"no TIFF at all")
    raster.write("in/small.tif", photograph[:, :50, :50])
    return folder


def files(folder):
    found = {}
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file() and path.name not in OF_A_RUN and not path.name.startswith(".dask-"):
            found[str(path.relative_to(folder))] = path.read_bytes()
            if path.name == "thumbnails.jsonl":  # Its lines stand in the order in which they were written.
                found[str(path.relative_to(folder))] = sorted(path.read_bytes().splitlines())
    return found


def lines_of(journal):
    return [json.loads(line) for line in Path(journal).read_text().splitlines()]


def test_outputs_and_report_are_those_of_a_run_here(images, client):
    told, progress = [], []
    report = dask_runner.run(
        BatchJob("in", "there", min_image_size=100), client, on_outcome=told.append, on_progress=progress.append
    )
    here = run_batch(BatchJob("in", "here", min_image_size=100))
    assert files("there") == files("here")
    assert Path("there/batch_report.html").is_file()
    assert [(o.key, o.status, o.message) for o in report.outcomes] == [
        (o.key, o.status, o.message) for o in here.outcomes
    ]
    assert (report.done, report.skipped, report.failed, report.cancelled) == (60, 1, 1, 0)
    assert Counter(o.key for o in told) == Counter(o.key for o in report.outcomes)
    assert (progress[-1].total, progress[-1].done, progress[-1].running) == (62, 60, 0)
    assert progress[-1].raw_bytes == progress[-1].total_raw_bytes
    again = dask_runner.run(BatchJob("in", "there", min_image_size=100), client)
    assert (again.done, again.skipped) == (0, 61)


def test_chips_and_their_indexes_are_those_of_a_run_here(images, client):
    there = dask_runner.run(ChipJob("in", "there", size_px=128, annotators=2), client)
    here = run_chips(ChipJob("in", "here", size_px=128, annotators=2))
    assert files("there") == files("here")
    assert there["details"] == here["details"]
    assert there["details"]["chips"] == 240


def test_thumbnails_and_their_index_are_those_of_a_run_here(images, client):
    dask_runner.run(ThumbnailJob("in", "there", size=Size(64, 64), stamp=STAMP), client)
    run_thumbnails(ThumbnailJob("in", "here", size=Size(64, 64), stamp=STAMP))
    assert files("there") == files("here")
    assert len(lines_of(f"there/{STAMP}/thumbnails.jsonl")) == 61
    again = dask_runner.run(ThumbnailJob("in", "there", size=Size(64, 64), stamp=STAMP), client)
    assert (again.done, again.skipped, again.failed) == (0, 61, 1)


def test_a_composite_is_that_of_a_run_here(folder, photograph, client):
    Path("scenes").mkdir()
    scenes = [raster.write(f"scenes/{day}.tif", photograph[:, day : day + 300, :400]).path for day in range(5)]
    options = {"composite": CompositeOptions("quantile"), "window_size": Size(128, 128)}
    report = dask_runner.run(CompositeJob("there.tif", scenes, **options), client)
    run_composite(CompositeJob("here.tif", scenes, **options))
    assert (report.done, report.failed) == (12, 0)
    assert np.array_equal(raster.read("there.tif"), raster.read("here.tif"))
    assert Path("there.tif").read_bytes() == Path("here.tif").read_bytes()
    again = dask_runner.run(CompositeJob("there.tif", scenes, **options), client)
    assert (again.done, again.skipped) == (0, 12)


def test_a_worker_that_is_killed_costs_nothing_but_time(images, client):
    worker = next(iter(client.run(os.getpid).values()))
    told, notes = [], []

    def kill_one(outcome):
        told.append(outcome)
        if outcome.status == "done" and len(told) == 12:
            os.kill(worker, signal.SIGKILL)

    job = BatchJob("in", "there", min_image_size=100, compression="small")
    report = dask_runner.run(job, client, on_outcome=kill_one, on_note=notes.append)
    assert "did not end" in notes[0]
    run_batch(job.replace(output_dir="here"))
    assert files("there") == files("here")
    # What it ended before it died is found, and proven, by who does it again.
    assert (report.done + report.skipped, report.failed, report.cancelled) == (61, 1, 0)
    assert {o.reason for o in report.outcomes if o.status == "skipped"} <= {"already_exists", "below_min_size"}
    assert max(o.attempts for o in report.outcomes) == 2
    keys = Counter(line["key"] for line in lines_of("there/journal.jsonl"))
    assert keys == Counter(o.key for o in report.outcomes)
    assert set(keys.values()) == {1}


def start(cluster, *arguments):
    command = [sys.executable, "-m", "tilewright", "tesselate", "in", "there", "--dask", cluster.scheduler_address]
    return subprocess.Popen([*command, *arguments], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def wait_for_lines(process, count):
    return [process.stderr.readline() for _ in range(count)]


def under_way(client):
    """Runs that a worker has a batch of."""
    return [run for runs in client.run(dask_worker.runs_under_way).values() for run in runs]


def test_ctrl_c_leaves_the_workers_idle_and_the_run_to_be_gone_on_with(images, client, cluster):
    slowly = ("--min-size", "100", "--compression", "small")
    process = start(cluster, *slowly)
    wait_for_lines(process, 12)
    process.send_signal(signal.SIGINT)
    _, messages = process.communicate(timeout=20)
    assert process.returncode == 130, messages
    assert messages.endswith("Interrupted. What is done is kept; the same command goes on where it stopped.\n")
    assert under_way(client) == []
    report = json.loads(Path("there/batch_report.json").read_text())
    assert report["interrupted"]
    assert not list(Path("there").glob(".dask*"))

    # The same with a coordinator that cannot say goodbye.
    process = start(cluster, *slowly)
    wait_for_lines(process, 8)
    process.kill()
    process.communicate()
    end = time.monotonic() + 20
    while under_way(client) and time.monotonic() < end:
        time.sleep(0.05)
    assert under_way(client) == []

    process = start(cluster, *slowly, "--json")
    result, messages = process.communicate(timeout=60)
    assert process.returncode == 1, messages
    assert [image["status"] for image in json.loads(result)["images"]].count("failed") == 1
    run_batch(BatchJob("in", "here", min_image_size=100, compression="small"))
    assert files("there") == files("here")


def command(*arguments):
    return subprocess.run([sys.executable, "-m", "tilewright", *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("address", ["no-file.json", "127.0.0.1"])
def test_no_scheduler_is_one_clear_line(images, address):
    done = command("thumbnails", "in", "out", "--dask", address)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"Error: {address}: ")
    assert not Path("out").exists()


def test_a_scheduler_that_does_not_answer_is_not_waited_for_long(monkeypatch):
    assert dask_runner.CONNECT_SECONDS <= 5
    monkeypatch.setattr(dask_runner, "CONNECT_SECONDS", 0.2)
    answer = pytest.raises(NotFoundError, match="tcp://127.0.0.1:1: no Dask scheduler answers there; start one")
    with answer, dask_runner.connect("tcp://127.0.0.1:1"):
        pass


def test_a_file_that_tells_of_no_scheduler_is_refused(tmp_path):
    file = tmp_path / "scheduler.json"
    file.write_text("[]")
    with pytest.raises(InvalidArgumentError, match="is no scheduler file"), dask_runner.connect(str(file)):
        pass


@pytest.mark.parametrize("name", ["tesselate", "chips", "thumbnails"])
def test_a_share_and_a_cluster_exclude_each_other(folder, name):
    done = command(name, "in", "out", "--dask", "tcp://127.0.0.1:1", "--shard", "0/2")
    assert done.returncode == 2
    assert "--dask and --shard exclude each other" in done.stderr


def test_without_dask_the_way_to_it_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UnsupportedError, match=r"pip install 'tilewright\[dask\]'"), dask_runner.connect("tcp://x:1"):
        pass


def test_workers_of_another_version_are_refused(images, client, monkeypatch):
    monkeypatch.setattr(dask_runner, "__version__", "99.1")
    with pytest.raises(
        InvalidArgumentError, match=r"tcp://.* has tilewright .*, and here it is 99\.1; install the same"
    ):
        dask_runner.run(BatchJob("in", "out"), client)


def test_workers_without_tilewright_are_refused(images, client, monkeypatch):
    monkeypatch.setattr(dask_runner, "DISTRIBUTION", "tilewright-that-nobody-has")
    with pytest.raises(InvalidArgumentError, match=r"tcp://.* has no tilewright; there: pip install tilewright=="):
        dask_runner.run(BatchJob("in", "out"), client)


def test_what_a_worker_does_not_see_is_named(images):
    job = tilewright.tasks.for_other_machines(BatchJob("in", "out"))
    with dask_runner.shown_places(job) as places:
        assert dask_worker.problem_here(places) is None
        sample = Path(places.sample)
        sample.rename("moved.tif")
        assert "in: is not seen on" in str(dask_worker.problem_here(places))
        sample.write_bytes(b"another file")
        assert "this is another folder; give a folder that all workers see" in str(dask_worker.problem_here(places))
        Path("moved.tif").replace(sample)
        token = Path(places.token)
        token.write_text("of another run")
        assert "this is another folder" in str(dask_worker.problem_here(places))
        token.unlink()
        assert isinstance(dask_worker.problem_here(places), NotFoundError)
    assert not list(Path("out").iterdir())


def test_a_worker_that_does_not_see_the_output_is_refused_before_anything_is_done(images, client, monkeypatch):
    def hide_token(job):
        places = shown(job)
        entered = places.__enter__()
        Path(entered.token).unlink()
        return contextlib.nullcontext(entered)

    shown = dask_runner.shown_places
    monkeypatch.setattr(dask_runner, "shown_places", hide_token)
    with pytest.raises(
        NotFoundError, match="out: is not seen on .*; give a folder that all workers see under this path"
    ):
        dask_runner.run(BatchJob("in", "out"), client)
    assert not list(Path("out").iterdir())


def test_a_folder_that_cannot_be_written_is_refused(images, client):
    Path("out").write_text("a file")
    with pytest.raises(PermissionDeniedError, match="out: cannot be written"):
        dask_runner.run(BatchJob("in", "out"), client)


def test_bad_options_are_refused_before_anything_is_made(images, client):
    with pytest.raises(InvalidArgumentError):
        dask_runner.run(BatchJob("in", "out", num_pieces=0), client)
    with pytest.raises(NotFoundError):
        dask_runner.run(BatchJob("nowhere", "out"), client)
    assert not Path("out").exists()


@pytest.fixture
def own_cluster(tmp_path):
    """A scheduler and a worker started as people start them; the scheduler file, and the scheduler's process."""
    file = tmp_path / "scheduler.json"
    options = ["--scheduler-file", file, "--dashboard-address", ":0"]
    scheduler = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", *options]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny", *options]
    started = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for command in (scheduler, worker)]
    end = time.monotonic() + 30
    while not file.is_file() and time.monotonic() < end:
        time.sleep(0.05)
    yield file, started[0]
    for process in started:
        process.kill()
        process.wait()


def test_a_scheduler_that_goes_away_ends_the_run_and_another_goes_on(images, own_cluster):
    file, scheduler = own_cluster
    told = []

    def kill_scheduler(outcome):
        told.append(outcome)
        if len(told) == 6:
            scheduler.kill()

    job = BatchJob("in", "there", min_image_size=100, compression="small")
    with dask_runner.connect(str(file)) as client:
        client.wait_for_workers(1, timeout=30)
        with pytest.raises(IoFailedError, match="the Dask scheduler went away .* the same call goes on"):
            dask_runner.run(job, client, on_outcome=kill_scheduler)
    assert json.loads(Path("there/batch_report.json").read_text())["interrupted"]
    again = run_batch(job)
    assert again.done + again.skipped == 61
    assert again.skipped >= 4


def test_the_version_that_is_compared_is_that_of_the_package():
    assert importlib.metadata.version(dask_runner.DISTRIBUTION) == tilewright.__version__
