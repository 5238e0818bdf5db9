# SPDX-License-Identifier: Apache-2.0
import copy
import os
import pickle

import numpy as np
import pytest

import tilewright
from tilewright import raster
from tilewright.raster import BandInfo, OpenOptions, RasterInfo, Size, Window


def georeferenced(**fields):
    return raster.info_of(
        np.zeros((20, 30), np.float32),
        geotransform=(500000.0, 10.0, 0.0, 5600000.0, 0.0, -10.0),
        band=[BandInfo(description="height", nodata=-9999, unit="m", color_interpretation="Gray")],
        **fields,
    )


def test_what_is_said_of_a_raster_comes_back(folder):
    raster.write("dem.tif", np.zeros((20, 30), np.float32), info=georeferenced(metadata={"": {"SENSOR": "müde"}}))
    found = raster.info("dem.tif")
    assert found.geotransform == (500000.0, 10.0, 0.0, 5600000.0, 0.0, -10.0)
    assert (found.band[0].nodata, found.band[0].description, found.band[0].unit) == (-9999.0, "height", "m")
    assert found.metadata[""]["SENSOR"] == "müde"
    assert found.size == Size(30, 20)
    assert found.shape == (1, 20, 30)
    assert found.raw_bytes == 20 * 30 * 4


@pytest.mark.parametrize(
    ("dtype", "nodata"), [(np.int64, -(2**63) + 1), (np.uint64, 2**64 - 1), (np.uint8, 255), (np.float64, 1e300)]
)
def test_nodata_is_exact(folder, dtype, nodata):
    info = raster.info_of(np.zeros((4, 5), dtype), band=[BandInfo(nodata=nodata, color_interpretation="Gray")])
    assert info.band[0].nodata == nodata
    raster.write("image.tif", np.zeros((4, 5), dtype), info=info)
    assert raster.info("image.tif").band[0].nodata == nodata


def test_nan_is_a_nodata_value_like_any_other(folder):
    info = raster.info_of(np.zeros((4, 5), np.float32), band=[BandInfo(nodata=float("nan"))])
    assert np.isnan(info.band[0].nodata)
    assert info == copy.deepcopy(info)


def test_infos_are_values():
    info = georeferenced()
    assert pickle.loads(pickle.dumps(info)) == info
    assert info.replace(epsg=25832) != info
    assert hash(info.replace()) == hash(info)
    with pytest.raises(AttributeError):
        info.epsg = 4326
    assert RasterInfo(**info.to_dict()) == info


def test_a_crop_moves_the_origin():
    part = raster.cropped(georeferenced(), Window(3, 2, 10, 5))
    assert part.size == Size(10, 5)
    assert part.geotransform == (500030.0, 10.0, 0.0, 5599980.0, 0.0, -10.0)


def test_info_that_does_not_fit_the_array_is_refused(folder):
    with pytest.raises(tilewright.InvalidArgumentError, match="float32"):
        raster.write("dem.tif", np.zeros((20, 30), np.float64), info=georeferenced())
    with pytest.raises(tilewright.InvalidArgumentError, match="mask"):
        raster.write("dem.tif", np.zeros((20, 30), np.float32), info=georeferenced(mask="per_dataset"))
    with pytest.raises(tilewright.InvalidArgumentError, match="mask's shape"):
        raster.write("dem.tif", np.zeros((20, 30), np.float32), mask=np.ones((30, 20)))
    assert not os.listdir()


def test_options_are_changed_in_place():
    options = OpenOptions(page=2)
    options.max_raw_bytes = 1000
    assert options == OpenOptions(page=2, max_raw_bytes=1000)
    assert "page=2, max_raw_bytes=1000" in repr(options)
    with pytest.raises(TypeError, match=r"OpenOptions.page cannot be 'two'"):
        options.page = "two"
    with pytest.raises(TypeError, match="no field 'pages'"):
        OpenOptions(pages=2)
    with pytest.raises(TypeError, match="positional"):
        OpenOptions(2)
    with pytest.raises(TypeError, match="unhashable"):
        hash(options)


def test_what_is_too_large_is_refused_before_it_is_read(folder, photograph):
    raster.write("image.tif", photograph)
    with pytest.raises(tilewright.UnsupportedError, match="image.tif"):
        raster.info("image.tif", OpenOptions(max_raw_bytes=1000))


def test_a_missing_file_is_not_found(folder):
    with pytest.raises(FileNotFoundError, match="nowhere") as caught:
        raster.info("nowhere.tif")
    assert isinstance(caught.value, tilewright.NotFoundError)
    assert "nowhere.tif" in caught.value.where


@pytest.mark.parametrize("content", [b"", b"no image", b"II*\0\x08\0\0\0"])
def test_what_is_no_raster_is_named(folder, content):
    (folder / "bad.tif").write_bytes(content)
    with pytest.raises((tilewright.CorruptError, tilewright.UnsupportedError), match="bad.tif"):
        raster.read("bad.tif")


def test_a_folder_that_is_not_there_is_not_made(folder):
    with pytest.raises(tilewright.TilewrightError, match="absent"):
        raster.write("absent/image.tif", np.zeros((3, 4), np.uint8))


@pytest.mark.parametrize("name", [b"na\xefve \xff.tif", "Straße\n1.tif".encode(), b" .tif", b"a" * 200 + b".tif"])
def test_every_name_a_file_can_have_works(folder, name, photograph):
    for path in (os.fsdecode(name), folder / os.fsdecode(name)):
        written = raster.write(path, photograph)
        assert os.path.samefile(written.path, name)
        assert raster.info(path).shape == photograph.shape
        assert (raster.read(path) == photograph).all()
        os.remove(name)
    with pytest.raises(tilewright.NotFoundError) as caught:
        raster.info(os.fsdecode(name))
    assert str(caught.value)


@pytest.mark.parametrize("name", ["image", "image.jpg", "image.tif.part"])
def test_endings_that_tell_no_format_are_refused(folder, name):
    with pytest.raises(tilewright.InvalidArgumentError, match="ending"):
        raster.write(name, np.zeros((3, 4), np.uint8))
    raster.write(name, np.zeros((3, 4), np.uint8), format="tiff")
    assert raster.info(name).driver == "GTiff"


def test_words_are_checked(folder):
    with pytest.raises(tilewright.InvalidArgumentError, match="fast"):
        raster.write("image.tif", np.zeros((3, 4), np.uint8), compression="best")
    with pytest.raises(tilewright.InvalidArgumentError, match="png, tiff"):
        raster.write("image.tif", np.zeros((3, 4), np.uint8), format="jpeg")


def test_workers_do_not_change_bytes(folder, photograph):
    one, three = (raster.write(f"{n}.png", photograph, workers=n) for n in (1, 3))
    assert (one.sha256, one.size_bytes) == (three.sha256, three.size_bytes)
    with pytest.raises(tilewright.InvalidArgumentError):
        raster.write("image.tif", photograph, workers=-1)
