# SPDX-License-Identifier: Apache-2.0
"""What a dataset is made of and where its files are: section ``data`` of a YAML file."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from tilewright import _core
from tilewright.errors import InvalidArgumentError
from tilewright.places import Place, Url, place
from tilewright.raster import StrPath

__all__ = ["DatasetConfig", "read_config"]

_MOST_BANDS = 3


@dataclass(frozen=True, kw_only=True)
class DatasetConfig:
    """What `tilewright.dataset` does; every path is relative to the current folder.

    Attributes
    ----------
    manifest
        The list of archives to download, a path or an address; None: they are there already, or there are none.
    raw_dir
        The folder of archives.
    input_dir
        The folder of images and annotations: archives are extracted into it.
    hdf5_path
        The file to make; ``.parquet`` and ``.work`` stand beside it.
    downloads
        Archives downloaded at a time.
    retries
        Further attempts after an error that may pass.
    n_samples, n_images
        So many targets or images, drawn at random, instead of all; not both.
    seed
        Of what is drawn: sample and splits.
    val_size, test_size
        Shares of the targets, 0 to 1.
    model
        The backbone, an ONNX file with one input of images (batch, band, row, column).
    input_name
        Of the model; None: its only input.
    image_size
        Side of its images, px; None: as the model says, else 224.
    mean, std
        Of its bands, for samples from 0 to 1; None: as the model's metadata says, else those of ImageNet.
    batch_size
        Images embedded at a time.
    num_workers
        Threads that decode images; 0: one a processor.
    flush_interval
        Images between two flushes: what a kill loses at most.
    provider
        ``"auto"``: CUDA where onnxruntime has it; or ``"cpu"``, ``"cuda"``.
    knn_k
        Neighbours of each target.
    checkpoint_uri
        Where outputs, state and logs are copied to; None: nowhere.
    checkpoint_interval
        Seconds between two copies within a stage.
    """

    manifest: Place | None = None
    raw_dir: Path = Path("data/archives")
    input_dir: Path = Path("data/raw")
    hdf5_path: Path = Path("data/processed/dataset.h5")
    downloads: int = 4
    retries: int = 5
    n_samples: int | None = None
    n_images: int | None = None
    seed: int = 42
    val_size: float = 0.15
    test_size: float = 0.15
    model: Path | None = None
    input_name: str | None = None
    image_size: int | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    batch_size: int = 100
    num_workers: int = 0
    flush_interval: int = 2000
    provider: str = "auto"
    knn_k: int = 50
    checkpoint_uri: Place | None = None
    checkpoint_interval: float = 300.0

    def __post_init__(self) -> None:
        for name in ("downloads", "batch_size", "flush_interval", "knn_k"):
            _require(getattr(self, name) >= 1, name, "must be at least 1")
        for name in ("retries", "num_workers", "seed"):
            _require(getattr(self, name) >= 0, name, "must not be negative")
        for name in ("n_samples", "n_images", "image_size"):
            _require(getattr(self, name) is None or getattr(self, name) >= 1, name, "must be at least 1")
        _require(self.n_samples is None or self.n_images is None, "n_images", "excludes n_samples")
        for name in ("val_size", "test_size"):
            _require(0 <= getattr(self, name) < 1, name, "must be from 0 to below 1")
        _require(self.val_size + self.test_size < 1, "test_size", "leaves nothing to train on, with val_size")
        for name in ("mean", "std"):
            values = getattr(self, name)
            usable = values is None or (len(values) == _MOST_BANDS and all(map(math.isfinite, values)))
            _require(usable, name, "must be three finite numbers")
        _require(self.std is None or min(self.std) > 0, "std", "must be above 0")
        _require(self.provider in ("auto", "cpu", "cuda"), "provider", "must be auto, cpu or cuda")
        _require(self.checkpoint_interval > 0, "checkpoint_interval", "must be above 0")

    @property
    def work_dir(self) -> Path:
        """What stages leave for those after them, and for a run that goes on."""
        return self.hdf5_path.with_suffix(".work")

    @property
    def parquet_path(self) -> Path:
        """The index, with all that annotations tell."""
        return self.hdf5_path.with_suffix(".parquet")


def read_config(path: StrPath) -> DatasetConfig:
    """Read section ``data`` of a YAML file; other sections are other programs'.

    Raises
    ------
    InvalidArgumentError
        For a file that is no YAML, without the section, with keys that do not exist, or with values of a wrong type.
    NotFoundError, PermissionDeniedError
        If it cannot be read.
    """
    where = str(path)
    try:
        document = yaml.safe_load(_core.read_bytes(place(path)))
    except yaml.YAMLError as error:
        raise InvalidArgumentError(f"{where}: is no YAML: {error}", where) from error
    except UnicodeDecodeError as error:
        raise InvalidArgumentError(f"{where}: is no text", where) from error
    section = document.get("data") if isinstance(document, Mapping) else None
    if not isinstance(section, Mapping):
        raise InvalidArgumentError(f"{where}: has no section 'data'", where)
    try:
        return DatasetConfig(**{key: _read_value(key, value) for key, value in section.items()})
    except InvalidArgumentError as error:
        raise InvalidArgumentError(f"{where}: {error}", where) from error


def _require(holds: bool, name: str, message: str) -> None:
    if not holds:
        raise InvalidArgumentError(f"data.{name}: {message}", f"data.{name}")


_KINDS = {field.name: str(field.type) for field in fields(DatasetConfig)}


def _read_value(key: Any, value: Any) -> Any:
    where = f"data.{key}"
    if key not in _KINDS:
        near = difflib.get_close_matches(str(key), _KINDS, n=1)
        hint = f"; is {near[0]} meant?" if near else ""
        raise InvalidArgumentError(f"{where}: there is no such key{hint}", where)
    kind, _, optional = _KINDS[key].partition(" | ")
    if value is None and optional:
        return None
    return _READERS[kind](value, where)


def _of(kind: type, described: str) -> Any:
    def read(value: Any, where: str) -> Any:
        # YAML's true is no number, although Python's is.
        if isinstance(value, bool) or not isinstance(value, kind):
            raise InvalidArgumentError(f"{where}: must be {described}, but is {value!r}", where)
        return value

    return read


_read_text = _of(str, "a text")
_read_integer = _of(int, "an integer")
_read_number = _of((int, float), "a number")  # type: ignore[arg-type] # as isinstance takes it


def _read_path(value: Any, where: str) -> Path:
    path = place(_read_text(value, where))
    if isinstance(path, Url):
        raise InvalidArgumentError(f"{where}: must be a path of this machine, but is {path}", where)
    return path


def _read_numbers(value: Any, where: str) -> tuple[float, ...]:
    if not isinstance(value, list):
        raise InvalidArgumentError(f"{where}: must be a list of numbers, but is {value!r}", where)
    return tuple(float(_read_number(member, where)) for member in value)


_READERS = {
    "Place": lambda value, where: place(_read_text(value, where)),
    "Path": _read_path,
    "int": _read_integer,
    "str": _read_text,
    "float": lambda value, where: float(_read_number(value, where)),
    "tuple[float, ...]": _read_numbers,
}
