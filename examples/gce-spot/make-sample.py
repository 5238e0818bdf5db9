#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make-sample.py FOLDER: a small dataset to try the stages with, in the format of 3D Street View.

Writes three archives, one of them damaged; raw_archives_sample.txt, the manifest with their file:// addresses;
config.yaml; and backbone.onnx, a model without training, if the package onnx is there.
"""

from __future__ import annotations

import argparse
import gzip
import io
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np

from tilewright import raster
from tilewright.thumbnail import write_thumbnail

TARGETS = 8
VIEWS = 3
SIDE_PX = 96
DATASETS = (75, 76, 84)
#: Of these archives the end is missing, as of some of the real ones.
DAMAGED = (84,)

CONFIG = """\
data:
  manifest: {folder}/raw_archives_sample.txt
  raw_dir: {folder}/archives
  input_dir: {folder}/extracted
  hdf5_path: {folder}/processed/dataset.h5
  model: {folder}/backbone.onnx
  batch_size: 16
  flush_interval: 16
  knn_k: 5
  checkpoint_uri: {folder}/checkpoint
"""


def main() -> int:
    """Write the sample; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder.resolve()
    origin = folder / "origin"
    origin.mkdir(parents=True, exist_ok=True)
    manifest = []
    for dataset_id in DATASETS:
        content = archive(dataset_id)
        path = origin / f"{dataset_id:04d}.tar"
        path.write_bytes(content[: len(content) * 2 // 3] if dataset_id in DAMAGED else content)
        manifest.append(f"{path.as_uri()}\n\tout=dataset_unaligned/{path.name}\n")
    (folder / "raw_archives_sample.txt").write_text("".join(manifest))
    made = write_backbone(folder / "backbone.onnx")
    # Written last: make takes it for the sign that the sample is whole.
    (folder / "config.yaml").write_text(CONFIG.format(folder=folder))
    print(f"{folder}: {len(DATASETS)} archives, {len(DATASETS) * TARGETS * VIEWS} images")
    if not made:
        print("no backbone.onnx, which embedding needs: pip install onnx, then make the sample again", file=sys.stderr)
    return 0


def archive(dataset_id: int) -> bytes:
    """Pack images and annotations as the real archives are: gzip, although they are called .tar."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as packed:
        for target in range(TARGETS):
            for view in range(VIEWS):
                patch = 1000 + target * VIEWS + view
                stem = f"{dataset_id:04d}/{dataset_id:07d}_{patch:07d}_{view:07d}_{target:07d}"
                add(packed, f"{stem}.jpg", picture(dataset_id, target, view))
                add(packed, f"{stem}.txt", annotation(dataset_id, target, patch, view).encode())
        # The real ones have such files too: they are rejected by name.
        add(packed, f"{dataset_id:04d}/{dataset_id:07d}_{999:07d}_{0:07d}_{0:07d}.txt", b"")
    return gzip.compress(content.getvalue(), mtime=0)


def add(packed: tarfile.TarFile, name: str, content: bytes) -> None:
    """Add a file to an archive."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    packed.addfile(info, io.BytesIO(content))


def annotation(dataset_id: int, target: int, patch: int, view: int) -> str:
    """Give the line "d" of an annotation."""
    latitude, longitude = 36.1 + dataset_id / 1000 + target / 5000, -115.17 + target / 7000
    return (
        f"d {dataset_id} {target} {patch} {view}  {latitude:.15e} {longitude:.15e} 6.481528e+02  -2.9e-02 -9.99e-01 0 "
        f" {latitude + 1e-4:.15e} {longitude:.15e} 6.428045e+02 1.468759e+01 {view * 40 - 60:.6e} 2.000843e+01 0\n"
    )


def picture(dataset_id: int, target: int, view: int) -> bytes:
    """Give a JPEG; another one for each view of each target."""
    rows, columns = np.mgrid[0:SIDE_PX, 0:SIDE_PX]
    phase = dataset_id + 5 * target
    waves = [np.sin((rows + phase) / (7 + target)), np.cos(columns / (5 + view)), np.sin((rows + columns + phase) / 13)]
    with tempfile.TemporaryDirectory() as folder:
        plain, packed = Path(folder) / "picture.png", Path(folder) / "picture.jpg"
        raster.write(plain, (127 + 120 * np.stack(waves)).astype(np.uint8))
        write_thumbnail(plain, packed, SIDE_PX)
        return packed.read_bytes()


def write_backbone(path: Path) -> bool:
    """Write a model that mixes bands by random weights and averages over the image; False without the package onnx."""
    try:
        import onnx
        from onnx import TensorProto, helper, numpy_helper
    except ModuleNotFoundError:
        return False
    weights = np.random.default_rng(1).standard_normal((16, 3, 8, 8)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["image", "weights"], ["mixed"], strides=[8, 8]),
            helper.make_node("Relu", ["mixed"], ["positive"]),
            helper.make_node("GlobalAveragePool", ["positive"], ["pooled"]),
            helper.make_node("Flatten", ["pooled"], ["embedding"]),
        ],
        "sample",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, 64, 64])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", 16])],
        [numpy_helper.from_array(weights, "weights")],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return True


if __name__ == "__main__":
    sys.exit(main())
