# SPDX-License-Identifier: Apache-2.0
"""Options that several commands share, and the reading of their texts."""

from __future__ import annotations

import re
from enum import Enum
from typing import Annotated, Any

import typer

from tilewright.core import parse_size_bytes
from tilewright.places import Place, place
from tilewright.raster import OpenOptions

__all__ = [
    "Compression",
    "DaskOption",
    "IoThreads",
    "Json",
    "LogFormat",
    "LogFormatChoice",
    "LogLevel",
    "MaxBlockBytes",
    "MaxExpansion",
    "MaxRawBytes",
    "Memory",
    "PlanFile",
    "ShardOption",
    "ShardRuleChoice",
    "ShardRuleOption",
    "ShowProgress",
    "Workers",
    "open_options",
    "place_argument",
    "two_numbers",
]


class Compression(str, Enum):
    """How much time to spend for how small a file."""

    fast = "fast"
    balanced = "balanced"
    small = "small"


Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for scripts instead of text.")]
ShowProgress = Annotated[
    bool | None, typer.Option("--progress/--no-progress", help="Progress; by default a bar on a terminal only.")
]


class LogFormatChoice(str, Enum):
    """Whom stderr is for."""

    text = "text"
    json = "json"


LogFormat = Annotated[
    LogFormatChoice,
    typer.Option("--log-format", help="Of stderr: text for people; json, an object a line, for log collectors."),
]
LogLevel = Annotated[
    str,
    typer.Option(
        "--log-level", metavar="LEVEL", help="Of batch_processing.log and JSON lines: DEBUG, INFO, WARNING, ERROR."
    ),
]
Workers = Annotated[int, typer.Option("--workers", min=0, metavar="N", help="Threads; 0: one a processor.")]
IoThreads = Annotated[
    int,
    typer.Option(
        "--io-threads",
        min=0,
        metavar="N",
        help="Images under way while some wait for a store; 0: eight a worker where one is read or written.",
    ),
]
Memory = Annotated[
    str, typer.Option("--memory", help="Memory budget, e.g. 1GiB; default: a quarter of what there is.", metavar="SIZE")
]


class ShardRuleChoice(str, Enum):
    """How a plan is shared out among workers."""

    modulo = "modulo"
    contiguous = "contiguous"
    size = "size"


ShardOption = Annotated[
    str,
    typer.Option(
        "--shard",
        metavar="I/N|auto",
        help="Do the share of worker I (from 0) of N; auto asks Cloud Run, AWS Batch, Slurm or SageMaker, auto/N "
        "Kubernetes.",
        show_default=False,
    ),
]
ShardRuleOption = Annotated[ShardRuleChoice, typer.Option("--shard-rule", help="How the plan is shared out.")]
PlanFile = Annotated[
    Place | None,
    typer.Option(
        "--plan",
        parser=place,
        metavar="FILE",
        help="What was found, frozen: the first run writes it, all others read it.",
        show_default=False,
    ),
]
DaskOption = Annotated[
    str,
    typer.Option(
        "--dask",
        metavar="ADDRESS",
        help="Do the tasks on a Dask cluster: its scheduler's address, tcp://host:8786, or scheduler file.",
        show_default=False,
    ),
]
# The names of OpenOptions, which the messages of refusals tell.
MaxRawBytes = Annotated[
    str, typer.Option("--max-raw-bytes", help="Refuse images larger than this, decoded.", metavar="SIZE")
]
MaxBlockBytes = Annotated[
    str, typer.Option("--max-block-bytes", help="Refuse images with a larger strip or tile, decoded.", metavar="SIZE")
]
MaxExpansion = Annotated[
    int,
    typer.Option(
        "--max-expansion", min=0, help="Refuse images so many times larger than their file; 0: none.", metavar="N"
    ),
]


def place_argument(metavar: str, help: str) -> Any:
    """Make an argument of a command that is a path or an address."""
    return typer.Argument(parser=place, metavar=metavar, help=help, show_default=False)


def open_options(max_raw_bytes: str, max_block_bytes: str, max_expansion: int) -> OpenOptions:
    """Gather what to refuse."""
    return OpenOptions(
        max_raw_bytes=parse_size_bytes(max_raw_bytes),
        max_block_bytes=parse_size_bytes(max_block_bytes),
        max_expansion=max_expansion,
    )


def two_numbers(text: str, option: str) -> tuple[int, int]:
    """Read "1024x768" (or "1024": both); the option's name stands in the error."""
    match = re.fullmatch(r"\s*(\d+)\s*(?:[xX*,]\s*(\d+)\s*)?", text)
    if not match:
        raise typer.BadParameter(f"{text!r} is not a pair like 1024x1024", param_hint=option)
    first = int(match[1])
    return first, int(match[2]) if match[2] else first
