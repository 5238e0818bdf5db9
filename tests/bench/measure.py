# SPDX-License-Identifier: Apache-2.0
"""One measured run of a command."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Run:
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    """Largest resident set of any one process of the command."""


def run_measured(
    command: Sequence[str], *, environment: dict[str, str] | None = None, expect: Collection[int] = (0,)
) -> Run:
    """Run a command to its end, its output thrown away; a wrong exit status is an error with what it wrote."""
    os.sync()  # or it pays for what the one before left to be written to disk
    start = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, **(environment or {})}
    )
    assert process.stderr is not None
    messages = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in expect:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {messages.decode(errors='replace')}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def bytes_of(folder: Path, endings: tuple[str, ...]) -> int:
    """Total size of the files below a folder that end so."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.suffix.lower() in endings)
