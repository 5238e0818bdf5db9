# SPDX-License-Identifier: Apache-2.0
"""All stages in their order, beginning at the first that is not complete."""

from __future__ import annotations

import fcntl
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tilewright.dataset.checkpoint import Checkpoint
from tilewright.dataset.config import DatasetConfig
from tilewright.dataset.download import download
from tilewright.dataset.embed import embed
from tilewright.dataset.extract import extract
from tilewright.dataset.hdf5_file import embeddings_identity
from tilewright.dataset.index import index, index_status
from tilewright.dataset.neighbours import neighbours
from tilewright.dataset.stage import OnProgress, StageReport, no_progress
from tilewright.errors import AlreadyExistsError

__all__ = ["STAGES", "run", "run_stage"]

STAGES = ("download", "extract", "index", "embed", "neighbours")
#: Spot machines are gone 30 s after they are told.
_LAST_COPY_S = 20.0
_log = logging.getLogger(__name__)


def run(
    config: DatasetConfig,
    *,
    rebuild: bool = False,
    on_progress: OnProgress = no_progress,
    on_stage: Callable[[StageReport], object] = lambda report: None,
) -> list[StageReport]:
    """Do all stages that are not complete, and stop behind the first that cannot be completed.

    Archives are neither downloaded nor extracted once all images are embedded. With ``checkpoint_uri``, what is missing
    here is brought back first; outputs, state and logs are copied there after each stage, every
    ``checkpoint_interval`` seconds, and when the run is interrupted.

    Parameters
    ----------
    config
        Of the dataset.
    rebuild
        Make anew what is there of another input, model or options.
    on_progress
        Told what a stage has done.
    on_stage
        Told each stage's report when it ends.

    Returns
    -------
    list of StageReport
        Of the stages that were looked at.

    Raises
    ------
    AlreadyExistsError
        If another run has the dataset in its hands.
    TilewrightError
        As the stages do.
    """
    return _run(STAGES, config, rebuild, on_progress, on_stage)


def run_stage(
    stage: str, config: DatasetConfig, *, rebuild: bool = False, on_progress: OnProgress = no_progress
) -> StageReport:
    """Do one stage as `run` does it: with the lock, the log and the checkpoint."""
    return _run((stage,), config, rebuild, on_progress, lambda report: None)[0]


def _run(
    stages: tuple[str, ...],
    config: DatasetConfig,
    rebuild: bool,
    on_progress: OnProgress,
    on_stage: Callable[[StageReport], object],
) -> list[StageReport]:
    checkpoint = Checkpoint(config)

    def tell(done: int, total: int, unit: str) -> None:
        on_progress(done, total, unit)
        checkpoint.save_if_due()

    bodies: dict[str, Callable[[], StageReport]] = {
        "download": lambda: download(config, on_progress=tell),
        "extract": lambda: extract(config, on_progress=tell),
        "index": lambda: index(config, rebuild=rebuild, on_progress=tell),
        "embed": lambda: embed(config, rebuild=rebuild, on_progress=on_progress, on_flush=checkpoint.save_if_due),
        "neighbours": lambda: neighbours(config, on_progress=tell),
    }
    reports: list[StageReport] = []
    with _held(config), _logged(config), _saved(checkpoint):
        checkpoint.restore()
        for stage in stages:
            if len(stages) > 1 and stage in ("download", "extract") and _has_all_embeddings(config) and not rebuild:
                continue
            report = bodies[stage]()
            reports.append(report)
            _log.info("%s", report)
            on_stage(report)
            checkpoint.save()
            if not report.complete:
                break
    return reports


def _has_all_embeddings(config: DatasetConfig) -> bool:
    return embeddings_identity(config.hdf5_path) is not None and index_status(config).status == "complete"


@contextmanager
def _held(config: DatasetConfig) -> Iterator[None]:
    """Keep other runs away; the system lets go when the process ends, however it ends."""
    config.work_dir.mkdir(parents=True, exist_ok=True)
    with (config.work_dir / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyExistsError(
                f"{config.work_dir}: another run has this dataset in its hands; wait for it", str(config.work_dir)
            ) from None
        yield


@contextmanager
def _logged(config: DatasetConfig) -> Iterator[None]:
    """Write what stages tell to a file beside their state."""
    log = logging.getLogger("tilewright.dataset")
    handler = logging.FileHandler(config.work_dir / "dataset.log", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    level = log.level
    log.addHandler(handler)
    log.setLevel(min(level, logging.INFO) if level else logging.INFO)
    try:
        yield
    finally:
        log.setLevel(level)
        log.removeHandler(handler)
        handler.close()


@contextmanager
def _saved(checkpoint: Checkpoint) -> Iterator[None]:
    """Copy what there is when the block is left by an error or a signal, as far as there is time."""
    try:
        yield
    except BaseException:
        with _deaf():
            checkpoint.save_what_fits(_LAST_COPY_S)
        raise


@contextmanager
def _deaf() -> Iterator[None]:
    """Let no further signal break off what ends a run."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
