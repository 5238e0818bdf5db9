# SPDX-License-Identifier: Apache-2.0
"""Programs that are ended from outside while they work, and calls that are interrupted."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from tilewright.dataset import DatasetConfig

__all__ = ["end_when", "no_thread_goes_on", "program", "write_yaml"]


def write_yaml(config: DatasetConfig, path: Path) -> Path:
    """Write a configuration as people do."""
    names = ("manifest", "raw_dir", "input_dir", "hdf5_path")
    told = {name: str(getattr(config, name)) for name in names if getattr(config, name) is not None}
    path.write_text(yaml.safe_dump({"data": told | {"num_workers": config.num_workers, "retries": config.retries}}))
    return path


def program(stage: str, config: Path) -> subprocess.Popen[str]:
    """Start a stage as people do."""
    command = [sys.executable, "-m", "tilewright", "dataset", stage, "--config", str(config)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end_when(process: subprocess.Popen[str], reached: Callable[[], bool], how: signal.Signals) -> tuple[int, str]:
    """End a program when it has come so far; gives its exit code and what it told."""
    try:
        while not reached():
            # What it did last may have been what is waited for.
            assert process.poll() is None or reached(), process.communicate()
            time.sleep(0.005)
        process.send_signal(how)
        out, err = process.communicate(timeout=60)
    except BaseException:
        process.kill()
        process.communicate()
        raise
    return process.returncode, out + err


def no_thread_goes_on() -> bool:
    """Whether the threads of stages have ended; what they did has, and they themselves need a moment after it."""
    threads = [thread for thread in threading.enumerate() if thread.name.startswith("tilewright-dataset")]
    for thread in threads:
        thread.join(timeout=1)
    return not any(thread.is_alive() for thread in threads)
