# SPDX-License-Identifier: Apache-2.0
"""Windows of a scene on their way to workers."""

import json
import os
import subprocess
import sys
import threading
import time
import types
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilewright import raster
from tilewright.dispatch import http as posting
from tilewright.dispatch import plan_windows, wait_for_windows
from tilewright.dispatch.http import PostOptions, post_windows, worker_url
from tilewright.dispatch.pubsub import publish_windows
from tilewright.errors import InvalidArgumentError, NotFoundError, PermissionDeniedError

from .scripted_worker import HANG_UP, ScriptedWorker

TOKEN = "correct-horse-battery-staple"


@pytest.fixture(autouse=True)
def no_long_pauses(monkeypatch):
    monkeypatch.setattr(posting, "FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(posting, "MOST_PAUSE_SECONDS", 0.02)


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 120))
def test_windows_cover_the_scene_once(width, height, side):
    covered = np.zeros((height, width), int)
    planned = plan_windows(width, height, "gs://bucket/results/", side)
    for one in planned:
        covered[one.window.slices] += 1
        assert max(one.window.width_px, one.window.height_px) <= side
        assert one.destination == f"gs://bucket/results/tile_{one.window.x_px}_{one.window.y_px}.tif"
    assert (covered == 1).all()
    assert len({one.name for one in planned}) == len(planned)


def test_the_windows_of_a_sentinel_2_scene():
    planned = plan_windows(10980, 10980, "gs://bucket/results")
    assert len(planned) == 121
    assert [one.name for one in planned[:2]] == ["tile_0_0.tif", "tile_0_1024.tif"]
    assert list(planned[-1].window) == [10240, 10240, 740, 740]
    assert planned[1].payload(["gs://bucket/a.tif"]) == {
        "window": [0, 1024, 1024, 1024],
        "destination": "gs://bucket/results/tile_0_1024.tif",
        "datasets": ["gs://bucket/a.tif"],
    }


@pytest.mark.parametrize("sizes", [(0, 5, 5), (5, 0, 5), (5, 5, 0), (-1, 5, 5)])
def test_sizes_below_one_are_refused(sizes):
    with pytest.raises(InvalidArgumentError):
        plan_windows(*sizes[:2], "out", sizes[2])


def windows(folder, count=6):
    return plan_windows(count * 10, 10, str(folder), 10)


def test_each_window_is_posted_once_and_in_their_order(tmp_path):
    with ScriptedWorker() as worker:
        sent = post_windows(worker.url, windows(tmp_path), ["a.tif"], authorization=lambda: f"Bearer {TOKEN}")
    assert [one.name for one in sent] == [one.name for one in windows(tmp_path)]
    assert not any(one.error for one in sent)
    assert set(worker.attempts.values()) == {1}
    assert set(worker.authorizations) == {f"Bearer {TOKEN}"}


def test_what_passes_is_tried_again_and_what_does_not_is_told(tmp_path):
    script = {
        "tile_0_0.tif": [503, 500, 502, 504, 408, HANG_UP, 204],
        "tile_10_0.tif": [429] * 20 + [204],
        "tile_20_0.tif": [400],
        "tile_30_0.tif": [403],
        "tile_40_0.tif": [503] * 20,
        "tile_50_0.tif": [413],
    }
    told = []
    with ScriptedWorker(script) as worker:
        sent = post_windows(
            worker.url, windows(tmp_path), ["a.tif"], options=PostOptions(3, retries=6), on_sent=told.append
        )
    assert [one.error for one in sent] == ["", "", "400: told 400", "403: told 403", "503: told 503", "413: told 413"]
    assert [one.attempts for one in sent] == [7, 21, 1, 1, 7, 1]
    assert sorted(one.name for one in told) == sorted(one.name for one in sent)


