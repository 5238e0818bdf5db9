# SPDX-License-Identifier: Apache-2.0
"""Stage ``download``: the archives of a manifest, fetched to this machine."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from tilewright import _core
from tilewright.dataset.config import DatasetConfig
from tilewright.dataset.download_state import DownloadState
from tilewright.dataset.fetch import Fetch, Fetched, FetchError
from tilewright.dataset.in_threads import do_in_threads
from tilewright.dataset.manifest import ManifestEntry, read_manifest_text
from tilewright.dataset.part_file import PartFile
from tilewright.dataset.place_source import PlaceSource
from tilewright.dataset.shown_url import shown_url
from tilewright.dataset.stage import OnProgress, StageReport, StageStatus, no_progress
from tilewright.dataset.web_source import WebSource
from tilewright.errors import InvalidArgumentError, TilewrightError
from tilewright.report_page import size as size_text

__all__ = ["download", "download_status", "read_manifest"]

_log = logging.getLogger(__name__)
_UNIT = "archives"


def read_manifest(config: DatasetConfig) -> list[ManifestEntry]:
    """Read the list of archives; empty if the configuration names none.

    Raises
    ------
    InvalidArgumentError
        If it is no such list.
    NotFoundError, PermissionDeniedError, IoFailedError
        If it cannot be read.
    """
    if config.manifest is None:
        return []
    where = shown_url(str(config.manifest))
    try:
        return read_manifest_text(_core.read_bytes(config.manifest).decode(), where)
    except UnicodeDecodeError:
        raise InvalidArgumentError(f"{where}: is no text", where) from None
    except TilewrightError as error:
        told = str(error).replace(str(config.manifest), where)
        raise type(error)(told, where, error.transient) from None


def download(config: DatasetConfig, *, on_progress: OnProgress = no_progress) -> StageReport:
    """Fetch the archives of the manifest that are not there, ``config.downloads`` at a time.

    What has come of an archive is in ``{archive}.part``; the next run fetches the rest. An archive under its name is
    whole. One that fails does not stop the others.

    Parameters
    ----------
    config
        Which archives, and where to.
    on_progress
        Told how many archives are there, twice a second.

    Raises
    ------
    TilewrightError
        If the manifest cannot be read.
    """
    entries = {entry.out: entry for entry in read_manifest(config)}
    if not entries:
        return StageReport("download", 0)
    state = DownloadState(config)
    kept = {out for out, entry in entries.items() if state.has(entry)}
    done: set[str] = set()
    failed: dict[str, str] = {}
    if len(kept) == len(entries):
        on_progress(len(kept), len(entries), _UNIT)
        return StageReport("download", len(entries), kept=len(kept))
    stop = threading.Event()
    web, places = WebSource(config.downloads), PlaceSource()

    def job(entry: ManifestEntry) -> Callable[[], Fetched]:
        source = web if entry.url.startswith(("http:", "https:")) else places
        fetch = Fetch(entry, config.raw_dir / entry.out, source, config.retries, stop, state.come)
        return lambda: state.proven(entry, stop) or fetch()

    def end(out: str, outcome: Fetched | Exception) -> None:
        if isinstance(outcome, FetchError):
            failed[out] = str(outcome)
            _log.warning("%s: not downloaded: %s", out, outcome)
        elif isinstance(outcome, Exception):
            raise outcome
        else:
            (kept if outcome.was_there else done).add(out)
            state.add(entries[out], outcome)
            _log.info("%s: %s, %s", out, "is there" if outcome.was_there else "came", size_text(outcome.size_bytes))

    def tick() -> None:
        state.save_if_due()
        on_progress(len(done) + len(kept), len(entries), _UNIT)

    try:
        do_in_threads(
            {out: job(entry) for out, entry in entries.items() if out not in kept},
            config.downloads,
            stop,
            on_end=end,
            on_tick=tick,
            on_stop=web.hang_up,
        )
    finally:
        state.save()
        web.close()
    on_progress(len(done) + len(kept), len(entries), _UNIT)
    return StageReport("download", len(entries), len(done), len(kept), failed)


def download_status(config: DatasetConfig) -> StageStatus:
    """Tell how many archives of the manifest are there; no server is asked but for the manifest."""
    if config.manifest is None:
        return StageStatus("download", "complete", "no manifest", remaining=0, unit=_UNIT)
    try:
        entries = read_manifest(config)
    except TilewrightError as error:
        return StageStatus("download", "error", str(error))
    state = DownloadState(config)
    there = [entry for entry in entries if state.has(entry)]
    have = sum(state.size_bytes(entry) for entry in there)
    if len(there) == len(entries):
        details = f"{len(entries):,} archives, {size_text(have)}"
        return StageStatus("download", "complete", details, remaining=0, unit=_UNIT)
    known = {entry.out for entry in there}
    begun = sum(PartFile(config.raw_dir / entry.out).size_bytes() for entry in entries if entry.out not in known)
    missing = len(entries) - len(there)
    return StageStatus(
        "download",
        "in-progress" if there or begun else "pending",
        f"{len(there):,}/{len(entries):,} archives, {size_text(have + begun)}",
        missing,
        _UNIT,
        state.seconds_left(len(there), have, begun, missing),
    )
