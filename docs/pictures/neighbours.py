# SPDX-License-Identifier: Apache-2.0
"""The targets of a dataset, how they were split, and the nearest neighbours of one."""

import json
from pathlib import Path

import figure
import h5py
import numpy as np
from PIL import Image

from tilewright import dataset

LATITUDE, LONGITUDE = 36.11, -115.17
COLORS = {"train": "#9aa5b1", "val": figure.GREEN, "test": figure.BLUE}


def make_images(folder: Path) -> None:
    """Houses along the streets of a town, two pictures of each."""
    random = np.random.default_rng(41)
    folder.mkdir()
    Image.new("RGB", (16, 16), "gray").save(folder / "any.jpg")
    picture = (folder / "any.jpg").read_bytes()
    (folder / "any.jpg").unlink()
    for target in range(360):
        street, along = divmod(target, 20)
        across, place = (street % 9) * 110 + random.normal(0, 6), along * 48 + random.normal(0, 8)
        east, north = (across, place) if street < 9 else (place, across)
        latitude, longitude = LATITUDE + north / 111_195, LONGITUDE + east / 111_195 / np.cos(np.radians(LATITUDE))
        for view in range(2):
            name = folder / f"0000075_{target * 2 + view:07d}_{view:07d}_{target:07d}"
            name.with_suffix(".jpg").write_bytes(picture)
            numbers = [
                f"{number:.15e}"
                for number in (latitude, longitude, 648, 0, -1, 0, latitude, longitude, 643, 14, 62, 20, 0)
            ]
            name.with_suffix(".txt").write_text(f"d 75 {target} {target * 2 + view} {view} " + " ".join(numbers) + "\n")


def draw(images: Path, scratch: Path) -> None:
    make_images(scratch / "raw")
    config = scratch / "config.yaml"
    config.write_text(
        "data: " + json.dumps({"input_dir": str(scratch / "raw"), "hdf5_path": str(scratch / "d.h5"), "knn_k": 6})
    )
    read = dataset.read_config(config)
    dataset.index(read)
    dataset.neighbours(read)
    drawing, axis = figure.new(780, 470)
    with h5py.File(scratch / "d.h5") as file:
        metadata = file["metadata"]
        keys = metadata["TargetID"][:]
        east = (metadata["Target Point Longitude"][:] - LONGITUDE) * 111_195 * np.cos(np.radians(LATITUDE))
        north = (metadata["Target Point Latitude"][:] - LATITUDE) * 111_195
        place = {key: (x, y) for key, x, y in zip(keys, east, north, strict=True)}
        for split, color in COLORS.items():
            targets = metadata[f"target_id_order_{split}"][:]
            x, y = np.array([place[key] for key in targets]).T
            axis.scatter(x, y, s=16, color=color, label=f"{split}: {len(targets)} targets", zorder=2)
        targets = metadata["target_id_order_test"][:]
        chosen = int(np.argmin([np.hypot(place[key][0] - 450, place[key][1] - 450) for key in targets]))
        distances = metadata["knn_distances_geo_test"][chosen]
        for neighbour in metadata["knn_indices_geo_test"][chosen]:
            (x0, y0), (x1, y1) = place[targets[chosen]], place[targets[neighbour]]
            axis.plot([x0, x1], [y0, y1], color=figure.ORANGE, lw=1.3, zorder=1)
    nearest = ", ".join(f"{distance:.0f}" for distance in distances)
    axis.plot([], [], color=figure.ORANGE, label=f"one of test, its {len(distances)} nearest:\n{nearest} m")
    axis.set_aspect("equal")
    axis.set_xlabel("metres east")
    axis.set_ylabel("metres north")
    axis.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    figure.save(drawing, images / "neighbours.png")
