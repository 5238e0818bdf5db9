# SPDX-License-Identifier: Apache-2.0
"""Extractions that are killed, terminated or interrupted go on where they stopped, and end with the same tree."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tilewright.dataset import DatasetConfig, extract
from tilewright.dataset.extract import extract_status, extracted_contents

from .archives import members_of, tar_of, tree
from .interrupted import end_when, no_thread_goes_on, program, write_yaml

Configured = Callable[..., DatasetConfig]
FILES = {number: members_of(number, 300) for number in range(1, 4)}
EXPECTED = {f"{number:04d}/{name}": data for number, files in FILES.items() for name, data in files.items()}


def put_archives(config: DatasetConfig) -> None:
    config.raw_dir.mkdir()
    for number, files in FILES.items():
        packed = ("gzip", "xz", "plain")[number % 3]
        (config.raw_dir / f"{number:04d}.tar").write_bytes(tar_of(files, packed))


def names_in(config: DatasetConfig) -> list[str]:
    """Give the files that have their names; others come and go."""
    paths = (path for path in config.input_dir.rglob("*") if path.suffix in (".jpg", ".txt"))
    return [path.relative_to(config.input_dir).as_posix() for path in paths]


def files_in(config: DatasetConfig) -> dict[str, bytes]:
    return {name: (config.input_dir / name).read_bytes() for name in names_in(config)}


def test_killed_again_and_again(config_of: Configured, tmp_path: Path):
    config = config_of(num_workers=2)
    put_archives(config)
    path = write_yaml(config, tmp_path / "config.yaml")
    chance = random.Random(1)
    midway = 0
    for _ in range(4):
        have = len(names_in(config))
        wanted = have + chance.randrange(1, 250)
        if wanted >= len(EXPECTED):
            break
        end_when(program("extract", path), lambda: len(names_in(config)) >= wanted, signal.SIGKILL)  # noqa: B023
        # What has its name is whole, whenever the kill came; on a busy machine that may have been behind the end.
        files = files_in(config)
        assert files.items() <= EXPECTED.items()
        midway += files != EXPECTED
        assert extract_status(config).status == "in-progress" or files == EXPECTED, extract_status(config)
    assert midway
    times = {name: (config.input_dir / name).stat().st_ctime_ns for name in names_in(config)}
    assert times
    assert extract(config).complete
    # Nothing torn is left, and nothing was written twice.
    assert tree(config.input_dir) == EXPECTED
    assert times == {name: (config.input_dir / name).stat().st_ctime_ns for name in times}
    undisturbed = DatasetConfig(
        raw_dir=config.raw_dir, input_dir=tmp_path / "other", hdf5_path=tmp_path / "other" / "dataset.h5"
    )
    extract(undisturbed)
    assert extracted_contents(undisturbed) == extracted_contents(config)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_ended_midway(config_of: Configured, tmp_path: Path, how: signal.Signals):
    config = config_of(num_workers=2)
    put_archives(config)
    running = program("extract", write_yaml(config, tmp_path / "config.yaml"))
    code, told = end_when(running, lambda: len(names_in(config)) >= 50, how)
    assert code == 128 + how, told
    # Nobody was killed: not even what was being written is left.
    assert tree(config.input_dir).items() <= EXPECTED.items()
    assert extract(config).complete
    assert tree(config.input_dir) == EXPECTED


class Interrupt(BaseException):
    """As a signal's handler raises it."""


def test_no_thread_goes_on_behind_an_interrupt(config_of: Configured):
    config = config_of(num_workers=3)
    put_archives(config)

    def interrupt(done: int, total: int, unit: str) -> None:
        if done == 1:
            raise Interrupt

    with pytest.raises(Interrupt):
        extract(config, on_progress=interrupt)
    assert no_thread_goes_on()
    report = extract(config)
    assert (report.complete, report.kept >= 1) == (True, True)
    assert tree(config.input_dir) == EXPECTED
