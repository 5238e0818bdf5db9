# SPDX-License-Identifier: Apache-2.0
"""A worker as a process: what its socket, its signals and its command line do."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest

from .clients import BEARER, TOKEN, Launched, pushed, wait_until, window_of
from .stage import Stage


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path)


@pytest.fixture
def pool():
    with ThreadPoolExecutor(8) as threads:
        yield threads


def test_sigterm_lets_what_runs_end(stage, tmp_path, pool):
    stage.hold()
    with Launched(tmp_path) as worker:
        running = pool.submit(worker.post, json=window_of(tmp_path))
        wait_until(lambda: stage.begun)
        worker.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not accepts(worker.url))
        assert not running.done()
        stage.let_go()
        assert running.result().status_code == 204
        assert worker.process.wait(20) == 0
    assert (tmp_path / "tile.tif").exists()


@pytest.mark.parametrize("twice", [False, True])
def test_what_takes_too_long_is_stopped_and_nothing_is_torn(stage, tmp_path, pool, twice):
    stage.hold()
    with Launched(tmp_path, "--drain", "3600" if twice else "0.3") as worker:
        running = pool.submit(worker.post, json=window_of(tmp_path))
        waiting = pool.submit(worker.post, json=pushed(window_of(tmp_path)))
        wait_until(lambda: stage.begun and "joined 1.0" in httpx.get(f"{worker.url}/metrics").text)
        worker.process.send_signal(signal.SIGTERM)
        if twice:
            wait_until(lambda: not accepts(worker.url))
            worker.process.send_signal(signal.SIGTERM)
        assert [answer.result().status_code for answer in (running, waiting)] == [503, 503]
        assert worker.process.wait(20) == 0
    assert not [path.name for path in tmp_path.iterdir() if "tile.tif" in path.name]


def test_work_that_hears_nothing_does_not_keep_the_worker(stage, tmp_path, pool):
    stage.hold(deaf=True)
    with Launched(tmp_path, "--drain", "0.3") as worker:
        running = pool.submit(worker.post, json=window_of(tmp_path))
        wait_until(lambda: stage.begun)
        assert worker.end() == 0
        assert running.result().status_code == 503
    assert not (tmp_path / "tile.tif").exists()


def accepts(url):
    address = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((address.hostname, address.port)) == 0


def test_a_redelivery_while_the_first_runs_and_one_after_it(stage, tmp_path, pool):
    stage.hold()
    with Launched(tmp_path, "--concurrency", "1") as worker:
        both = [pool.submit(worker.post, json=pushed(window_of(tmp_path))) for _ in range(2)]
        wait_until(lambda: "joined 1.0" in httpx.get(f"{worker.url}/metrics").text)
        busy = worker.post(json=window_of(tmp_path, "other.tif"))
        assert (busy.status_code, int(busy.headers["retry-after"]) >= 1) == (429, True)
        stage.let_go()
        assert [answer.result().status_code for answer in both] == [204, 204]
        assert stage.begun == ["tile.tif"]
        again = worker.post(json=pushed(window_of(tmp_path)))
        assert (again.status_code, again.headers["tilewright-outcome"]) == (204, "skipped")
        assert worker.end() == 0


def test_work_goes_on_for_a_sender_that_hangs_up(stage, tmp_path, pool):
    """Pub/Sub does so when the deadline is over; what it brings again then finds the tile."""
    stage.hold()
    with Launched(tmp_path) as worker:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{worker.url}/median", headers=BEARER, json=window_of(tmp_path), timeout=0.5)
        again = pool.submit(worker.post, json=window_of(tmp_path))
        wait_until(lambda: "joined 1.0" in httpx.get(f"{worker.url}/metrics").text)
        stage.let_go()
        assert again.result().status_code == 204
    assert stage.begun == ["tile.tif"]


@pytest.mark.parametrize("headers", [BEARER, {}])
def test_ten_megabytes_are_refused_and_the_sender_hears_why(tmp_path, headers):
    body = json.dumps(window_of(tmp_path, datasets=["s3://bucket/" + "x" * 100] * 100_000)).encode()
    assert len(body) > 10_000_000
    with Launched(tmp_path) as worker:
        for chunked in (False, True):
            answer = httpx.post(
                f"{worker.url}/median",
                content=iter([body[:100_000], body[100_000:]]) if chunked else body,
                headers={**headers, "Content-Type": "application/json"},
                timeout=30,
            )
            assert answer.status_code == (413 if headers else 401)
            assert answer.json()["detail"]


def test_a_sender_that_asks_first_need_not_send(tmp_path):
    with Launched(tmp_path) as worker:
        address = urlsplit(worker.url)
        with socket.create_connection((address.hostname, address.port), 20) as connection:
            connection.sendall(
                b"POST /median HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10000000\r\n"
                b"Authorization: Bearer " + TOKEN.encode() + b"\r\nExpect: 100-continue\r\n\r\n"
            )
            assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_two_workers_cannot_have_one_port(tmp_path):
    with Launched(tmp_path) as worker:
        port = str(urlsplit(worker.url).port)
        done = run_worker("--port", port, "--auth", "none")
        assert done.returncode == 2
        assert done.stderr.startswith(f"Error: 127.0.0.1:{port}: cannot listen there: ")


def run_worker(*options, **environment):
    given = {key: value for key, value in os.environ.items() if key not in ("PORT", "TILEWRIGHT_WORKER_TOKEN")}
    return subprocess.run(
        [sys.executable, "-m", "tilewright", "worker", *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**given, **environment},
    )


@pytest.mark.parametrize(
    ("options", "environment", "reason"),
    [
        ([], {}, "--auth token needs --token-file or TILEWRIGHT_WORKER_TOKEN"),
        ([], {"TILEWRIGHT_WORKER_TOKEN": "short"}, "at least 16 characters"),
        (["--token-file", "/no/such/file"], {}, "--token-file /no/such/file: No such file"),
        (["--token-file", "/dev/null"], {}, "is empty"),
        (["--auth", "none", "--host", "0.0.0.0"], {}, "would let everyone in"),
        (["--auth", "none", "--host", "::"], {}, "would let everyone in"),
        (["--auth", "oidc"], {}, "needs --audience and --service-account"),
        (["--auth", "oidc", "--audience", "https://x"], {}, "needs --audience and --service-account"),
        (["--auth", "none", "--allow-read", "/"], {}, "--allow-read /: would allow the whole machine"),
        (["--auth", "none", "--allow-write", "https://169.254.169.254"], {}, "--allow-write https://169.254.169.254:"),
        (["--auth", "none", "--ack-poison", "zip://{a.zip}"], {}, "--ack-poison zip://{a.zip}: "),
        (["--auth", "none", "--ack-poison", "https://host/x"], {}, "--ack-poison https://host/x: "),
        (["--auth", "none", "--host", "no.such.host.invalid", "--force-no-auth"], {}, "cannot listen there"),
        (["--auth", "none", "--log-level", "LOUD"], {}, "--log-level LOUD"),
        (["--auth", "none", "--max-body", "much"], {}, "much"),
    ],
)
def test_what_cannot_be_served_is_told_in_a_line(options, environment, reason):
    done = run_worker("--port", "0", *options, **environment)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: ")
    assert reason in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_port_that_is_none_is_a_wrong_argument():
    assert run_worker("--auth", "none", PORT="eighty").returncode == 2
    assert run_worker("--auth", "none", "--port", "70000").returncode == 2


def test_the_environment_gives_port_and_token_and_none_is_on_the_command_line(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PORT": str(port), "TILEWRIGHT_WORKER_TOKEN": TOKEN + "\n"}
    command = [sys.executable, "-m", "tilewright", "worker", "--allow-read", str(tmp_path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        threading.Thread(target=process.stderr.read, daemon=True).start()
        wait_until(lambda: accepts(f"http://127.0.0.1:{port}"))
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("POST", "/median", "{}", {**BEARER, "Content-Type": "application/json"})
        assert connection.getresponse().status == 400
        connection.close()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_without_prefixes_nothing_is_done_and_the_log_says_so(tmp_path):
    with Launched(tmp_path) as worker:
        assert not [line for line in worker.log if "every request is refused" in line]
    environment = {**os.environ, "TILEWRIGHT_WORKER_TOKEN": TOKEN}
    command = [sys.executable, "-m", "tilewright", "worker", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert "every request is refused" in process.stderr.readline()
        assert "reads nothing; writes nothing" in process.stderr.readline()
        process.terminate()
        assert process.wait(20) == 0


def test_log_lines_are_json_where_that_is_asked_for(tmp_path):
    with Launched(tmp_path) as worker:
        worker.post(json={})
        worker.post(json=window_of(tmp_path))
        assert worker.end() == 0
    told = [json.loads(line) for line in worker.log]
    assert {line["command"] for line in told} == {"worker"}
    assert [line["severity"] for line in told] == ["INFO", "WARNING", "INFO", "INFO"]
    assert "tile.tif: done in " in told[2]["message"]
    assert TOKEN not in "".join(worker.log)
