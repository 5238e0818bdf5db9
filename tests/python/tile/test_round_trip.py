# SPDX-License-Identifier: Apache-2.0
import gc
import json
import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import tilewright
from tilewright import batch, raster, tile
from tilewright.layout import GridLayout, PiecesLayout, StripsLayout, TilesLayout
from tilewright.raster import BandInfo
from tilewright.tile import TesselateOptions

LAYOUTS = st.one_of(
    st.builds(PiecesLayout, st.integers(1, 9)),
    st.builds(GridLayout, st.integers(1, 4), st.integers(1, 4)),
    st.builds(
        TilesLayout,
        st.integers(9, 30),
        st.integers(9, 30),
        st.integers(0, 8),
        st.sampled_from(["partial", "shift", "pad"]),
    ),
    st.builds(StripsLayout, st.integers(1, 4), st.sampled_from(["horizontal", "vertical"])),
)
DTYPES = ["u1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8", "c8", "c16", [("real", "i2"), ("imag", "i2")]]


def random_image(dtype, shape, seed):
    dtype = np.dtype(dtype)
    return np.frombuffer(np.random.default_rng(seed).bytes(dtype.itemsize * int(np.prod(shape))), dtype).reshape(shape)


images = st.builds(
    random_image,
    st.sampled_from(DTYPES),
    st.tuples(st.integers(1, 5), st.integers(4, 60), st.integers(4, 60)),
    st.integers(0, 2**32),
)


@given(images, LAYOUTS, st.sampled_from(["auto", "tiff"]))
def test_what_is_cut_comes_back_bit_for_bit(tmp_path_factory, image, layout, format):
    folder = tmp_path_factory.mktemp("slices")
    manifest = tile.tesselate(image, folder, TesselateOptions(layout, format=format))
    again = tile.reconstruct_array(manifest)
    assert (again.dtype, again.shape) == (image.dtype, image.shape)
    assert again.tobytes() == image.tobytes()  # NaN payloads included
    assert tile.verify(folder).ok


def test_a_file_comes_back_with_all_that_is_said_of_it(folder):
    heights = random_image("i2", (1, 300, 400), 3)
    info = raster.info_of(
        heights,
        geotransform=(500000.0, 10.0, 0.0, 5600000.0, 0.0, -10.0),
        band=[BandInfo(nodata=-32768, description="height", unit="m", color_interpretation="Gray")],
        metadata={"": {"SENSOR": "lidar"}},
    )
    raster.write("dem.tif", heights, info=info)
    tile.tesselate("dem.tif", "slices", GridLayout(2, 2))
    tile.reconstruct("slices/metadata.json", "again.tif")
    found = tile.compare("dem.tif", "again.tif")
    assert found.identical, found.differences
    assert tile.verify("slices", source="required").source_checked


def test_the_manifest_tells_what_was_done(folder, photograph):
    raster.write("image.tif", photograph)
    manifest = tile.tesselate("image.tif", "slices", PiecesLayout(6))
    assert [s.index for s in manifest.slices] == list(range(6))
    assert {s.filename for s in manifest.slices} | {"metadata.json"} == set(os.listdir("slices"))
    assert manifest.options == TesselateOptions(PiecesLayout(6))
    assert manifest.raster.shape == photograph.shape
    assert json.loads(manifest.to_json()) == json.loads(Path("slices/metadata.json").read_text()) == manifest.to_dict()
    for record in manifest.slices:
        part = raster.read(Path("slices") / record.filename)
        assert (part == photograph[(..., *record.window.slices)]).all()
    read = tile.read_manifest("slices")
    assert read.slices == manifest.slices
    assert read.pixel_hash == manifest.pixel_hash


@pytest.mark.parametrize("view", [lambda a: a[:, ::-1, ::2], lambda a: a.transpose(0, 2, 1), lambda a: a[2]])
def test_any_strides_are_cut_where_they_lie(folder, photograph, view):
    image = view(photograph)
    tile.tesselate(image, "slices")
    assert (tile.reconstruct_array("slices") == image).all()


def test_the_result_outlives_everything(folder, photograph):
    tile.tesselate(photograph, "slices")
    image = tile.reconstruct_array("slices")
    assert not image.flags.owndata
    part = image[1, 5:9]
    del image
    gc.collect()
    assert (part == photograph[1, 5:9]).all()


def test_progress_reaches_the_whole(folder):
    image = random_image("u1", (3, 2000, 2000), 1)
    told = []
    manifest = tile.tesselate(image, "slices", progress=told.append)
    assert told == sorted(told)
    assert told[-1] == manifest.raster.raw_bytes


def test_an_error_in_progress_stops_and_leaves_nothing(folder):
    class StopError(Exception):
        pass

    def stop(_):
        raise StopError

    image = random_image("f8", (4, 3000, 3000), 1)
    with pytest.raises(StopError):
        tile.tesselate(image, "slices", TesselateOptions(compression="small"), progress=stop)
    assert not list(Path("slices").glob("*"))


