# SPDX-License-Identifier: Apache-2.0
"""Windows of a scene through a dispatcher and a worker as people run them: every pixel is the seed's."""

import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import numpy as np
import pytest

from tilewright import raster
from tilewright.worker import work

from .clients import BEARER, TOKEN, pushed, wait_until

WIDTH, HEIGHT, DATES = 250, 130, 9


@pytest.fixture
def scenes(tmp_path):
    """Dates of one place with clouds, gaps, and ties; gives their samples (date, band, row, column)."""
    random = np.random.default_rng(7)
    samples = random.integers(40, 60, (DATES, 3, HEIGHT, WIDTH)).astype(np.uint8)
    samples[random.random(samples.shape) < 0.1] = 0
    samples[random.random(samples.shape) < 0.1] = 255
    samples[:, :, 30:60, 20:50] = 0
    (tmp_path / "scenes").mkdir()
    for number, date in enumerate(samples):
        raster.write(tmp_path / f"scenes/2023010{number}_TCI.tif", date)
    return samples


def median_of(samples):
    """Of each pixel the sample in the middle by (sum of bands, date), as the seed has it; (band, row, column)."""
    counts = ~np.isin(samples, (0, 255)).any(axis=1)
    sums = np.where(counts, samples.sum(axis=1, dtype=np.int64), np.iinfo(np.int64).max)
    order = np.argsort(sums, axis=0, kind="stable")
    left = counts.sum(axis=0)
    chosen = np.take_along_axis(order, (left // 2)[None].clip(max=len(samples) - 1), axis=0)
    picture = np.take_along_axis(samples, chosen[:, None], axis=0)[0]
    return np.where(left > 0, picture, 0).astype(np.uint8)


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "tilewright", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "TILEWRIGHT_WORKER_TOKEN": TOKEN},
    )


@contextmanager
def worker_of(folder):
    """A worker of scenes/ and tiles/ in a folder; gives its URL."""
    command = [*(sys.executable, "-m", "tilewright", "worker", "--port", "0"), "--allow-read", folder / "scenes"]
    with subprocess.Popen(
        [*map(str, command), "--allow-write", str(folder / "tiles"), "--concurrency", "2"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TILEWRIGHT_WORKER_TOKEN": TOKEN},
    ) as process:
        url = process.stderr.readline().partition("listening on ")[2].partition(";")[0]
        reader = threading.Thread(target=process.stderr.read, daemon=True)
        reader.start()
        try:
            yield url
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        finally:
            process.kill()
            reader.join()


@pytest.fixture
def worker(tmp_path):
    with worker_of(tmp_path) as url:
        yield url


def test_a_scene_from_dispatch_to_tiles(scenes, worker, tmp_path):
    arguments = ("dispatch", tmp_path / "tiles", tmp_path / "scenes/*_TCI.tif", "--url", worker, "--window-size", 100)
    first = run(*arguments, "--wait", "--limit", 1)
    assert first.stdout == "1 window: 1 sent, 0 failed; 1 of 1 tile there\n", first.stderr
    done = run(*arguments, "--wait", "--json")
    assert json.loads(done.stdout) == {"windows": 6, "sent": 6, "failed": [], "missing": []}, done.stderr
    mosaic = np.zeros((3, HEIGHT, WIDTH), np.uint8)
    for x in range(0, WIDTH, 100):
        for y in range(0, HEIGHT, 100):
            tile = raster.read(tmp_path / f"tiles/tile_{x}_{y}.tif")
            mosaic[:, y : y + tile.shape[1], x : x + tile.shape[2]] = tile
    assert (mosaic == median_of(scenes)).all()
    assert (mosaic[:, 30:60, 20:50] == 0).all()
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "tiles").iterdir()}
    assert run(*arguments).returncode == 0
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "tiles").iterdir()} == before
    assert 'outcome="skipped"} 7.0' in httpx.get(f"{worker}/metrics").text


def request_of(tmp_path, **members):
    datasets = [str(path) for path in sorted((tmp_path / "scenes").glob("*_TCI.tif"))]
    return {
        "window": [0, 0, 64, 64],
        "destination": str(tmp_path / "tiles/tile.tif"),
        "datasets": datasets,
        **members,
    }


