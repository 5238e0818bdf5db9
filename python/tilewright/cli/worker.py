# SPDX-License-Identifier: Apache-2.0
"""``tilewright worker``: an HTTP server that makes windows of composites and does planned tasks."""

from __future__ import annotations

import logging
import sys
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from tilewright.cli.exits import command
from tilewright.cli.json_logs import active
from tilewright.cli.options import LogFormat, LogFormatChoice, Memory
from tilewright.cli.token_option import TOKEN_VARIABLE, TokenFile, token_from
from tilewright.core import parse_size_bytes
from tilewright.errors import InvalidArgumentError
from tilewright.extras import extra
from tilewright.printable import printable

if TYPE_CHECKING:
    from tilewright.worker.auth import Authenticator

__all__ = ["worker"]

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class Auth(str, Enum):
    """How senders show that they may."""

    token = "token"
    oidc = "oidc"
    none = "none"


@command
def worker(
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where to listen; 0.0.0.0: on all of this machine's addresses.")
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(
            min=0,
            max=65535,
            metavar="N",
            envvar="PORT",
            show_envvar=False,
            help="Where to listen; PORT of the environment if not given.",
        ),
    ] = 8080,
    allow_read: Annotated[
        list[str],
        typer.Option(
            "--allow-read",
            metavar="PREFIX",
            help="Read below it: s3://bucket/prefix, gs://..., az://..., https://host/path, or a folder. Repeatable.",
            show_default=False,
        ),
    ] = [],  # noqa: B006 - typer makes a new one
    allow_write: Annotated[
        list[str],
        typer.Option(
            "--allow-write", metavar="PREFIX", help="Write below it, likewise. Repeatable.", show_default=False
        ),
    ] = [],  # noqa: B006
    auth: Annotated[
        Auth, typer.Option(help="token: a shared secret; oidc: Google's ID tokens; none: on loopback only.")
    ] = Auth.token,
    token_file: TokenFile = "",
    audience: Annotated[
        str, typer.Option(metavar="URL", help="Of oidc: what tokens are made for.", show_default=False)
    ] = "",
    service_account: Annotated[
        list[str],
        typer.Option(
            "--service-account", metavar="EMAIL", help="Of oidc: who may send. Repeatable.", show_default=False
        ),
    ] = [],  # noqa: B006
    force_no_auth: Annotated[
        bool, typer.Option("--force-no-auth", help="Allow --auth none beyond loopback: something else must guard it.")
    ] = False,
    concurrency: Annotated[
        int, typer.Option(min=1, max=1000, metavar="N", help="Requests worked at at a time; more get 429.")
    ] = 1,
    workers: Annotated[
        int, typer.Option("--workers", min=0, metavar="N", help="Threads of all requests; 0: one a processor.")
    ] = 0,
    memory: Memory = "",
    max_body: Annotated[
        str, typer.Option("--max-body", metavar="SIZE", help="Larger bodies are refused, unread.")
    ] = "4MiB",
    ack_poison: Annotated[
        str,
        typer.Option(
            "--ack-poison",
            metavar="PREFIX",
            help="Record requests that can never succeed below it, and answer 204.",
            show_default=False,
        ),
    ] = "",
    drain: Annotated[
        float,
        typer.Option(
            "--drain", min=0, max=3600, metavar="SECONDS", help="What running requests are given after SIGTERM."
        ),
    ] = 8,
    log_format: LogFormat = LogFormatChoice.text,
    log_level: Annotated[
        str, typer.Option("--log-level", metavar="LEVEL", help="Of what is told: DEBUG, INFO, WARNING, ERROR.")
    ] = "INFO",
) -> int:
    """Serve POST /median and POST /tasks until SIGTERM.

    Closed by default: it reads and writes only below the prefixes given, for senders who show that they may.
    """
    with extra("worker"):
        from tilewright.worker.auth import Nobody, SharedToken, is_loopback  # noqa: PLC0415 - optional, slow to load
        from tilewright.worker.server import serve  # noqa: PLC0415
        from tilewright.worker.settings import WorkerSettings  # noqa: PLC0415

    set_up_log(log_level)
    authenticator: Authenticator
    if auth is Auth.oidc:
        with extra("worker"):
            from tilewright.worker.oidc import GoogleIdentity  # noqa: PLC0415 - few need it

        authenticator = GoogleIdentity(audience, service_account)
    elif auth is Auth.token:
        token = token_from(token_file)
        if not token:
            raise InvalidArgumentError(
                f"--auth token needs --token-file or {TOKEN_VARIABLE}; on this machine only, --auth none will do",
                "token",
            )
        authenticator = SharedToken(token)
    else:
        if not is_loopback(host) and not force_no_auth:
            raise InvalidArgumentError(
                f"--auth none on {host} would let everyone in; give --auth token or oidc, or --force-no-auth where "
                "something else guards it",
                "auth",
            )
        authenticator = Nobody()
    settings = WorkerSettings(
        authenticator,
        tuple(allow_read),
        tuple(allow_write),
        concurrency=concurrency,
        workers=workers,
        memory_bytes=parse_size_bytes(memory) if memory else 0,
        max_body_bytes=parse_size_bytes(max_body),
        dead_letters=ack_poison,
        drain_seconds=drain,
    )
    serve(settings, host, port, lambda url: told_listening(url, settings.allow_read, settings.allow_write))
    logging.getLogger("tilewright.worker").info("ended")
    return 0


def told_listening(url: str, allow_read: tuple[str, ...], allow_write: tuple[str, ...]) -> None:
    log = logging.getLogger("tilewright.worker")
    if not allow_read or not allow_write:
        log.warning("without --allow-read and --allow-write every request is refused")
    reads, writes = (", ".join(prefixes) or "nothing" for prefixes in (allow_read, allow_write))
    log.info("listening on %s; reads %s; writes %s", url, reads, writes)


def set_up_log(level: str) -> None:
    """Have what is told go to stderr, a line each."""
    if level.upper() not in LEVELS:
        raise InvalidArgumentError(f"--log-level {level}: is none of {', '.join(LEVELS)}", "log_level")
    if logs := active():
        logs.level = level.upper()
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler])
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


class _OneLine(logging.Formatter):
    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the base class's name
        return printable(super().formatMessage(record))
