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

from tilewright.cli.json_logs import active, json_logs
from tilewright.errors import TilewrightError
from tilewright.places import Url, place
from tilewright.printable import printable

__all__ = ["DIFFERENT", "FAILED", "INTERRUPTED", "TERMINATED", "USAGE", "Terminated", "command", "leave", "told"]

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
        with contextlib.ExitStack() as opened:
            # The program has begun it before the command line was understood; who calls the command itself has not.
            if kwargs.get("log_format") == "json" and not active():
                opened.enter_context(json_logs(body.__name__))
            code = exit_code(lambda: body(*args, **kwargs))
        raise typer.Exit(code)

    return run


def told(message: str, leaving: int, severity: str = "ERROR", **members: object) -> int:
    """Tell people or log collectors why the command ends, and give the exit code back."""
    if logs := active():
        logs.write(severity, message, exit_code=leaving, **members)
    else:
        print(f"Error: {printable(message)}" if severity == "ERROR" else message, file=sys.stderr)
    return leaving


def exit_code(body: Callable[[], int]) -> int:
    try:
        code = body()
        sys.stdout.flush()
    except (KeyboardInterrupt, Terminated) as end:
        how, leaving = ("Terminated", TERMINATED) if isinstance(end, Terminated) else ("Interrupted", INTERRUPTED)
        goes_on = "What is done is kept; the same command goes on where it stopped."
        return told(f"{how}. {goes_on}", leaving, "WARNING")
    except Exception as error:
        return ended_by(error)
    return code


def ended_by(error: Exception) -> int:
    """Tell of an error that ends a command; what is not for people is raised again."""
    logs = active()
    if isinstance(error, TilewrightError):
        unreachable = error.transient and isinstance(place(error.where), Url)
        leaving = USAGE if unreachable or error.code not in MACHINE else FAILED
        return told(str(error), leaving, code=error.code, source=error.where)
    if isinstance(error, BrokenPipeError):
        # Our reader went away (`tilewright info x | head`). Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    if isinstance(error, OSError):
        # What the package's own errors do not cover: archives and pages that cannot be written.
        return told(f"{error.filename or ''}: {error.strerror or error}", FAILED, code="io", source=error.filename)
    if logs and isinstance(error, typer.BadParameter):
        return told(error.format_message(), USAGE, code="invalid_argument")
    if logs and not isinstance(error, typer.BadParameter):
        logs.crashed(error, FAILED)
        return FAILED
    raise error
