# SPDX-License-Identifier: Apache-2.0
"""Stage ``extract``: images and annotations taken out of archives."""

from __future__ import annotations

import functools
import logging
import os
import threading
from pathlib import Path

from tilewright import _core
from tilewright.dataset.config import DatasetConfig
from tilewright.dataset.download import read_manifest
from tilewright.dataset.extract_state import Extracted, ExtractState
from tilewright.dataset.in_threads import do_in_threads
from tilewright.dataset.part_file import PART_SUFFIXES
from tilewright.dataset.stage import OnProgress, StageReport, StageStatus, no_progress
from tilewright.dataset.unpack import archive_stem, is_archive
from tilewright.errors import TilewrightError

__all__ = ["extract", "extract_status", "extracted_contents"]

_log = logging.getLogger(__name__)
_UNIT = "archives"


def extract(config: DatasetConfig, *, on_progress: OnProgress = no_progress) -> StageReport:
    """Extract the archives that are not extracted, several at a time, each into a folder of its name.

    What is readable of a damaged archive is kept, and the damage reported. An archive that cannot be read at all, or
    not be written, is failed; the next run tries it again. Files that are no archives stay as they are.

    Parameters
    ----------
    config
        Which archives, and where to.
    on_progress
        Told how many archives are done, twice a second.

    Raises
    ------
    TilewrightError
        If the manifest or a record cannot be read.
    """
    found = _Found(config)
    state, failed = found.state, dict(found.failed)
    done: dict[str, Extracted] = {}
    damaged = {name: known.damage for name, known in found.done.items() if known.damage}
    kept = len(found.done) + len(found.others)
    stop = threading.Event()

    def end(name: str, outcome: Extracted | Exception) -> None:
        if isinstance(outcome, TilewrightError | OSError):
            failed[name] = str(outcome)
            _log.warning("%s: not extracted: %s", name, outcome)
        elif isinstance(outcome, Exception):
            raise outcome
        else:
            done[name] = outcome
            if outcome.damage:
                damaged[name] = outcome.damage
                _log.warning("%s: %s", name, outcome.damage)
            _log.info("%s: %d files extracted", name, outcome.files)

    def tick() -> None:
        on_progress(kept + len(done), len(found.names), _UNIT)

    tick()
    threads = config.num_workers or _core.available_processors()
    jobs = {name: functools.partial(state.extract, name, stop) for name in found.todo}
    do_in_threads(jobs, threads, stop, on_end=end, on_tick=tick)
    state.forget(found.names)
    return StageReport("extract", len(found.names), len(done), kept, failed, damaged)


def extract_status(config: DatasetConfig) -> StageStatus:
    """Tell how many archives are extracted; none is unpacked."""
    try:
        found = _Found(config)
    except (TilewrightError, OSError) as error:
        return StageStatus("extract", "error", str(error))
    left = [*found.todo, *found.failed]
    archives = len(found.done) + len(left)
    if not archives:
        return StageStatus("extract", "complete", "no archives", remaining=0, unit=_UNIT)
    hurt = sum(bool(known.damage) for known in found.done.values())
    files = f"{sum(known.files for known in found.done.values()):,} files" + (f", {hurt} damaged" if hurt else "")
    if not left:
        return StageStatus("extract", "complete", f"{archives:,} archives, {files}", remaining=0, unit=_UNIT)
    status = "in-progress" if found.done or found.state.has_begun(left) else "pending"
    details = f"{len(found.done):,}/{archives:,} archives, {files}"
    return StageStatus("extract", status, details, len(left), _UNIT, found.state.seconds_left(left))


def extracted_contents(config: DatasetConfig) -> dict[str, str]:
    """Give the fingerprint of each archive that was extracted, by its name below the folder of archives."""
    return {name: extracted.fingerprint for name, extracted in ExtractState(config).all().items()}


class _Found:
    """What there is to extract, and what of it is done."""

    def __init__(self, config: DatasetConfig) -> None:
        self.names = _names(config)
        self.state = ExtractState(config)
        self.done: dict[str, Extracted] = {}
        self.todo: list[str] = []
        self.others: list[str] = []
        self.failed: dict[str, str] = {}
        for name in self.names:
            path = config.raw_dir / name
            try:
                path.stat()
                if known := self.state.done(name):
                    self.done[name] = known
                else:
                    (self.todo if is_archive(path) else self.others).append(name)
            except FileNotFoundError:
                self.failed[name] = "it is not downloaded"
            except OSError as error:
                self.failed[name] = f"cannot be read: {error.strerror or error}"
        self._refuse_clashes([*self.done, *self.todo])

    def _refuse_clashes(self, archives: list[str]) -> None:
        """Refuse archives that would be extracted into one folder."""
        stems: dict[str, list[str]] = {}
        for name in archives:
            stems.setdefault(archive_stem(Path(name).name), []).append(name)
        for stem, same in stems.items():
            if len(same) > 1:
                told = f"{' and '.join(sorted(same))} would be extracted into one folder {stem!r}; rename one"
                self.failed |= dict.fromkeys(same, told)
        self.todo = [name for name in self.todo if name not in self.failed]
        self.done = {name: known for name, known in self.done.items() if name not in self.failed}


def _names(config: DatasetConfig) -> list[str]:
    """Give what may be an archive: what the manifest names, else all there is."""
    if config.manifest is not None:
        return [entry.out for entry in read_manifest(config)]
    names = []
    apart = {config.input_dir.resolve(), config.work_dir.resolve()}
    for folder, below, files in os.walk(config.raw_dir, onerror=_raise):
        here = Path(folder)
        below[:] = sorted(name for name in below if not name.startswith(".") and (here / name).resolve() not in apart)
        names += [
            (here / name).relative_to(config.raw_dir).as_posix()
            for name in files
            if not name.startswith(".") and not name.endswith(PART_SUFFIXES) and (here / name).is_file()
        ]
    return sorted(names)


def _raise(error: OSError) -> None:
    # A folder of archives that is not there has none.
    if not isinstance(error, FileNotFoundError):
        raise error
