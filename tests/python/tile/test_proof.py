# SPDX-License-Identifier: Apache-2.0
import os
from pathlib import Path

import numpy as np
import pytest

import tilewright
from tilewright import raster, tile
from tilewright.layout import GridLayout

SEED_KEYS = {
    "images",
    "file_sizes_match",
    "md5_hashes_match",
    "dimensions_match",
    "pixels_identical",
    "overall_identical",
    "md5_hash1",
    "md5_hash2",
    "dimensions1",
    "dimensions2",
}


@pytest.fixture
def slices(folder, photograph):
    raster.write("image.tif", photograph)
    return tile.tesselate("image.tif", "slices", GridLayout(2, 2))


def damage(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "code", "error"),
    [
        (Path.unlink, "not_found", FileNotFoundError),
        (damage, "corrupt", tilewright.CorruptError),
        (lambda path: path.write_bytes(path.read_bytes()[:-20]), "corrupt", tilewright.CorruptError),
    ],
    ids=["missing", "altered", "truncated"],
)
def test_a_slice_that_is_not_what_was_cut_is_named(slices, spoil, code, error):
    name = slices.slices[2].filename
    spoil(Path("slices") / name)
    result = tile.verify("slices")
    assert not result.ok
    assert (result.slices, result.proven_slices) == (4, 3)
    assert [(p.filename, p.code) for p in result.problems] == [(name, code)]
    with pytest.raises(error, match=name):
        tile.reconstruct("slices", "again.tif")
    assert not Path("again.tif").exists()


def test_a_folder_is_proven_image_by_image(slices, photograph):
    tile.tesselate(photograph[0], "more/slices")
    damage(Path("slices") / slices.slices[0].filename)
    results = {r.manifest_path.parent.name: r.ok for r in tile.verify_folder("more")}
    assert results == {"slices": True}
    assert sorted(r.ok for r in tile.verify_folder(".")) == [False, True]


def test_nothing_to_prove_is_an_error(folder):
    with pytest.raises(tilewright.NotFoundError):
        tile.verify_folder(folder)
    with pytest.raises(tilewright.NotFoundError):
        tile.verify(folder)


def test_a_missing_original_is_a_problem_only_where_it_is_required(slices):
    Path("image.tif").unlink()
    assert tile.verify("slices", source="if_present").ok
    assert not tile.verify("slices", source="required").ok
    with pytest.raises(tilewright.InvalidArgumentError, match="never, if_present, required"):
        tile.verify("slices", source="always")


@pytest.mark.parametrize("start", [".", "elsewhere", "data/out/flight"])
def test_a_relative_original_is_found_from_any_folder(folder, photograph, monkeypatch, start):
    """The path in the manifest is relative to the folder that the cut was made from, which nobody remembers."""
    Path("data/in/flight").mkdir(parents=True)
    Path("elsewhere").mkdir()
    raster.write("data/in/flight/photo.tif", photograph)
    monkeypatch.chdir("data")
    tile.tesselate("in/flight/photo.tif", "out/flight/photo")
    monkeypatch.chdir(folder)
    monkeypatch.chdir(start)
    slices = folder / "data/out/flight/photo"
    result = tile.verify(os.path.relpath(slices), source="required")
    assert result.ok, result.problems
    assert result.source_checked
    with pytest.raises(tilewright.InvalidArgumentError, match="original"):
        tile.reconstruct(slices, folder / "data/in/flight/photo.tif")

    raster.write(folder / "data/in/flight/photo.tif", photograph[:, ::-1])
    (problem,) = tile.verify(slices, source="if_present").problems
    assert (problem.code, problem.filename) == ("corrupt", str(folder / "data/in/flight/photo.tif"))
    (folder / "data/in/flight/photo.tif").unlink()
    (problem,) = tile.verify(slices, source="required").problems
    assert (problem.code, problem.filename) == ("not_found", "in/flight/photo.tif")


def test_a_manifest_that_names_files_elsewhere_is_refused(slices):
    path = Path("slices/metadata.json")
    path.write_text(path.read_text().replace(slices.slices[0].filename, "../image.tif"))
    with pytest.raises(tilewright.CorruptError):
        tile.read_manifest("slices")


def test_the_keys_of_the_former_tool_are_there(slices):
    tile.reconstruct("slices", "again.png", compression="small")
    result = tile.verify_images_identical("image.tif", "again.png")
    assert set(result) >= SEED_KEYS
    assert result["overall_identical"] is True
    assert result["md5_hashes_match"] is False
    assert result["dimensions1"] == result["dimensions2"] == (800, 600)
    assert "different_pixels" not in result


def test_differences_are_counted(slices, photograph):
    photograph[1, 7, 9] ^= 1
    raster.write("other.tif", photograph)
    result = tile.verify_images_identical("image.tif", "other.tif")
    assert result["overall_identical"] is False
    assert result["pixels_identical"] is False
    assert (result["different_pixels"], result["total_pixels"]) == (1, photograph.size)
    assert result["difference_percentage"] == pytest.approx(100 / photograph.size)


def test_other_sizes_and_types_are_not_identical(folder, photograph):
    raster.write("a.tif", photograph)
    raster.write("b.tif", photograph[:, :-1])
    raster.write("c.tif", photograph.astype(np.uint16))
    assert not tile.compare("a.tif", "b.tif").dimensions_match
    assert not tile.compare("a.tif", "c.tif").types_match
    assert not tile.verify_images_identical("a.tif", "b.tif")["overall_identical"]


@pytest.mark.parametrize(("make", "code"), [(lambda path: None, "not_found"), (Path.touch, "corrupt")])
def test_the_former_tool_tells_of_unreadable_files_in_its_result(slices, make, code):
    make(Path("odd.tif"))
    for images in (("image.tif", "odd.tif"), ("odd.tif", "image.tif")):
        result = tile.verify_images_identical(*images)
        assert result["images"] == list(images)
        assert "odd.tif" in result["error"]
        assert result["error_type"] == code
        answers = {key for key, value in result.items() if value is False}
        assert answers >= {"dimensions_match", "file_sizes_match", "md5_hashes_match", "overall_identical"}
        assert result["pixels_identical"] is False
    with pytest.raises(tilewright.TilewrightError):
        tile.compare("image.tif", "odd.tif")