def test_so_many_at_a_time(tmp_path):
    with ScriptedWorker() as worker:
        worker.gate.clear()

        def open_gate():
            end_s = time.monotonic() + 20
            while worker.most_at_once < 5 and time.monotonic() < end_s:
                time.sleep(0.01)
            time.sleep(0.2)  # in which one more could come
            worker.gate.set()

        opener = threading.Thread(target=open_gate)
        opener.start()
        post_windows(worker.url, windows(tmp_path, 20), ["a.tif"], options=PostOptions(5))
        opener.join()
    assert worker.most_at_once == 5


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed(tmp_path, status):
    with ScriptedWorker({"tile_0_0.tif": [status, 204]}, {"Retry-After": "1"}) as worker:
        begun = time.monotonic()
        (sent,) = post_windows(worker.url, windows(tmp_path, 1), ["a.tif"])
    assert not sent.error
    assert time.monotonic() - begun >= 1


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("7", 7, 7),
        ("999999", 300, 300),
        ("soon", 0, 0),
        ("", 0, 0),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 0, 0),
        ("-3", 0, 0),
    ],
)
def test_retry_after_in_all_its_forms(text, least, most):
    import httpx

    seconds = posting._retry_after_s(httpx.Response(503, headers={"Retry-After": text} if text else {}))
    assert least <= seconds <= most


def test_a_window_has_its_time(tmp_path):
    with ScriptedWorker({"tile_0_0.tif": [429] * 10_000, "tile_10_0.tif": [503] * 10_000}) as worker:
        options = PostOptions(2, retries=1_000_000, timeout_s=0.5)
        sent = post_windows(worker.url, windows(tmp_path, 2), ["a.tif"], options=options)
        worker.gate.clear()
        (late,) = post_windows(worker.url, windows(tmp_path / "late", 1), ["a.tif"], options=options)
    assert all("no time is left" in one.error for one in sent)
    assert "was not done within" in late.error


def test_dead_letters_are_failures(tmp_path):
    with ScriptedWorker(headers={"Tilewright-Outcome": "dead-letter"}) as worker:
        (sent,) = post_windows(worker.url, windows(tmp_path, 1), ["a.tif"])
    assert "dead letters" in sent.error


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, PermissionDeniedError), (404, NotFoundError), (405, NotFoundError), (302, NotFoundError)],
)
def test_what_every_window_would_meet_ends_it_at_once(tmp_path, status, error):
    with ScriptedWorker({"*": [status] * 100}) as worker, pytest.raises(error):
        post_windows(worker.url, windows(tmp_path, 50), ["a.tif"], options=PostOptions(2))
    assert sum(worker.attempts.values()) <= 4


def test_nobody_there_ends_it_too(tmp_path):
    with ScriptedWorker() as worker:
        url = worker.url
    with pytest.raises(NotFoundError, match="nobody answers"):
        post_windows(url, windows(tmp_path), ["a.tif"], options=PostOptions(retries=2))


def test_inside_a_running_loop(tmp_path):
    import asyncio

    async def notebook():
        return post_windows(worker.url, windows(tmp_path), ["a.tif"])

    with ScriptedWorker() as worker:
        assert len(asyncio.run(notebook())) == 6


@pytest.mark.parametrize(
    ("given_url", "url"),
    [
        ("https://host", "https://host/median"),
        ("https://host/", "https://host/median"),
        ("https://host/median", "https://host/median"),
        ("http://host:8080/behind/proxy/", "http://host:8080/behind/proxy/median"),
    ],
)
def test_workers_are_named_with_or_without_the_path(given_url, url):
    assert worker_url(given_url) == url


@pytest.mark.parametrize("url", ["", "host", "ftp://host", "http://", "gs://bucket/x", "http://[::1"])
def test_what_is_no_worker_is_refused(url):
    with pytest.raises(InvalidArgumentError):
        worker_url(url)


@pytest.fixture
def topic(monkeypatch):
    """Stands for google-cloud-pubsub, whose client publishes to a list."""
    published = []

    class Future:
        def __init__(self, error):
            self.error = error

        def result(self, timeout):
            assert timeout > 0
            if self.error:
                raise self.error
            return "id"

    class PublisherClient:
        def publish(self, topic, data):
            published.append((topic, json.loads(data)))
            return Future(RuntimeError("too large") if len(published) == 2 else None)

    module = types.ModuleType("google.cloud.pubsub_v1")
    module.PublisherClient = PublisherClient
    package = types.ModuleType("google.cloud")
    package.pubsub_v1 = module
    monkeypatch.setitem(sys.modules, "google.cloud", package)
    monkeypatch.setitem(sys.modules, "google.cloud.pubsub_v1", module)
    return published


