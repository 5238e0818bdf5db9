# SPDX-License-Identifier: Apache-2.0
"""The published schemas hold for what is written, and for nothing that is not."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

ROOT = Path(__file__).parents[3]


def load(path: str) -> Any:
    return json.loads((ROOT / path).read_text(encoding="utf-8"))


METADATA = load("docs/reference/metadata.schema.json")
BATCH_METADATA = load("docs/reference/batch_metadata.schema.json")
REGISTRY: Any = Registry().with_resource(METADATA["$id"], Resource.from_contents(METADATA))
GOLDEN = load("tests/golden/metadata_v1.json")
BATCH_INFO = {
    "original_path": "/in/a.tif",
    "relative_path": "a.tif",
    "processed_at": 1700000000.5,
    "processing_time": 0.25,
    "batch_config": {"num_pieces": 8},
}


def validator(schema: Any) -> Draft202012Validator:
    return Draft202012Validator(schema, registry=REGISTRY)


@pytest.mark.parametrize("schema", [METADATA, BATCH_METADATA])
def test_schemas_are_schemas(schema: Any) -> None:
    Draft202012Validator.check_schema(schema)


def test_the_frozen_manifest_is_valid() -> None:
    validator(METADATA).validate(GOLDEN)
    validator(BATCH_METADATA).validate({**GOLDEN, "batch_info": BATCH_INFO})


@pytest.mark.parametrize("key", GOLDEN)
def test_every_key_is_required(key: str) -> None:
    rest = {name: value for name, value in GOLDEN.items() if name != key}
    assert not validator(METADATA).is_valid(rest)
    assert not validator(BATCH_METADATA).is_valid({**rest, "batch_info": BATCH_INFO})


def test_a_batch_manifest_needs_its_batch_info() -> None:
    assert not validator(BATCH_METADATA).is_valid(GOLDEN)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("filename", "../slice_0_0_0_60_50.tif"),
        ("x", -1),
        ("width", 0),
        ("sha256", "1234"),
        ("format", "jpeg"),
        ("unknown", 1),
    ],
)
def test_wrong_slices_are_refused(key: str, value: object) -> None:
    edited = copy.deepcopy(GOLDEN)
    edited["slices"][0][key] = value
    assert not validator(METADATA).is_valid(edited)
