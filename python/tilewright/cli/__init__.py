# SPDX-License-Identifier: Apache-2.0
"""The command line: one file a subcommand, over the package's public API.

Exit codes: 0 all done or skipped; 1 some failed, or a comparison or verification found a difference; 2 bad arguments or
configuration; 130 and 143 interrupted by SIGINT and SIGTERM, state saved, run again to resume.
"""

from __future__ import annotations

from tilewright.cli.loading import begin_loading, end_loading

begin_loading()

# ruff: noqa: E402 - what follows takes as long as the loading
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Annotated

import typer

import tilewright
from tilewright.cli.exits import USAGE, leave, told
from tilewright.cli.json_logs import json_logs, wanted

__all__ = ["SUBCOMMANDS", "app", "main", "take_up"]

end_loading()

#: Each is the function of that name in the module of that name, or the group of commands.
SUBCOMMANDS = (
    "tesselate",
    "reconstruct",
    "verify",
    "compare",
    "chips",
    "median",
    "mosaic",
    "thumbnails",
    "worker",
    "dispatch",
    "dataset",
    "report",
    "info",
)

app = typer.Typer(
    name="tilewright",
    help="Cuts mountains of imagery into pieces and proves that nothing was lost.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"max_content_width": 120},
    pretty_exceptions_enable=False,
)


def take_up(subcommands: Iterable[str]) -> None:
    """Make these known to `app`."""
    for name in subcommands:
        subcommand = getattr(import_module(f"tilewright.cli.{name}"), name)
        if isinstance(subcommand, typer.Typer):
            app.add_typer(subcommand, name=name)
        else:
            app.command(name)(subcommand)


def show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tilewright {tilewright.__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool | None, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version.")
    ] = None,
) -> None:
    """Cuts mountains of imagery into pieces and proves that nothing was lost."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit; what the console script calls."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # A flag that may also carry a word: `--resume` trusts manifests, `--resume=verify` the slices' hashes.
    given = ["--resume-check=hashes" if argument == "--resume=verify" else argument for argument in given]
    # Loading a command takes milliseconds: the one that is called will do, where there is one.
    take_up(given[:1] if given and given[0] in SUBCOMMANDS else SUBCOMMANDS)
    if wanted(given):
        leave(run_logged(given))
    try:
        app(given, prog_name="tilewright")
    except SystemExit as end:
        leave(end.code)


def run_logged(arguments: list[str]) -> int:
    """Run a command line whose every message is JSON, what is wrong with it included."""
    with json_logs(arguments[0]):
        try:
            code = app(arguments, prog_name="tilewright", standalone_mode=False)
        except Exception as error:
            return told(*wrong_usage(error), code="invalid_argument")
    return code if isinstance(code, int) else 0


def wrong_usage(error: Exception) -> tuple[str, int]:
    """Give the message of an error in a command line; raise any other again."""
    # Typer has the class from Click, or of its own.
    if not any(kind.__name__ == "ClickException" for kind in type(error).__mro__):
        raise error
    return getattr(error, "format_message", lambda: str(error))(), USAGE
