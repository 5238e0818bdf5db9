# SPDX-License-Identifier: Apache-2.0
"""startup.sh and shutdown.sh of the example for spot machines, on a machine whose programs are faked."""

import json
import re
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tilewright.dataset import read_config, status

SPOT = Path(__file__).parents[3] / "examples/gce-spot"


def test_a_machine_does_it_all_and_stops_itself(machine, sample, tmp_path):
    config = machine.given(
        (sample / "raw_archives_sample.txt").read_text(), sample / "backbone.onnx", str(tmp_path / "checkpoint")
    )
    code, told = machine.start()
    assert code == 0, told
    assert all(stage.status == "complete" for stage in status(read_config(config)))
    assert (tmp_path / "checkpoint/checkpoint.json").is_file()
    # Every line is one for the log.
    assert {json.loads(line)["severity"] for line in told.splitlines() if line.startswith("{")} <= {"INFO", "WARNING"}
    assert "all is done" in told
    calls = machine.calls()
    assert calls[-1] == "poweroff "
    formatted = [call.split("/")[-1] for call in calls if call.startswith("mkfs")]
    assert formatted == ["google-raw", "google-work"]
    (installed,) = [call for call in calls if call.startswith("pip install")]
    assert f"tilewright[dataset] @ file://{machine.mounts}/work/tilewright-1-py3-none-any.whl" in installed
    assert not [call for call in calls if call.startswith(("modprobe", "nvidia"))]

    # The next machine has other mounts, and the same disks.
    for disk in ("raw", "work"):
        (machine.mounts / disk / "mounted").unlink()
    code, told = machine.start()
    assert code == 0, told
    calls = machine.calls()
    assert not [call for call in calls if call.startswith(("mkfs", "pip"))]
    assert len([call for call in calls if call.startswith("mount ")]) == 2
    assert "0 done" in told


class StallingServer(ThreadingHTTPServer):
    """Serves one archive; the first time it says nothing any more after half of it."""

    daemon_threads = True

    def __init__(self, content):
        self.content = content
        self.stalled = threading.Event()
        self.gone_on = threading.Event()
        super().__init__(("127.0.0.1", 0), Stalling)


class Stalling(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server = self.server
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        first = int(asked[1]) if asked and self.headers.get("If-Range") == '"1"' else 0
        content = server.content
        self.send_response(206 if first else 200)
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
        self.send_header("ETag", '"1"')
        self.send_header("Content-Length", str(len(content) - first))
        self.end_headers()
        if server.stalled.is_set():
            self.wfile.write(content[first:])
            return
        self.wfile.write(content[: len(content) // 2])
        self.wfile.flush()
        server.stalled.set()
        server.gone_on.wait()
        self.close_connection = True

    def log_message(self, *arguments):
        pass


@pytest.fixture
def stalling(sample):
    server = StallingServer((sample / "origin/0075.tar").read_bytes())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.gone_on.set()
    server.shutdown()
    server.server_close()


def test_a_machine_that_is_taken_away_leaves_its_checkpoint_and_the_next_one_goes_on(
    machine, stalling, sample, tmp_path
):
    checkpoint = tmp_path / "checkpoint"
    address = f"http://127.0.0.1:{stalling.server_port}/0075.tar"
    manifest = f"{(sample / 'origin/0076.tar').as_uri()}\n\tout=0076.tar\n{address}\n"
    config = machine.given(manifest, sample / "backbone.onnx", str(checkpoint))
    process = machine.started()
    try:
        assert stalling.stalled.wait(60)
        assert process.poll() is None
        gone = machine.shut_down()
        assert gone.returncode == 0, gone.stderr
        assert "has ended, and left its checkpoint" in gone.stderr
        told, _ = process.communicate(timeout=60)
    finally:
        machine.switch_off(process)
    assert process.returncode == 128 + signal.SIGTERM, told
    assert "stopped; the next start goes on" in told
    listing = json.loads((checkpoint / "checkpoint.json").read_text())
    assert "work/dataset.log" in listing["files"]
    # The cloud takes the machine: it is not to leave of itself, and a group not to be made smaller.
    assert not [call for call in machine.calls() if call.startswith(("poweroff", "gcloud compute"))]

    code, told = machine.start()
    assert code == 0, told
    assert all(stage.status == "complete" for stage in status(read_config(config)))
    assert machine.calls()[-1] == "poweroff "


def test_new_disks_get_back_what_the_checkpoint_holds(machine_in, sample, tmp_path):
    manifest, model = (sample / "raw_archives_sample.txt").read_text(), sample / "backbone.onnx"
    first, second = machine_in(tmp_path / "first"), machine_in(tmp_path / "second")
    checkpoint = str(tmp_path / "checkpoint")
    for machine in (first, second):
        machine.given(manifest, model, checkpoint)
        code, told = machine.start()
        assert code == 0, told
    names = [path.name for path in (second.mounts / "work").iterdir()]
    assert {"dataset.h5", "dataset.parquet", "dataset.work"} <= set(names)
    # Nothing was downloaded or extracted again.
    assert not (second.mounts / "raw/archives").exists()
    assert (first.mounts / "work/dataset.h5").read_bytes() == (second.mounts / "work/dataset.h5").read_bytes()


@pytest.mark.parametrize(
    ("codes", "runs", "expected"),
    [
        ([1, 1, 0], 3, 0),
        ([137, 0], 2, 0),
        ([2, 0], 2, 0),
        # What is wrong with a configuration does not pass.
        ([2, 2, 0], 2, 2),
        ([1, 2, 1, 0], 3, 1),
        ([143, 0], 1, 143),
    ],
)
def test_what_may_pass_is_tried_again(machine, codes, runs, expected):
    machine.do_instead(
        f"codes=({' '.join(map(str, codes))})\n"
        'n=$(cat "$FAKES/runs" 2>/dev/null || echo 0)\n'
        'echo $((n + 1)) >"$FAKES/runs"\nexit "${codes[n]}"',
    )
    machine.set_attributes(attempts="3")
    code, told = machine.start()
    assert (code, int((machine.fakes / "runs").read_text())) == (expected, runs), told
    # Whatever came of it, no machine idles.
    assert machine.calls()[-1] == "poweroff "


@pytest.mark.parametrize(
    ("when_done", "group", "expected"),
    [
        ("stop", None, ["poweroff "]),
        ("delete", None, ["gcloud compute instances delete dataset-spot --zone us-central1-a --quiet"]),
        ("keep", None, []),
        # It would start a stopped machine again.
        (
            "stop",
            "projects/7/zones/us-central1-a/instanceGroupManagers/spots",
            ["gcloud compute instance-groups managed resize spots --size 0 --zone us-central1-a --quiet"],
        ),
    ],
)
def test_how_a_machine_is_left(machine, when_done, group, expected):
    machine.do_instead("exit 0")
    machine.set_attributes(when_done=when_done)
    if group:
        machine.set("instance/attributes/created-by", group)
    assert machine.start()[0] == 0
    assert [call for call in machine.calls() if call.startswith(("poweroff", "gcloud compute"))] == expected


def test_a_disk_that_holds_something_else_is_not_formatted(machine):
    machine.do_instead("exit 0")
    (machine.devices / "google-raw").write_bytes(bytes(machine.EMPTY_BYTES - 1) + b"x" + bytes(machine.EMPTY_BYTES))
    code, told = machine.start()
    assert code == 2
    assert "it is not empty and stays as it is" in told
    assert not machine.calls("mkfs")


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda machine: (machine.devices / "google-work").unlink(), "google-work: there is no such disk"),
        (lambda machine: machine.set_attributes(config=""), "no dataset-config"),
        (lambda machine: (machine.bucket / "config.yaml").unlink(), "gs://files/config.yaml: cannot be brought"),
        (lambda machine: machine.set_attributes(model="ftp://host/backbone.onnx"), "ftp://host/backbone.onnx"),
    ],
)
def test_what_is_missing_is_named(machine, spoil, named):
    machine.do_instead("exit 0")
    spoil(machine)
    code, told = machine.start()
    assert code == 2
    assert named in told
    assert machine.calls()[-1] == "poweroff "


