# SPDX-License-Identifier: Apache-2.0
"""A backbone small enough for tests, with fixed weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

__all__ = ["write_backbone"]


def write_backbone(
    path: Path,
    *,
    size_px: int | None = 32,
    numbers: int = 8,
    seed: int = 1,
    batch: int | str = "batch",
    metadata: Mapping[str, object] | None = None,
    flat: bool = True,
) -> Path:
    """Write a model that mixes bands by random weights and averages what comes of it over the image.

    Parameters
    ----------
    path
        Of the ONNX file.
    size_px
        Side of its images; None: any.
    numbers
        Of an embedding.
    seed
        Of the weights.
    batch
        A number, or a name for any.
    metadata
        What it says of itself.
    flat
        False: it gives (batch, number, 1, 1), which is no list of numbers.
    """
    side = "side" if size_px is None else size_px
    weights = np.random.default_rng(seed).standard_normal((numbers, 3, 1, 1)).astype(np.float32)
    nodes = [
        helper.make_node("Conv", ["image", "weights"], ["mixed"]),
        helper.make_node("Abs", ["mixed"], ["positive"]),
        helper.make_node("GlobalAveragePool", ["positive"], ["pooled" if flat else "embedding"]),
    ]
    if flat:
        nodes.append(helper.make_node("Flatten", ["pooled"], ["embedding"]))
    shape = [batch, numbers] if flat else [batch, numbers, 1, 1]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [batch, 3, side, side])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    for key, value in (metadata or {}).items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, json.dumps(value)
    onnx.save(model, path)
    return path
