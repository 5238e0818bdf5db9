# SPDX-License-Identifier: Apache-2.0
"""The files a batch writes against their schemas.

The C++ tests hold the library to the golden files; here those are held to docs/reference.
"""

import copy
import json
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).parents[3]


def schema(name):
    text = (ROOT / "docs" / "reference" / f"{name}.schema.json").read_text(encoding="utf-8")
    return jsonschema.Draft202012Validator(json.loads(text))


def golden(filename):
    return json.loads((ROOT / "tests" / "golden" / filename).read_text(encoding="utf-8"))


FILES = [("batch_report", "batch_report.json"), ("batch_state", "batch_state.json"), ("journal", "journal.jsonl")]


@pytest.mark.parametrize(("name", "filename"), FILES)
def test_what_is_written_fits_its_schema(name, filename):
    validator = schema(name)
    validator.check_schema(validator.schema)
    validator.validate(golden(filename))


@pytest.mark.parametrize(("name", "filename"), FILES)
def test_schemas_are_exact(name, filename):
    """Neither a missing nor an unknown member passes."""
    validator = schema(name)
    whole = golden(filename)
    for key in whole:
        assert not validator.is_valid({k: v for k, v in whole.items() if k != key}), key
    assert not validator.is_valid({**whole, "surprise": 1})


def test_entries_of_a_report_are_exact():
    validator = schema("batch_report")
    for members in ("errors", "images", "skipped_folders"):
        report = copy.deepcopy(golden("batch_report.json"))
        assert report[members], f"the golden report has no {members}"
        report[members][0]["surprise"] = 1
        assert not validator.is_valid(report), members
