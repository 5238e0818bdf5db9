# SPDX-License-Identifier: Apache-2.0
"""Workers whose datasets, outputs and dead letters lie in a store."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

import tilewright
from tilewright import BatchJob, _core, raster, tasks
from tilewright.dataset_list import named_datasets
from tilewright.dispatch import plan_windows, wait_for_windows
from tilewright.errors import NotFoundError
from tilewright.task_request import task_request
from tilewright.worker.app import create_app
from tilewright.worker.auth import Nobody
from tilewright.worker.settings import WorkerSettings

from .stores import Store


def post(settings: WorkerSettings, path: str, payload: dict[str, Any]) -> httpx.Response:
    async def one() -> httpx.Response:
        transport = httpx.ASGITransport(create_app(settings))
        async with httpx.AsyncClient(transport=transport, base_url="http://worker", timeout=60) as client:
            return await client.post(path, json=payload)

    return asyncio.run(one())


def test_tasks_go_from_bucket_to_bucket(store: Store, images: Path) -> None:
    job = BatchJob(store.put(images, "in"), store.url / "out", min_image_size=1)
    request = task_request(job, tasks.task_texts(tilewright.plan_batch(job)))
    assert len(request["tasks"]) == 3
    settings = WorkerSettings(Nobody(), (str(store.url / "in"),), (str(store.url / "out"),))
    assert post(settings, "/tasks", request).headers["tilewright-outcome"] == "done"
    assert post(settings, "/tasks", request).headers["tilewright-outcome"] == "skipped"
    assert tilewright.verify(store.url / "out/deep/b").ok
    elsewhere = WorkerSettings(Nobody(), (str(store.url / "in"),), (str(store.url / "other"),))
    assert post(elsewhere, "/tasks", request).status_code == 403


def test_an_image_that_went_away_is_told(store: Store, images: Path) -> None:
    job = BatchJob(store.put(images, "in"), store.url / "out", min_image_size=1)
    request = task_request(job, tasks.task_texts(tilewright.plan_batch(job)))
    _core.remove_file(store.url / "in/a.tif")
    settings = WorkerSettings(Nobody(), (str(store.url),), (str(store.url),), dead_letters=str(store.url / "dead"))
    answer = post(settings, "/tasks", request)
    assert (answer.status_code, answer.headers["tilewright-outcome"]) == (204, "dead-letter")
    (name,) = _core.file_names(store.url / "dead")
    letter = json.loads(_core.read_bytes(store.url / "dead" / str(name)))
    assert "a.tif" in letter["reason"]
    assert json.loads(letter["payload"]) == request
    assert tilewright.verify(store.url / "out/deep/b").ok  # What could be done was.


def test_datasets_are_found_and_tiles_are_waited_for(store: Store, images: Path) -> None:
    store.put(images / "deep", "scenes")
    store.put(images, "scenes/more")
    assert named_datasets([str(store.url / "scenes")]) == [str(store.url / "scenes/b.tif")]
    assert named_datasets([str(store.url / "scenes/more/?.tif")]) == [str(store.url / "scenes/more/a.tif")]
    for nothing in ("scenes/*.jp2", "nowhere/*.tif"):
        with pytest.raises(NotFoundError, match="no such rasters"):
            named_datasets([str(store.url / nothing)])
    # What has nothing below it is taken for the name of an object.
    assert named_datasets([str(store.url / "nowhere")]) == [str(store.url / "nowhere")]
    names = [window.name for window in plan_windows(20, 10, str(store.url / "tiles"), 10)]
    assert wait_for_windows(str(store.url / "tiles"), names, patience_s=0) == names
    _core.write_bytes(store.url / "tiles" / names[0], b"x")
    assert wait_for_windows(str(store.url / "tiles"), names, patience_s=0) == names[1:]
    _core.write_bytes(store.url / "tiles" / names[1], b"x")
    assert wait_for_windows(str(store.url / "tiles"), names, patience_s=60) == []


def test_a_window_goes_from_bucket_to_bucket(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "scenes"
    folder.mkdir()
    for day, value in enumerate((10, 30, 20, 0, 255)):
        raster.write(folder / f"day{day}.tif", np.full((3, 60, 70), value, np.uint8))
    scenes = store.put(folder, "scenes")
    settings = WorkerSettings(
        Nobody(), (str(scenes),), (str(store.url / "tiles"),), dead_letters=str(store.url / "dead")
    )
    (window,) = plan_windows(70, 60, str(store.url / "tiles"))
    payload = window.payload(named_datasets([str(scenes)]))
    assert len(payload["datasets"]) == 5
    assert post(settings, "/median", payload).headers["tilewright-outcome"] == "done"
    assert post(settings, "/median", payload).headers["tilewright-outcome"] == "skipped"
    assert wait_for_windows(str(store.url / "tiles"), [window.name], patience_s=0) == []
    assert (raster.read(store.url / "tiles" / window.name) == 20).all()
    # A scene that was replaced makes another tile.
    raster.write(folder / "day3.tif", np.full((3, 60, 70), 15, np.uint8))
    store.put(folder, "scenes")
    assert post(settings, "/median", payload).headers["tilewright-outcome"] == "done"
    _core.remove_file(scenes / "day3.tif")
    assert post(settings, "/median", payload).headers["tilewright-outcome"] == "dead-letter"
