# SPDX-License-Identifier: Apache-2.0
"""Downloads that are killed, terminated or interrupted go on where they stopped."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tilewright.dataset import DatasetConfig, download
from tilewright.dataset.download import download_status

from .archives import tree
from .file_server import FileServer, Served
from .interrupted import end_when, no_thread_goes_on, program, write_yaml

Configured = Callable[..., DatasetConfig]
SIZE = 3_000_000


def serve(server: FileServer, count: int) -> str:
    for number in range(count):
        server.files[f"/{number:04d}.tar"] = Served(random.Random(number).randbytes(SIZE))
    return "\n".join(f"{server.url(path)}\n\tout=set{path}" for path in server.files)


def contents(server: FileServer) -> dict[str, bytes]:
    return {f"set{path}": file.content for path, file in server.files.items()}


def archives_in(config: DatasetConfig) -> dict[str, bytes]:
    return {name: data for name, data in tree(config.raw_dir).items() if not name.endswith((".part", ".json"))}


def test_killed_midway_only_the_rest_is_transferred(config_of: Configured, server: FileServer, tmp_path: Path):
    config = config_of(serve(server, 6))
    path = write_yaml(config, tmp_path / "config.yaml")
    server.pace_s = 0.002
    for wanted in (4_000_000, 9_000_000, 14_000_000):
        code, _ = end_when(program("download", path), lambda: server.sent_bytes() > wanted, signal.SIGKILL)  # noqa: B023
        assert code == -signal.SIGKILL
        assert archives_in(config).items() <= contents(server).items()
    server.pace_s = 0.0
    have = {part.name.removesuffix(".part"): part.stat().st_size for part in config.raw_dir.rglob("*.part")}
    assert have
    server.gets.clear()
    assert download(config).complete
    assert tree(config.raw_dir) == contents(server)
    for get in server.gets:
        if size := have.get(get.path.removeprefix("/"), 0):
            assert (get.first, get.status, get.sent_bytes) == (size, 206, SIZE - size)
    assert len(server.gets) == len({get.path for get in server.gets})


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_ended_midway(config_of: Configured, server: FileServer, tmp_path: Path, how: signal.Signals):
    config = config_of(serve(server, 6))
    server.pace_s = 0.002
    running = program("download", write_yaml(config, tmp_path / "config.yaml"))
    code, told = end_when(running, lambda: server.sent_bytes() > 4_000_000, how)
    assert code == 128 + how, told
    assert "goes on where it stopped" in told
    assert archives_in(config).items() <= contents(server).items()
    assert download_status(config).status == "in-progress"
    server.pace_s = 0.0
    assert download(config).complete
    assert tree(config.raw_dir) == contents(server)


def test_terminated_while_servers_say_nothing(config_of: Configured, server: FileServer, tmp_path: Path):
    config = config_of(serve(server, 4))
    server.fault = lambda get: "silence"
    running = program("download", write_yaml(config, tmp_path / "config.yaml"))
    code, told = end_when(running, lambda: len(server.gets) == 4, signal.SIGTERM)
    assert code == 143, told


def test_terminated_while_it_waits_to_try_again(config_of: Configured, server: FileServer, tmp_path: Path):
    config = config_of(serve(server, 4))
    server.fault, server.retry_after = lambda get: 503, "500"
    running = program("download", write_yaml(config, tmp_path / "config.yaml"))
    code, told = end_when(running, lambda: len(server.gets) == 4, signal.SIGTERM)
    assert code == 143, told


class Interrupt(BaseException):
    """As a signal's handler raises it."""


def test_no_thread_goes_on_behind_an_interrupt(config_of: Configured, server: FileServer):
    config = config_of(serve(server, 6), downloads=3)
    server.pace_s = 0.002

    def interrupt(done: int, total: int, unit: str) -> None:
        if server.sent_bytes() > 1_000_000:
            raise Interrupt

    with pytest.raises(Interrupt):
        download(config, on_progress=interrupt)
    assert no_thread_goes_on()
    assert download(config).complete
    assert tree(config.raw_dir) == contents(server)
