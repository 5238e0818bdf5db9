# SPDX-License-Identifier: Apache-2.0
"""Running a job here, or on a Dask cluster where --dask says so."""

from __future__ import annotations

from collections.abc import Callable

import typer

from tilewright.batch import BatchReport, Shard
from tilewright.cli.progress import BatchProgress
from tilewright.tasks import Job

__all__ = ["refuse_shared_cluster", "run_here_or_there"]


def refuse_shared_cluster(dask: str, shard: str, share: Shard) -> None:
    """Refuse --dask beside --shard: a cluster shares the plan out by itself."""
    if dask and (shard or share.count > 1):
        raise typer.BadParameter("--dask and --shard exclude each other; a cluster shares the plan out by itself")


def run_here_or_there(job: Job, run_here: Callable[..., BatchReport], dask: str, shown: BatchProgress) -> BatchReport:
    """Run a job, on the cluster of a scheduler if one is given."""
    if not dask:
        return run_here(job, on_progress=shown.progress, on_outcome=shown.outcome)
    from tilewright import dask_runner  # noqa: PLC0415 - slow to load, and few runs need it

    with dask_runner.connect(dask) as client:
        return dask_runner.run(job, client, on_progress=shown.progress, on_outcome=shown.outcome, on_note=shown.note)
