# SPDX-License-Identifier: Apache-2.0
"""A backbone of the size of ResNet-18, with random weights: time depends on its layers alone.

After He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition" (2015), normalisation folded into biases.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

__all__ = ["write_residual_backbone"]


class _Layers:
    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.weights: list[TensorProto] = []
        self.random = np.random.default_rng(1)

    def named(self) -> str:
        return f"t{len(self.nodes)}"

    def conv(self, given: str, channels: tuple[int, int], side: int, stride: int, *, relu: bool) -> str:
        inputs, outputs = channels
        number = len(self.weights)
        scale = np.sqrt(2 / (inputs * side * side))
        weights = (scale * self.random.standard_normal((outputs, inputs, side, side))).astype(np.float32)
        self.weights.append(numpy_helper.from_array(weights, f"w{number}"))
        self.weights.append(numpy_helper.from_array(np.zeros(outputs, np.float32), f"b{number}"))
        pads = [side // 2] * 4
        made = self.named()
        self.nodes.append(
            helper.make_node("Conv", [given, f"w{number}", f"b{number}"], [made], strides=[stride, stride], pads=pads)
        )
        return self.node("Relu", made) if relu else made

    def node(self, kind: str, *given: str, **attributes: object) -> str:
        made = self.named()
        self.nodes.append(helper.make_node(kind, list(given), [made], **attributes))
        return made

    def block(self, given: str, inputs: int, outputs: int, stride: int) -> str:
        first = self.conv(given, (inputs, outputs), 3, stride, relu=True)
        second = self.conv(first, (outputs, outputs), 3, 1, relu=False)
        kept = given if inputs == outputs else self.conv(given, (inputs, outputs), 1, stride, relu=False)
        return self.node("Relu", self.node("Add", second, kept))


def write_residual_backbone(path: Path) -> Path:
    """Write it as ONNX: (batch, 3, 224, 224) to (batch, 512)."""
    layers = _Layers()
    at = layers.conv("image", (3, 64), 7, 2, relu=True)
    at = layers.node("MaxPool", at, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    inputs = 64
    for outputs, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        at = layers.block(at, inputs, outputs, stride)
        at = layers.block(at, outputs, outputs, 1)
        inputs = outputs
    last = layers.node("Flatten", layers.node("GlobalAveragePool", at))
    graph = helper.make_graph(
        layers.nodes,
        "residual",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, 224, 224])],
        [helper.make_tensor_value_info(last, TensorProto.FLOAT, ["batch", 512])],
        layers.weights,
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return path
