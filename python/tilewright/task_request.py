# SPDX-License-Identifier: Apache-2.0
"""Jobs and their tasks as JSON, for workers that are reached over HTTP or a queue.

A job is an object whose members are the keywords of its class, so that it can be read and written by anyone; no code
crosses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from tilewright._core import BatchJob, ChipJob, OpenOptions, ThumbnailJob
from tilewright.errors import InvalidArgumentError
from tilewright.layout import GridLayout, Layout, PiecesLayout, Size, StripsLayout, TilesLayout
from tilewright.strict_options import make, read_members, read_options
from tilewright.tasks import ImageJob, for_other_machines

__all__ = ["JobKind", "job_from_dict", "job_to_dict", "task_request"]

JobKind: TypeAlias = Literal["tesselate", "chips", "thumbnails"]

_JOBS: dict[str, type[ImageJob]] = {"tesselate": BatchJob, "chips": ChipJob, "thumbnails": ThumbnailJob}
_LAYOUTS: dict[str, type[Layout]] = {
    "pieces": PiecesLayout,
    "grid": GridLayout,
    "tiles": TilesLayout,
    "strips": StripsLayout,
}
#: How a run is shared out is no matter of those who do its tasks.
_OF_THE_RUN = {"shard", "plan_file"}
_PLACES = ("input_dir", "output_dir")


def task_request(job: ImageJob, texts: Sequence[str]) -> dict[str, Any]:
    """Give what a worker's ``/tasks`` takes: the kind of job, the job, and some of its tasks.

    Parameters
    ----------
    job
        Whose tasks these are; goes through :func:`tilewright.tasks.for_other_machines`.
    texts
        Of :func:`tilewright.tasks.task_texts`, for that job.

    Raises
    ------
    TilewrightError
        As :func:`tilewright.tasks.for_other_machines` and :func:`job_to_dict`.

    Examples
    --------
    >>> import numpy as np
    >>> from tilewright import BatchJob, plan_batch, raster
    >>> from tilewright.tasks import task_texts
    >>> written = raster.write("scene.tif", np.zeros((3, 1200, 1100), np.uint8))
    >>> job = BatchJob(".", "out")
    >>> request = task_request(job, task_texts(plan_batch(job)))
    >>> request["kind"], request["tasks"][0]["source"]
    ('tesselate', 'scene.tif')
    """
    sent = for_other_machines(job)
    kind = next(kind for kind, kind_of_job in _JOBS.items() if isinstance(sent, kind_of_job))
    return {"kind": kind, "job": job_to_dict(sent), "tasks": [json.loads(text) for text in texts]}


def job_to_dict(job: ImageJob) -> dict[str, Any]:
    """Write a job as members of a JSON object.

    Raises
    ------
    InvalidArgumentError
        For folders whose names are not UTF-8: JSON has no word for them.

    Examples
    --------
    >>> from tilewright import BatchJob
    >>> job_to_dict(BatchJob("/in", "/out", layout=TilesLayout(512, 512)))["layout"]
    {'type': 'tiles', 'width_px': 512, 'height_px': 512, 'overlap_px': 0, 'edge': 'partial'}
    """
    members = {key: value for key, value in job.to_dict().items() if key not in _OF_THE_RUN}
    for key in _PLACES:
        members[key] = str(members[key])
        if any(0xD800 <= ord(character) < 0xE000 for character in members[key]):
            raise InvalidArgumentError(f"{key}: the name is not UTF-8, and JSON has no word for it", key)
    for key, value in members.items():
        if isinstance(value, (OpenOptions, Size)):
            members[key] = value.to_dict()
        elif key == "layout" and value is not None:
            layout: Layout = value
            name = next(name for name, kind in _LAYOUTS.items() if isinstance(layout, kind))
            members[key] = {"type": name, **layout.to_dict()}
    return members


def job_from_dict(kind: str, members: Mapping[str, Any]) -> ImageJob:
    """Read a job from members of a JSON object: strictly, as it may come from anywhere.

    Parameters
    ----------
    kind
        ``"tesselate"``, ``"chips"`` or ``"thumbnails"``.
    members
        Keywords of the job's class but ``shard`` and ``plan_file``; those that are missing have its defaults.

    Raises
    ------
    InvalidArgumentError
        For a key that the job does not have, a value of another type, and for what the job's class refuses.

    Examples
    --------
    >>> job_from_dict("chips", {"input_dir": "/in", "output_dir": "/out", "cuont": 4})
    Traceback (most recent call last):
        ...
    tilewright.errors.InvalidArgumentError: job.cuont: there is no such key
    """
    job = _JOBS.get(kind)
    if job is None:
        raise InvalidArgumentError(f"kind: {kind!r} is none of {', '.join(_JOBS)}", "kind")
    for key in _PLACES:
        if not isinstance(members.get(key), str) or not members[key]:
            raise InvalidArgumentError(f"job.{key}: expected a folder or an address", f"job.{key}")
    defaults = {key: value for key, value in job(".", ".").to_dict().items() if key not in _OF_THE_RUN}
    readers = {"layout": _layout} | dict.fromkeys(_PLACES, lambda value, _: value)
    made: ImageJob = make(job, read_members(members, defaults, "job", readers), "job")
    return made


def _layout(value: Any, where: str) -> Layout | None:
    if value is None:
        return None
    kind = value.get("type") if isinstance(value, Mapping) else None
    layout = _LAYOUTS.get(kind) if isinstance(kind, str) else None
    if layout is None:
        raise InvalidArgumentError(f"{where}: expected an object with a type, one of {', '.join(_LAYOUTS)}", where)
    given = {key: member for key, member in value.items() if key != "type"}
    made: Layout = read_options(layout, given, where)
    return made
