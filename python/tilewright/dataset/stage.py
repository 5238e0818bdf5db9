# SPDX-License-Identifier: Apache-2.0
"""What all stages have in common: how they tell of themselves, and the records they leave."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tilewright import _core
from tilewright.errors import CorruptError

__all__ = ["DISK_IS_FULL", "OnProgress", "StageReport", "StageStatus", "no_progress", "read_record", "write_record"]

#: Numbers of errors of writing that more room would have spared.
DISK_IS_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
#: Called with what is done, of how many, and the name of their unit: "archives", "images", "targets".
OnProgress = Callable[[int, int, str], object]


def no_progress(done: int, total: int, unit: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class StageReport:
    """What a stage did: found = done + kept + failed, and each failure by its name.

    Attributes
    ----------
    stage
        Its name.
    found
        What there is to do at all: archives, annotations, images or targets.
    done
        Done now.
    kept
        Done before.
    failed
        Name and reason of each that could not be done and would be tried again.
    damaged
        Name and reason of each that counts as done or kept, but of which something, or all, cannot be used.
    """

    stage: str
    found: int
    done: int = 0
    kept: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    damaged: dict[str, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether the stages after this one may begin."""
        return not self.failed

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON has it."""
        return {**asdict(self), "complete": self.complete}

    def __str__(self) -> str:
        counts = [f"{self.done:,} done", f"{self.kept:,} kept"]
        counts += [f"{len(self.damaged):,} damaged"] if self.damaged else []
        counts += [f"{len(self.failed):,} failed"] if self.failed else []
        return f"{self.stage}: {self.found:,} found, {', '.join(counts)}"


@dataclass(frozen=True)
class StageStatus:
    """How far a stage is.

    Attributes
    ----------
    name
        Of the stage.
    status
        ``"complete"``, ``"in-progress"``, ``"pending"`` or ``"error"``.
    details
        For people.
    remaining, unit
        What is left to do, where that is known, and of what.
    seconds_left
        An estimate by what was done so far; None where there is none.
    """

    name: str
    status: str
    details: str
    remaining: int | None = None
    unit: str = ""
    seconds_left: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON has it."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.name}: {self.status} ({self.details})"


def read_record(path: Path) -> dict[str, Any] | None:
    """Read what a stage left; None if it left nothing.

    Raises
    ------
    CorruptError
        If it is none of ours.
    """
    try:
        record = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise CorruptError(f"{path}: is no record of a stage ({error}); remove it", str(path)) from error
    if not isinstance(record, dict):
        raise CorruptError(f"{path}: is no record of a stage; remove it", str(path))
    return record


def write_record(path: Path, record: dict[str, Any]) -> None:
    """Write what later runs need to know, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _core.write_bytes(path, (json.dumps(record, indent=1, sort_keys=True) + "\n").encode())