def test_a_gpu_gets_its_driver_and_its_onnxruntime(machine):
    machine.do_instead('printf "%s" "$LD_LIBRARY_PATH" >"$FAKES/libraries"')
    machine.set_attributes(gpu_packages="onnxruntime-gpu[cuda,cudnn]==1.22.0")
    code, told = machine.start()
    assert code == 0, told
    calls = machine.calls()
    assert any(call.startswith("apt-get install") and "nvidia-kernel-dkms" in call for call in calls)
    source = (machine.fakes / "apt/sources.list.d/tilewright-gpu.list").read_text()
    assert source == "deb mirror+file:/etc/apt/mirrors/debian.list/ bookworm contrib non-free non-free-firmware\n"
    assert "pip uninstall --quiet --yes onnxruntime" in calls
    assert "pip install --quiet onnxruntime-gpu[cuda,cudnn]==1.22.0" in calls
    assert (machine.fakes / "libraries").read_text().endswith("/site-packages/nvidia/cudnn/lib")
    assert machine.start()[0] == 0
    assert not any("nvidia-kernel-dkms" in call for call in machine.calls())


def test_a_run_that_does_not_end_is_told_of(machine):
    machine.do_instead('trap \'\' TERM; touch "$FAKES/begun"; while [ ! -e "$FAKES/end" ]; do sleep 0.1; done')
    process = machine.started()
    try:
        while not (machine.fakes / "begun").exists():
            assert process.poll() is None
            time.sleep(0.05)
        gone = machine.shut_down(PATIENCE_S="1")
        assert gone.returncode == 1
        assert "has not ended within 1 s" in gone.stderr
    finally:
        machine.switch_off(process)


def test_a_machine_that_goes_while_it_starts_begins_nothing(machine):
    machine.do_instead('touch "$FAKES/begun"')
    # Time is up while packages are installed.
    (machine.fakes / "bin/apt-get").write_text(f"#!/bin/bash\n{SPOT / 'shutdown.sh'}\n")
    code, told = machine.start()
    assert code == 128 + signal.SIGTERM, told
    assert "no run is under way" in told
    assert not (machine.fakes / "begun").exists()
    assert not machine.calls("poweroff")


def test_a_shutdown_without_a_run_ends_at_once(machine):
    assert "no run is under way" in machine.shut_down().stderr