def test_each_window_is_a_message(topic):
    told = []
    sent = publish_windows("projects/p/topics/windows", windows("gs://b/out", 3), ["gs://b/a.tif"], on_sent=told.append)
    assert [place for place, _ in topic] == ["projects/p/topics/windows"] * 3
    assert [payload for _, payload in topic] == [one.payload(["gs://b/a.tif"]) for one in windows("gs://b/out", 3)]
    assert [one.error for one in sent] == ["", "RuntimeError: too large", ""]
    assert told == sent


@pytest.mark.parametrize(
    "name", ["windows", "projects/p/subscriptions/windows", "projects/p/topics/", "projects//topics/abc"]
)
def test_what_is_no_topic_is_refused(topic, name):
    with pytest.raises(InvalidArgumentError, match="projects/PROJECT/topics/TOPIC"):
        publish_windows(name, windows("gs://b/out"), ["gs://b/a.tif"])


def test_tiles_are_waited_for_as_long_as_some_come(tmp_path):
    names = [f"tile_{number}.tif" for number in range(4)]
    comes_at_s = dict(zip(names, (3, 50, 120, 1000), strict=True))
    now, looks = [0.0], []

    def sleep(seconds):
        now[0] += seconds
        for name, at_s in comes_at_s.items():
            if at_s <= now[0]:
                (tmp_path / name).touch()

    def wait(patience_s):
        return wait_for_windows(
            str(tmp_path),
            names,
            patience_s=patience_s,
            on_look=lambda there, total: looks.append((there, total)),
            clock=lambda: now[0],
            sleep=sleep,
        )

    assert wait(0) == names
    assert wait(100) == [names[3]]
    assert 220 <= now[0] < 240
    (tmp_path / names[3]).touch()
    assert wait(0) == []
    assert looks[-1] == (4, 4)
    assert [there for there, _ in looks] == sorted(there for there, _ in looks)
    assert wait_for_windows(str(tmp_path / "nowhere"), names, patience_s=0) == names


def dispatch(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "tilewright", "dispatch", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, **environment},
    )


@pytest.fixture
def scenes(folder):
    """Three dates of one place, 250 x 120 px: six windows of 100 px."""
    for name in ("20230102_TCI.tif", "20230103_TCI.tif", "20230105_TCI.tif", "mask.tif"):
        raster.write(
            folder / "scenes" / name if (folder / "scenes").is_dir() else made(folder / "scenes") / name,
            np.zeros((3, 120, 250), np.uint8),
        )
    return folder


def made(folder):
    folder.mkdir()
    return folder


SIX = ["tile_0_0", "tile_0_100", "tile_100_0", "tile_100_100", "tile_200_0", "tile_200_100"]


def test_the_command_posts_waits_and_reports(scenes):
    with ScriptedWorker() as worker:
        done = dispatch(
            *("out", "scenes/*_TCI.tif", "--url", worker.url, "--window-size", 100, "--wait"),
            TILEWRIGHT_WORKER_TOKEN=TOKEN,
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "6 windows: 6 sent, 0 failed; 6 of 6 tiles there\n"
    assert sorted(Path(payload["destination"]).stem for payload in worker.payloads) == SIX
    datasets = [str(scenes / f"scenes/2023010{day}_TCI.tif") for day in (2, 3, 5)]
    assert all(payload["datasets"] == datasets for payload in worker.payloads)
    assert all(Path(payload["destination"]).parent == scenes / "out" for payload in worker.payloads)
    assert set(worker.authorizations) == {f"Bearer {TOKEN}"}


def test_the_first_window_alone(scenes):
    with ScriptedWorker() as worker:
        done = dispatch("out", "scenes", "--url", worker.url, "--window-size", 100, "--limit", 1, "--json")
    assert json.loads(done.stdout) == {"windows": 1, "sent": 1, "failed": [], "missing": None}
    (payload,) = worker.payloads
    assert payload["window"] == [0, 0, 100, 100]
    assert len(payload["datasets"]) == 4


@pytest.mark.parametrize("progress", ["--progress", "--no-progress"])
def test_what_failed_and_what_is_missing_is_named(scenes, progress):
    with ScriptedWorker({"tile_100_0.tif": [400]}) as worker:
        arguments = ("out", "scenes", "--url", worker.url, "--window-size", 100, "--wait", progress)
        done = dispatch(*arguments)
        told = json.loads(dispatch(*arguments, "--json", "--limit", 3).stdout)
    assert done.returncode == 1
    assert done.stdout == "6 windows: 5 sent, 1 failed; 5 of 6 tiles there\n"
    assert done.stderr.count("failed    tile_100_0.tif: 400: told 400\n") == 1
    assert done.stderr.count("missing   tile_100_0.tif\n") == 1
    assert told["missing"] == []


def test_a_worker_that_says_done_and_makes_nothing_is_found_out(scenes):
    with ScriptedWorker(makes_tiles=False) as worker:
        done = dispatch("out", "scenes", "--url", worker.url, "--window-size", 200, "--wait", "--log-format", "json")
    assert done.returncode == 1
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["task"] for line in lines if line["message"].endswith("is missing")] == [
        "tile_0_0.tif",
        "tile_200_0.tif",
    ]
    assert lines[-1]["exit_code"] == 1