def test_what_png_cannot_hold_is_refused_by_name(folder):
    with pytest.raises(NotImplementedError, match="PNG") as caught:
        tile.tesselate(np.zeros((4, 5), np.float32), "slices", TesselateOptions(format="png"))
    assert isinstance(caught.value, tilewright.UnsupportedError)


def test_layouts_that_cannot_be_are_refused(folder):
    for layout in (PiecesLayout(0), PiecesLayout(21), TilesLayout(4, 4, overlap_px=4)):
        with pytest.raises(tilewright.InvalidArgumentError):
            tile.tesselate(np.zeros((4, 5), np.uint8), "slices", layout)


def test_arguments_that_do_not_fit_are_refused(folder, photograph):
    raster.write("image.tif", photograph)
    with pytest.raises(tilewright.InvalidArgumentError, match="for arrays"):
        tile.tesselate("image.tif", "slices", info=raster.info("image.tif"))
    with pytest.raises(tilewright.InvalidArgumentError, match="info describes"):
        tile.tesselate(photograph[0], "slices", info=raster.info("image.tif"))
    with pytest.raises(tilewright.InvalidArgumentError, match="mask"):
        tile.tesselate(np.ma.masked_less(photograph, 9), "slices")
    assert not Path("slices").exists()


UTM_33 = (
    'PROJCS["WGS 84 / UTM zone 33N",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],'
    'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
    'PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",15],PARAMETER["scale_factor",0.9996],'
    'PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1]]'
)
WGS_84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],'
    'UNIT["degree",0.0174532925199433]]'
)


@pytest.mark.parametrize(
    ("crs_wkt", "geotransform", "corners"),
    [
        # Longitude and latitude of the upper left and the lower right corner of the image, as PROJ gives them.
        (WGS_84, (13.0, 0.01, 0, 52.0, 0, -0.01), [(13.0, 52.0), (21.0, 46.0)]),
        (UTM_33, (500000, 1, 0, 5500000, 0, -1), [(15.0, 49.6525), (15.0111, 49.6471)]),
    ],
)
def test_slices_tell_where_on_earth_they_lie(folder, photograph, crs_wkt, geotransform, corners):
    info = raster.info_of(photograph, crs_wkt=crs_wkt, geotransform=tuple(map(float, geotransform)))
    slices = tile.tesselate(photograph, "cut", GridLayout(2, 4), info=info).slices
    upper_left, _, lower_right, _ = slices[0].footprint[0], *slices[-1].footprint[1:]
    assert upper_left == pytest.approx(corners[0], abs=1e-3)
    assert lower_right == pytest.approx(corners[1], abs=1e-3)
    # Clockwise from the upper left; neighbours share their corners.
    for piece, right in pairwise(slices[:4]):
        assert piece.footprint[1] == pytest.approx(right.footprint[0])
        assert piece.footprint[2] == pytest.approx(right.footprint[3])
    assert tile.tesselate(photograph, "cut", GridLayout(2, 4)).slices[0].footprint == []


@pytest.mark.parametrize("format", ["PNG", "JPEG", "JPEG2000", "WEBP", "GIF", "BMP", "TIFF"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_file_given_by_name_may_be_any_raster(folder, photograph, format, mode):
    """What counts is the image as it decodes; a JPEG in a TIFF as well."""
    options = {"compression": "jpeg"} if format == "TIFF" else {}
    Image.fromarray(photograph.transpose(1, 2, 0)).convert(mode).save("image", format, **options)
    report = batch.run_batch(batch.BatchJob("image", "out", 5))
    assert (report.done, report.failed) == (0, 0), "below 1024 px"
    report = batch.run_batch(batch.BatchJob("image", "out", 5, min_image_size=1))
    assert (report.done, report.failed) == (1, 0)
    (manifest,) = Path("out").rglob("metadata.json")
    tile.reconstruct(manifest, "again.tif")
    assert tile.compare("image", "again.tif").identical
    np.testing.assert_array_equal(raster.read("again.tif"), raster.read("image"))


def test_the_first_page_is_cut_and_said_so_or_every_page(folder, photograph):
    pages = [Image.fromarray(band) for band in photograph]
    Path("in").mkdir()
    pages[0].save("in/pages.tif", save_all=True, append_images=pages[1:])
    (outcome,) = batch.run_batch(batch.BatchJob("in", "first", min_image_size=1)).outcomes
    assert "page 1 of 3" in outcome.message
    assert tile.read_manifest("first/pages").notes == ["page 1 of 3"]
    np.testing.assert_array_equal(tile.reconstruct_array("first/pages")[0], photograph[0])
    assert batch.run_batch(batch.BatchJob("in", "all", min_image_size=1, pages="all")).done == 3
    for page, samples in enumerate(photograph, 1):
        np.testing.assert_array_equal(tile.reconstruct_array(f"all/pages/page_{page}")[0], samples)
