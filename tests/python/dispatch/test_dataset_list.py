# SPDX-License-Identifier: Apache-2.0
"""The datasets that people name."""

import json

import pytest

from tilewright.dataset_list import named_datasets
from tilewright.errors import InvalidArgumentError, NotFoundError


@pytest.fixture
def scenes(folder):
    for name in ("b_TCI.tif", "a_TCI.tif", "c_TCI.TIFF", "a_B02.tif", "notes.txt", "deep/d.tif"):
        (folder / "scenes" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "scenes" / name).touch()
    return folder


def names(*given):
    return [name.rpartition("/")[2] for name in named_datasets(given)]


def test_paths_and_addresses_are_taken_as_they_are(scenes):
    assert named_datasets(["scenes/notes.txt", "gs://b/x.tif", "https://h/x.tif?y=z*"]) == [
        str(scenes / "scenes/notes.txt"),
        "gs://b/x.tif",
        "https://h/x.tif?y=z*",
    ]


def test_folders_give_their_tiffs_and_patterns_what_fits(scenes):
    assert names("scenes") == ["a_B02.tif", "a_TCI.tif", "b_TCI.tif", "c_TCI.TIFF"]
    assert names("scenes/") == names("scenes")
    assert names("scenes/*_TCI.tif") == ["a_TCI.tif", "b_TCI.tif"]
    assert names("scenes/[bc]_*") == ["b_TCI.tif", "c_TCI.TIFF"]
    assert names("scenes/?_TCI.tif", "scenes/a_B02.tif") == ["a_TCI.tif", "b_TCI.tif", "a_B02.tif"]


def test_lists_hold_whatever_arguments_may(scenes):
    (scenes / "list.txt").write_text("# the year\nscenes/*_TCI.tif\n\n gs://b/x.tif \n@more.txt\n")
    (scenes / "more.txt").write_text("scenes/a_B02.tif")
    assert names("@list.txt") == ["a_TCI.tif", "b_TCI.tif", "x.tif", "a_B02.tif"]


def item(**assets):
    return {"type": "Feature", "id": "scene", "assets": {key: {"href": href} for key, href in assets.items()}}


def test_stac_items_give_their_picture(scenes):
    collection = {
        "type": "FeatureCollection",
        "features": [
            item(visual="s3://b/a/TCI.tif", B02="s3://b/a/B02.tif"),
            item(B02="scenes/a_B02.tif", thumbnail="x.jpg"),
            item(image="https://h/x.tif?signature=1", B02="s3://b/a/B02.tif"),
        ],
    }
    (scenes / "items.json").write_text(json.dumps(collection))
    assert named_datasets(["items.json"]) == [
        "s3://b/a/TCI.tif",
        str(scenes / "scenes/a_B02.tif"),
        "https://h/x.tif?signature=1",
    ]
    (scenes / "item.json").write_text(json.dumps(item(visual="./scenes/../scenes/a_TCI.tif")))
    assert named_datasets(["item.json"]) == [str(scenes / "scenes/a_TCI.tif")]


@pytest.mark.parametrize(
    "text",
    [
        *("", "7", "[]", "[1]", "{}", '{"type": "Feature"}', '{"type": "FeatureCollection"}'),
        *('{"type": "FeatureCollection", "features": []}', '{"type": "FeatureCollection", "features": [7]}'),
        *(json.dumps(item(**assets)) for assets in ({}, {"a": "x.jpg"}, {"a": "a.tif", "b": "b.tif"})),
    ],
)
def test_what_is_no_stac_item_is_refused(folder, text):
    (folder / "items.json").write_text(text)
    with pytest.raises(InvalidArgumentError, match="items.json"):
        named_datasets(["items.json"])


@pytest.mark.parametrize("given", ["nowhere.tif", "nowhere/*.tif", "scenes/*.jp2", "scenes/deep/e*", "@nowhere.txt"])
def test_what_is_not_there_is_named(scenes, given):
    with pytest.raises(NotFoundError, match=given.removeprefix("@").replace("*", r"\*")):
        named_datasets([given])


def test_a_list_that_names_itself_ends(folder):
    (folder / "list.txt").write_text("@list.txt")
    with pytest.raises(InvalidArgumentError, match="names itself"):
        named_datasets(["@list.txt"])