def test_how_windows_are_made_is_told_to_the_worker(scenes):
    making = {"options": {"rule": "medoid"}, "stack": {"skip_bad": 2}}
    done = dispatch("out", "scenes", "--lines", "-", "--limit", 1, "--making", json.dumps(making))
    (payload,) = map(json.loads, done.stdout.splitlines())
    assert {key: payload[key] for key in making} == making


def test_lines_of_json(scenes):
    done = dispatch("gs://bucket/out/", "scenes", "--lines", "-", "--window-size", 100)
    assert done.returncode == 0
    payloads = [json.loads(line) for line in done.stdout.splitlines()]
    assert [payload["destination"] for payload in payloads] == [f"gs://bucket/out/{name}.tif" for name in SIX]
    assert done.stderr.endswith("6 windows: 6 sent, 0 failed\n")
    written = dispatch("gs://bucket/out/", "scenes", "--lines", "lines.jsonl", "--window-size", 100)
    assert Path("lines.jsonl").read_text() == done.stdout
    assert written.stdout == "6 windows: 6 sent, 0 failed\n"


def test_who_else_makes_the_tiles_is_waited_for(scenes):
    missing = dispatch(*("out", "scenes", "--lines", "x", "--window-size", 200, "--wait", "--patience", 0))
    assert (missing.returncode, missing.stderr.count("missing ")) == (1, 2)
    made(scenes / "out")

    def make():
        for name in ("tile_0_0.tif", "tile_200_0.tif"):
            time.sleep(0.5)
            (scenes / "out" / name).touch()

    maker = threading.Thread(target=make)
    maker.start()
    done = dispatch(*("out", "scenes", "--lines", "x", "--window-size", 200, "--wait", "--patience", 30))
    maker.join()
    assert done.returncode == 0, done.stderr
    assert "there     2 of 2 tiles" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["out", "scenes"], "give one of --url, --pubsub and --lines"),
        (["out", "scenes", "--url", "http://x", "--lines", "-"], "give one of --url, --pubsub and --lines"),
        (["out", "scenes", "--lines", "-", "--json"], "exclude each other"),
        (["out", "nowhere", "--lines", "-"], "nowhere: does not exist"),
        (["out", "scenes/*.jp2", "--lines", "-"], "there are no such rasters"),
        (["out", "@nowhere.txt", "--lines", "-"], "nowhere.txt"),
        (["out", "scenes", "--url", "ftp://x"], "is no URL of a worker"),
        (["out", "scenes", "--url", "http://127.0.0.1:9", "--retries", "0"], "nobody answers"),
        (["out", "scenes", "--url", "http://127.0.0.1:9", "--token-file", "/no/such"], "--token-file /no/such"),
        (["out", "scenes", "--pubsub", "windows"], "projects/PROJECT/topics/TOPIC"),
        (["out", "scenes", "--lines", "-", "--making", "{"], "--making is no JSON"),
        (["out", "scenes", "--lines", "-", "--making", '{"rule": "medoid"}'], "expected an object with options"),
        (["out", "scenes", "--lines", "-", "--making", '{"options": {"rul": 1}}'], "options.rul: there is no such key"),
        (["out", "scenes", "--lines", "-", "--making", '{"stack": 7}'], "stack: expected an object"),
    ],
)
def test_what_cannot_be_sent_is_told(scenes, arguments, reason):
    done = dispatch(*arguments)
    assert done.returncode == 2
    assert reason in done.stderr
    assert "Traceback" not in done.stderr
    assert not (scenes / "out").exists()
