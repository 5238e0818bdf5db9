# SPDX-License-Identifier: Apache-2.0
"""What lies below a dataset's input folder, and whether it is still what it was."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tilewright.dataset.config import DatasetConfig
from tilewright.dataset.extract import extracted_contents
from tilewright.errors import NotFoundError

__all__ = ["changed_inputs", "list_input", "seen_inputs"]


def list_input(root: Path) -> Iterator[tuple[Path, dict[str, int]]]:
    """Give each folder, relative to the root, with its files' sizes by name; sorted by path.

    Raises
    ------
    NotFoundError
        If there is no such folder.
    OSError
        If a folder cannot be listed: an index without it would be a lie.
    """
    if not root.is_dir():
        raise NotFoundError(f"{root}: there is no such folder", str(root))
    folders = [root]
    while folders:
        folder = folders.pop()
        files: dict[str, int] = {}
        below: list[Path] = []
        with os.scandir(folder) as entries:
            for entry in entries:
                # What extraction has not finished, and what other programs hide.
                if entry.name.startswith("."):
                    continue
                if entry.is_dir():
                    below.append(folder / entry.name)
                elif entry.is_file():
                    files[entry.name] = entry.stat().st_size
        yield folder.relative_to(root), files
        folders += sorted(below, reverse=True)


def seen_inputs(config: DatasetConfig) -> dict[str, Any]:
    """Describe the input so that `changed_inputs` can tell whether it is the same, in no time if it is."""
    if archives := extracted_contents(config):
        return {"archives": archives}
    return {"folders": _times(config.input_dir), "listing": _listing(config.input_dir)}


def changed_inputs(before: dict[str, Any], config: DatasetConfig) -> list[str]:
    """Say in what the input differs from what `seen_inputs` described."""
    archives = extracted_contents(config)
    if "archives" not in before:
        if archives:
            return ["archives were extracted into its input"]
        # A wiped input is no other input: what is made of it stands.
        if not config.input_dir.is_dir() or before["folders"] == _times(config.input_dir):
            return []
        return [] if before["listing"] == _listing(config.input_dir) else [f"files of {config.input_dir} changed"]
    was = before["archives"]
    if not archives:
        return []
    return [
        *(f"archive {name} is new" for name in sorted(archives.keys() - was.keys())),
        *(f"archive {name} is gone" for name in sorted(was.keys() - archives.keys())),
        *(f"archive {name} changed" for name in sorted(was.keys() & archives.keys()) if was[name] != archives[name]),
    ]


def _times(root: Path) -> dict[str, int]:
    """When a file was last added to each folder, or taken away; nanoseconds."""
    times = {}
    for folder, below, _ in os.walk(root):
        below[:] = [name for name in below if not name.startswith(".")]
        times[Path(folder).relative_to(root).as_posix()] = Path(folder).stat().st_mtime_ns
    return times


def _listing(root: Path) -> str:
    digest = hashlib.sha256()
    for folder, files in list_input(root):
        for name in sorted(files):
            digest.update(f"{folder.as_posix()}/{name}\t{files[name]}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
