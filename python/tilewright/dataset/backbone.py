# SPDX-License-Identifier: Apache-2.0
"""A model that makes of each image a list of numbers."""

from __future__ import annotations

import json
import logging
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from tilewright.dataset.config import DatasetConfig
from tilewright.dataset.file_hash import sha256_of
from tilewright.errors import InvalidArgumentError, NotFoundError, UnsupportedError

__all__ = ["Backbone"]

_log = logging.getLogger(__name__)
_DEFAULT_SIZE = 224
#: Of the bands of ImageNet, which most backbones learned from.
_IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
_RANK = 4
_CUDA = "CUDAExecutionProvider"
_BANDS = 3


class Backbone:
    """An ONNX model that takes (batch, 3, size, size) float32 and gives (batch, numbers) float32.

    Parameters
    ----------
    config
        Which model, and what it does not say of itself. The model's metadata may hold ``image_size`` (a number),
        ``mean`` and ``std`` (JSON lists of three numbers).

    Attributes
    ----------
    size_px : int
        Side of its images.
    mean, std : tuple of float
        Of its bands, for samples from 0 to 1.
    batch_size : int
        Images at a time.
    output_size : int
        Numbers of an embedding.
    identity : dict
        All that its embeddings depend on.

    Raises
    ------
    NotFoundError, InvalidArgumentError, UnsupportedError
        If there is no model, or none that can be used so.
    """

    def __init__(self, config: DatasetConfig) -> None:
        if config.model is None:
            raise InvalidArgumentError("data.model: is needed to embed: the path of an ONNX file", "data.model")
        self._path = config.model
        if not self._path.is_file():
            raise NotFoundError(f"{self._path}: there is no such model", str(self._path))
        try:
            self._session = ort.InferenceSession(self._path, providers=_providers(config.provider))
        except Exception as error:  # Its classes are private, and one for each code.
            raise UnsupportedError(f"{self._path}: onnxruntime cannot load it: {error}", str(self._path)) from error
        # Where CUDA's libraries cannot be loaded, onnxruntime says so on stderr and takes the processor.
        used = self._session.get_providers()[0]
        if config.provider == "cuda" and used != _CUDA:
            raise UnsupportedError("data.provider: CUDA cannot be used here; onnxruntime tells why", "data.provider")
        _log.info("%s runs on %s", self._path, used)
        told = self._session.get_modelmeta().custom_metadata_map
        self._input = self._input_named(config.input_name)
        shape = self._input.shape
        if len(shape) != _RANK or (shape[1] not in (_BANDS, None) and not isinstance(shape[1], str)):
            raise self._refused(f"takes {shape}, not (batch, {_BANDS}, row, column)")
        if self._input.type != "tensor(float)":
            raise self._refused(f"takes {self._input.type}, not tensor(float)")
        self.size_px = self._side(config.image_size, shape[2:], told)
        self.mean = config.mean or self._three("mean", told)
        self.std = config.std or self._three("std", told)
        self.batch_size = shape[0] if isinstance(shape[0], int) and shape[0] > 0 else config.batch_size
        self._fixed_batch = self.batch_size == shape[0]
        self.output_size = self._probe()
        self.identity: dict[str, Any] = {
            "model": self._fingerprint(),
            "input": self._input.name,
            "image_size": self.size_px,
            "mean": list(self.mean),
            "std": list(self.std),
            "output_size": self.output_size,
        }

    def embed(self, images: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Give the embeddings of images.

        Parameters
        ----------
        images
            Shape (image, 3, row, column), normalised; no more than `batch_size`.

        Returns
        -------
        numpy.ndarray
            Shape (image, number), float32.
        """
        count = len(images)
        if self._fixed_batch and count < self.batch_size:
            room = np.zeros((self.batch_size, *images.shape[1:]), np.float32)
            room[:count] = images
            images = room
        (output,) = self._session.run([self._session.get_outputs()[0].name], {self._input.name: images})
        embeddings: npt.NDArray[np.float32] = np.asarray(output, np.float32)[:count]
        return embeddings

    def _fingerprint(self) -> str:
        # Weights of large models lie beside them.
        beside = (self._path.with_name(self._path.name + suffix) for suffix in (".data", "_data"))
        return sha256_of(self._path, *(path for path in beside if path.is_file()))

    def _input_named(self, name: str | None) -> Any:
        inputs = {node.name: node for node in self._session.get_inputs()}
        if name is None and len(inputs) == 1:
            return next(iter(inputs.values()))
        if name not in inputs:
            raise InvalidArgumentError(
                f"data.input_name: {self._path} has no input {name!r}; it has {', '.join(inputs)}", "data.input_name"
            )
        return inputs[name]

    def _side(self, wanted: int | None, sides: list[Any], told: dict[str, str]) -> int:
        fixed = {side for side in sides if isinstance(side, int) and side > 0}
        if len(fixed) > 1:
            raise self._refused(f"takes images of {sides[1]} x {sides[0]} px, which are no squares")
        try:
            side = wanted or next(iter(fixed), None) or int(told.get("image_size", _DEFAULT_SIZE))
        except ValueError as error:
            raise self._refused(f"its metadata's image_size is {told['image_size']!r}") from error
        if fixed and side not in fixed:
            raise InvalidArgumentError(
                f"data.image_size: is {side}, but {self._path} takes {next(iter(fixed))}", "data.image_size"
            )
        return side

    def _three(self, name: str, told: dict[str, str]) -> tuple[float, ...]:
        if name not in told:
            return _IMAGENET[name]
        try:
            values = tuple(float(value) for value in json.loads(told[name]))
        except (ValueError, TypeError) as error:
            raise self._refused(f"its metadata's {name} is {told[name]!r}") from error
        if len(values) != _BANDS or not all(np.isfinite(values)) or (name == "std" and min(values) <= 0):
            raise self._refused(f"its metadata's {name} is {told[name]!r}, not three numbers")
        return values

    def _probe(self) -> int:
        """Give the numbers of an embedding, by an image of zeros: a model may not say them beforehand."""
        outputs = self._session.get_outputs()
        batch = self.batch_size if self._fixed_batch else 2
        zeros = np.zeros((batch, _BANDS, self.size_px, self.size_px), np.float32)
        try:
            (output,) = self._session.run([outputs[0].name], {self._input.name: zeros})
        except Exception as error:  # As above.
            raise self._refused(f"cannot embed {_BANDS} x {self.size_px} x {self.size_px} px: {error}") from error
        shape: tuple[int, ...] = getattr(output, "shape", ())
        if len(shape) != 2 or shape[0] != batch or shape[1] < 1:
            raise self._refused(f"gives {list(shape)} for {batch} images, not (image, number)")
        return int(shape[1])

    def _refused(self, reason: str) -> UnsupportedError:
        return UnsupportedError(f"{self._path}: {reason}", str(self._path))


def _providers(wanted: str) -> list[str]:
    there = ort.get_available_providers()
    if wanted == "cuda" and _CUDA not in there:
        raise UnsupportedError("data.provider: this onnxruntime has no CUDA; install onnxruntime-gpu", "data.provider")
    names = {"auto": (_CUDA, "CPUExecutionProvider"), "cpu": ("CPUExecutionProvider",)}
    return [name for name in names.get(wanted, names["auto"]) if name in there]
