# SPDX-License-Identifier: Apache-2.0
"""``tilewright dispatch``: the windows of a scene, sent to workers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Annotated, Any, TextIO

import typer

from tilewright import raster
from tilewright.cli.exits import FAILED, command
from tilewright.cli.json_logs import active
from tilewright.cli.json_output import print_json
from tilewright.cli.options import Json, LogFormat, LogFormatChoice, ShowProgress
from tilewright.cli.progress import counted
from tilewright.cli.token_option import TokenFile, token_from
from tilewright.cli.window_progress import open_window_progress
from tilewright.dataset_list import named_datasets
from tilewright.dispatch import plan_windows, wait_for_windows
from tilewright.dispatch.lines import write_lines
from tilewright.dispatch.sending import Sent
from tilewright.errors import InvalidArgumentError
from tilewright.places import Url, place
from tilewright.printable import printable
from tilewright.strict_json import read_json
from tilewright.worker.median_options import read_median_options

__all__ = ["dispatch"]


class Auth(str, Enum):
    """How to show the worker that one may."""

    token = "token"
    oidc = "oidc"
    none = "none"


@command
def dispatch(
    destination: Annotated[
        str, typer.Argument(metavar="DESTINATION", help="Folder or address of the tiles.", show_default=False)
    ],
    datasets: Annotated[
        list[str],
        typer.Argument(
            metavar="DATASETS...",
            help="Rasters of one size, patterns, folders, @list.txt, or STAC items (.json).",
            show_default=False,
        ),
    ],
    url: Annotated[str, typer.Option(metavar="URL", help="Post the windows to this worker.", show_default=False)] = "",
    pubsub: Annotated[
        str, typer.Option(metavar="TOPIC", help="Publish them to projects/PROJECT/topics/TOPIC.", show_default=False)
    ] = "",
    lines: Annotated[
        str, typer.Option(metavar="FILE", help="Write them as lines of JSON; -: to stdout.", show_default=False)
    ] = "",
    window_size: Annotated[
        int, typer.Option("--window-size", min=1, metavar="PX", help="Side of a window, px; clipped at the edges.")
    ] = 1024,
    making: Annotated[
        str,
        typer.Option(
            "--making",
            metavar="JSON",
            help='How to make each, e.g. {"options": {"rule": "medoid"}, "stack": {"skip_bad": 2}}.',
            show_default=False,
        ),
    ] = "",
    limit: Annotated[int, typer.Option(min=0, metavar="N", help="Only the first N windows; 0: all.")] = 0,
    concurrency: Annotated[
        int, typer.Option(min=1, max=1000, metavar="N", help="Of --url: requests under way at a time.")
    ] = 8,
    retries: Annotated[
        int, typer.Option(min=0, metavar="N", help="Of --url: further attempts after an error that may pass.")
    ] = 8,
    timeout: Annotated[
        float,
        typer.Option(min=1, metavar="SECONDS", help="Of --url: what a window may take, attempts and pauses included."),
    ] = 3600,
    auth: Annotated[
        Auth, typer.Option(help="Of --url: a token, where one is given; an ID token of Google; none.")
    ] = Auth.token,
    token_file: TokenFile = "",
    audience: Annotated[
        str, typer.Option(metavar="URL", help="Of --auth oidc, if not the worker's URL.", show_default=False)
    ] = "",
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for the tiles in DESTINATION, and name those that are missing.")
    ] = False,
    patience: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="Of --wait: give up when no tile came for so long.")
    ] = 900,
    json_output: Json = False,
    progress: ShowProgress = None,
    log_format: LogFormat = LogFormatChoice.text,
) -> int:
    """Send the windows of a scene to workers, which make a tile of each.

    Tiles that were made of the same datasets before are not made again: the same command may be repeated.
    """
    if len([way for way in (url, pubsub, lines) if way]) != 1:
        raise typer.BadParameter("give one of --url, --pubsub and --lines")
    if json_output and lines == "-":
        raise typer.BadParameter("--json and --lines - exclude each other: both are for stdout")
    made = read_making(making)
    names = named_datasets(datasets)
    target = place(destination)
    root = str(target) if isinstance(target, Url) else str(target.absolute())
    size = raster.info(names[0]).size
    windows = plan_windows(size.width_px, size.height_px, root, window_size)
    windows = windows[: limit or len(windows)]

    missing: list[str] | None = None
    with open_window_progress(progress, len(windows)) as shown:
        if url:
            from tilewright.dispatch.http import PostOptions, post_windows  # noqa: PLC0415 - optional

            sent = post_windows(
                url,
                windows,
                names,
                made,
                options=PostOptions(concurrency, retries, timeout),
                authorization=authorization(auth, token_file, audience or url),
                on_sent=shown.sent,
            )
        elif pubsub:
            from tilewright.dispatch.pubsub import publish_windows  # noqa: PLC0415 - few need it

            sent = publish_windows(pubsub, windows, names, made, on_sent=shown.sent)
        else:
            sent = write_lines(lines, windows, names, made)
        if wait:
            # A worker has answered when a tile is there or will not be.
            patience_s = 0.0 if url else patience
            tiles = [window.name for window in windows]
            missing = wait_for_windows(root, tiles, patience_s=patience_s, on_look=shown.looked)
    if progress is False and not active():
        for one in sent:
            if one.error:
                print(printable(f"failed    {one.name}: {one.error}"), file=sys.stderr)
    return told_end(sent, missing, as_json=json_output, to=sys.stderr if lines == "-" else sys.stdout)


def read_making(text: str) -> dict[str, Any]:
    """Read how windows are to be made, as the worker will: what it would refuse is better told before."""
    if not text:
        return {}
    try:
        making = read_json(text.encode())
    except ValueError as error:
        raise InvalidArgumentError(f"--making {error}", "making") from error
    if not isinstance(making, dict) or not making.keys() <= {"options", "stack", "files"}:
        raise InvalidArgumentError(
            "--making: expected an object with options, stack and files, or some of them", "making"
        )
    read_median_options(*(making.get(key, {}) for key in ("options", "stack", "files")))
    return making


def authorization(auth: Auth, token_file: str, audience: str) -> Callable[[], str]:
    """Give what gives the header that shows who asks."""
    if auth is Auth.oidc:
        from tilewright.dispatch.identity import IdentityToken  # noqa: PLC0415 - optional

        return IdentityToken(audience)
    token = token_from(token_file) if auth is Auth.token else ""
    return lambda: f"Bearer {token}" if token else ""


def told_end(sent: Sequence[Sent], missing: Sequence[str] | None, *, as_json: bool, to: TextIO) -> int:
    """Tell what became of all windows, and give the exit code."""
    failed = [one for one in sent if one.error]
    code = FAILED if failed or missing else 0
    told = f"{counted(len(sent), 'window')}: {len(sent) - len(failed):,} sent, {len(failed):,} failed"
    if missing is not None:
        told += f"; {len(sent) - len(missing):,} of {counted(len(sent), 'tile')} there"
    if as_json:
        print_json(
            {
                "windows": len(sent),
                "sent": len(sent) - len(failed),
                "failed": [{"name": one.name, "status": one.status, "error": one.error} for one in failed],
                "missing": missing,
            }
        )
    elif active() is None:
        print(told, file=to)
        for name in missing or ():
            print(printable(f"missing   {name}"), file=sys.stderr)
    if logs := active():
        for name in missing or ():
            logs.write("ERROR", f"{name}: is missing", task=name)
        logs.write("ERROR" if code else "INFO", f"dispatch ended with exit code {code}: {told}", exit_code=code)
    return code