def test_what_can_never_succeed_and_what_is_made_of_the_rest(scenes, worker, tmp_path):
    def post(**members):
        answer = httpx.post(
            f"{worker}/median", json=pushed(request_of(tmp_path, **members)), headers=BEARER, timeout=60
        )
        return answer.status_code, answer.json()["detail"] if answer.content else ""

    (tmp_path / "scenes/broken_TCI.tif").write_bytes(b"II*\0")
    raster.write(tmp_path / "scenes/small.tif", np.ones((3, 10, 10), np.uint8))
    raster.write(tmp_path / "scenes/gray.tif", np.ones((1, HEIGHT, WIDTH), np.uint8))
    good = request_of(tmp_path)["datasets"][:-1]
    for members, reason in (
        ({"datasets": good, "window": [WIDTH - 63, 0, 64, 64]}, "window"),
        ({"datasets": good, "window": [0, HEIGHT, 1, 1]}, "window"),
        ({}, "broken_TCI.tif"),
        ({"datasets": [*good, str(tmp_path / "scenes/nowhere.tif")]}, "nowhere.tif"),
        ({"datasets": [*good, str(tmp_path / "scenes/small.tif")]}, "small.tif"),
        ({"datasets": [*good, str(tmp_path / "scenes/gray.tif")]}, "gray.tif"),
        ({"datasets": good, "options": {"rule": "mode"}}, "mode"),
        ({"datasets": good, "options": {"quantile": 1.5, "rule": "quantile"}}, "quantile"),
    ):
        status, detail = post(**members)
        assert (status, reason in detail) == (400, True), detail
    assert not (tmp_path / "tiles/tile.tif").exists()
    assert post(stack={"skip_bad": 1}, files={"counts": True}) == (204, "")
    assert (raster.read(tmp_path / "tiles/tile.tif") == median_of(scenes)[:, :64, :64]).all()
    counts = (~np.isin(scenes, (0, 255)).any(axis=1)).sum(axis=0)
    assert (raster.read(tmp_path / "tiles/tile_count.tif")[0] == counts[:64, :64]).all()


VRT = """<VRTDataset rasterXSize="{width}" rasterYSize="{height}"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>
<SourceFilename relativeToVRT="0">{source}</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand>
</VRTDataset>"""
WMS = """<GDAL_WMS><Service name="TMS"><ServerUrl>http://169.254.169.254/</ServerUrl></Service></GDAL_WMS>"""


@pytest.mark.parametrize("name", ["x.vrt", "x.tif", "x.xml"])
@pytest.mark.parametrize("text", [VRT, WMS])
def test_files_that_lead_to_others_are_no_datasets(scenes, worker, tmp_path, name, text):
    raster.write(tmp_path / "secret.tif", np.full((1, HEIGHT, WIDTH), 77, np.uint8))
    (tmp_path / "scenes" / name).write_text(text.format(width=WIDTH, height=HEIGHT, source=tmp_path / "secret.tif"))
    request = request_of(tmp_path, datasets=[str(tmp_path / "scenes" / name)])
    answer = httpx.post(f"{worker}/median", json=request, headers=BEARER, timeout=60)
    assert answer.status_code == 400
    assert not (tmp_path / "tiles/tile.tif").exists()


def test_a_destination_that_cannot_be_written_is_told(scenes, worker, tmp_path):
    (tmp_path / "tiles").write_text("a file where a folder should be")
    answer = httpx.post(f"{worker}/median", json=request_of(tmp_path), headers=BEARER, timeout=60)
    assert answer.status_code in (400, 403, 500)
    assert "tile" in answer.json()["detail"]


def test_the_same_window_many_times_at_once_of_two_workers(scenes, worker, tmp_path):
    with worker_of(tmp_path) as other, ThreadPoolExecutor(12) as pool:
        answers = pool.map(
            lambda number: httpx.post(
                f"{(worker, other)[number % 2]}/median", json=request_of(tmp_path), headers=BEARER, timeout=60
            ),
            range(12),
        )
        statuses = {answer.status_code for answer in answers}
    assert statuses == {204}
    assert (raster.read(tmp_path / "tiles/tile.tif") == median_of(scenes)[:, :64, :64]).all()
    assert [path.name for path in (tmp_path / "tiles").iterdir()] == ["tile.tif"]


def test_a_composite_that_is_stopped_leaves_nothing(make_client, scenes, tmp_path, monkeypatch):
    """The true one, stopped by the drain: its on_progress is heard."""
    from tilewright.composite import write_composite
    from tilewright.worker.drain import Drain

    drain = Drain(0)

    def begun(*places, **given):
        drain.begin()
        return write_composite(*places, **given)

    monkeypatch.setattr(work, "write_composite", begun)
    client = make_client(drain)
    request = request_of(tmp_path, window=[0, 0, WIDTH, HEIGHT], datasets=request_of(tmp_path)["datasets"] * 200)
    running = client.begin("POST", "/median", json=request)
    answer = running.result()
    wait_until(lambda: client.get("/metrics").status_code == 200)
    assert answer.status_code in (503, 204)  # It may have been faster.
    assert (tmp_path / "tiles/tile.tif").exists() == (answer.status_code == 204)
    if (tmp_path / "tiles").exists():
        assert {path.name for path in (tmp_path / "tiles").iterdir()} <= {"tile.tif"}
