# SPDX-License-Identifier: Apache-2.0
"""How a command ends: exit codes, signals, and errors as a person wants to read them."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn, ParamSpec

import typer

from tilewright.errors import TilewrightError
from tilewright.printable import printable

__all__ = ["DIFFERENT", "FAILED", "INTERRUPTED", "TERMINATED", "USAGE", "Terminated", "command", "leave"]

FAILED = 1
DIFFERENT = 1
USAGE = 2
INTERRUPTED = 130
TERMINATED = 143

# Codes of errors that no other argument would have spared: a full disk, a broken one, a defect.
MACHINE = {"io", "resource", "internal"}

Parameters = ParamSpec("Parameters")


def leave(code: str | int | None) -> NoReturn:
    """End the process with what it was to end with, without unloading GDAL's hundred libraries: that takes 30 ms."""
    if isinstance(code, str):
        print(code, file=sys.stderr)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # Nobody reads any more; the exit code tells.
            stream.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


class Terminated(BaseException):
    """SIGTERM arrived; raised where the main thread stands, as KeyboardInterrupt is for Ctrl-C."""


def raise_terminated(signal_number: int, frame: FrameType | None) -> NoReturn:
    raise Terminated


def command(body: Callable[Parameters, int]) -> Callable[Parameters, NoReturn]:
    """Make a subcommand of a function that returns an exit code: whatever else ends it becomes one too."""

    @functools.wraps(body)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> NoReturn:
        signal.signal(signal.SIGTERM, raise_terminated)
        raise typer.Exit(exit_code(lambda: body(*args, **kwargs)))

    return run


def exit_code(body: Callable[[], int]) -> int:
    try:
        code = body()
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("Interrupted. What is done is kept; the same command goes on where it stopped.", file=sys.stderr)
        return INTERRUPTED
    except Terminated:
        print("Terminated. What is done is kept; the same command goes on where it stopped.", file=sys.stderr)
        return TERMINATED
    except TilewrightError as error:
        print(f"Error: {printable(error)}", file=sys.stderr)
        return FAILED if error.code in MACHINE else USAGE
    except BrokenPipeError:
        # Our reader went away (`tilewright info x | head`). Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        # What the package's own errors do not cover: archives and pages that cannot be written.
        print(f"Error: {printable(error.filename or '')}: {printable(error.strerror or error)}", file=sys.stderr)
        return FAILED
    return code
