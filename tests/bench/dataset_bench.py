# SPDX-License-Identifier: Apache-2.0
"""Datasets: embedding beside onnxruntime alone, neighbours of a million targets, a run with nothing left to do.

dataset_bench.py WORK [--repetitions 3] [--images 900] [--rows 1000000]: prints Markdown tables. The images are those of
squares_bench.py, 640 x 640 px; the backbone is of the size of ResNet-18.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
import yaml
from measure import run_measured
from residual_backbone import write_residual_backbone
from squares_bench import make_files

from tilewright.dataset import DatasetConfig, embed, index, nearest_targets, neighbours
from tilewright.dataset.annotation import Annotation
from tilewright.dataset.backbone import Backbone
from tilewright.dataset.hdf5_file import write_embeddings, write_index
from tilewright.dataset.image_table import ImageTable
from tilewright.dataset.splits import split_targets
from tilewright.thumbnail import read_squares

CORES = len(os.sched_getaffinity(0))
TILEWRIGHT = str(Path(sys.executable).parent / "tilewright")
BATCH = 100
NEIGHBOURS = 50
NUMBERS = 512
OPTIONS = {"n_samples": None, "n_images": None, "seed": 42, "val_size": 0.15, "test_size": 0.15}


def annotated(number: int, latitude: float, longitude: float) -> Annotation:
    return Annotation(
        dataset_id=1,
        target_id=number,
        patch_id=number,
        street_view_id=0,
        target_latitude=latitude,
        target_longitude=longitude,
        target_height=0.0,
        normal=(0.0, 0.0, 1.0),
        street_view_latitude=latitude,
        street_view_longitude=longitude,
        street_view_height=0.0,
        distance=1.0,
        heading=0.0,
        pitch=0.0,
        roll=0.0,
    )


def places(count: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Give points of a score of cities, degrees."""
    random = np.random.default_rng(1)
    city = random.integers(0, 20, count)
    spread = random.standard_normal((2, count)) * 0.05
    return random.uniform(-50, 60, 20)[city] + spread[0], random.uniform(-180, 179, 20)[city] + spread[1]


def embedding(work: Path, count: int, repetitions: int) -> None:
    """`embed` of a dataset, and the same batches through onnxruntime alone, in turns."""
    paths, _ = make_files(work, 2000)
    root = work / "dataset"
    shutil.rmtree(root, ignore_errors=True)
    config = DatasetConfig(
        input_dir=root / "images",
        hdf5_path=root / "dataset.h5",
        model=write_residual_backbone(work / "residual.onnx"),
        batch_size=BATCH,
    )
    config.input_dir.mkdir(parents=True)
    for number, path in enumerate(paths[:count]):
        (config.input_dir / f"{number:06}.jpg").hardlink_to(path)
        (config.input_dir / f"{number:06}.txt").write_text(f"d 1 {number} {number} 0 0 0 0 0 0 1 0 0 0 1 0 0 0\n")
    index(config)
    images, _ = read_squares(paths[:count])
    session = ort.InferenceSession(config.model, providers=["CPUExecutionProvider"])
    alone, whole = [], []
    for _ in range(repetitions):
        begun = time.perf_counter()
        for first in range(0, count, BATCH):
            session.run(None, {"image": images[first : first + BATCH]})
        alone.append(time.perf_counter() - begun)
        config.hdf5_path.unlink()
        index(config)
        begun = time.perf_counter()
        report = embed(config, rebuild=True)
        whole.append(time.perf_counter() - begun)
        assert report.done == count
    ratio = statistics.median(b / a for a, b in zip(alone, whole, strict=True))
    print(f"| {count} images, batches of {BATCH}, {CORES} cores | s | images/s | to onnxruntime alone |")
    print("|---|---|---|---|")
    for name, seconds, told in (("onnxruntime alone", alone, 1.0), ("tilewright dataset embed", whole, ratio)):
        median = statistics.median(seconds)
        print(f"| {name} | {median:.2f} | {count / median:.0f} | {told:.2f} |")


def all_done(work: Path, rows: int, repetitions: int) -> None:
    """A run of a dataset that is complete; and what the neighbours of so many targets take."""
    root = work / "million"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    told = {
        "hdf5_path": str(root / "dataset.h5"),
        "input_dir": str(root / "images"),
        "model": str(work / "residual.onnx"),
    }
    (root / "config.yaml").write_text(yaml.safe_dump({"data": told}))
    config = DatasetConfig(
        hdf5_path=root / "dataset.h5", input_dir=root / "images", model=write_residual_backbone(work / "residual.onnx")
    )
    latitudes, longitudes = places(rows)
    searching = []
    for _ in range(repetitions):
        begun = time.perf_counter()
        nearest_targets(latitudes, longitudes, NEIGHBOURS)
        searching.append(time.perf_counter() - begun)
    pairs = zip(latitudes.tolist(), longitudes.tolist(), strict=True)
    table = ImageTable.of_rows([("0001", f"{n:07}.jpg", 1, annotated(n, *pair)) for n, pair in enumerate(pairs)])
    described = table.described_by({"inputs": {"folders": {}, "listing": ""}, "options": OPTIONS, "annotations": rows})
    write_index(
        config.hdf5_path,
        table,
        split_targets(table.target_keys),
        {"rows": table.fingerprint, "options": OPTIONS},
    )
    table.write(config.parquet_path, described)
    zeros = np.zeros((16384, NUMBERS), np.float32)
    blocks = ((first, zeros[: rows - first]) for first in range(0, rows, len(zeros)))
    identity = {**Backbone(config).identity, "rows": table.fingerprint}
    write_embeddings(config.hdf5_path, blocks, (rows, NUMBERS), {}, identity)
    neighbours(config)
    runs = [
        run_measured([TILEWRIGHT, "dataset", "run", "--config", str(root / "config.yaml")]) for _ in range(repetitions)
    ]
    print(f"\n| {rows:,} rows, {CORES} cores | s |")
    print("|---|---|")
    print(f"| {NEIGHBOURS} neighbours of each, in one split | {statistics.median(searching):.1f} |")
    print(f"| dataset run, everything done | {statistics.median(run.seconds for run in runs):.2f} |")
    shutil.rmtree(root)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=Path)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--images", type=int, default=900)
    parser.add_argument("--rows", type=int, default=1_000_000)
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    embedding(given.work, given.images, given.repetitions)
    all_done(given.work, given.rows, given.repetitions)


if __name__ == "__main__":
    main()
