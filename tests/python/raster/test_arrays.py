# SPDX-License-Identifier: Apache-2.0
import gc
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tilewright
from tilewright import raster
from tilewright.layout import Window

COMPLEX_INT16 = np.dtype([("real", "i2"), ("imag", "i2")])
COMPLEX_INT32 = np.dtype([("real", "i4"), ("imag", "i4")])
DTYPES = [np.dtype(name) for name in ("u1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8", "c8", "c16")]
TYPES = {
    "u1": "uint8",
    "u2": "uint16",
    "i2": "int16",
    "u4": "uint32",
    "i4": "int32",
    "u8": "uint64",
    "i8": "int64",
    "f4": "float32",
    "f8": "float64",
    "c8": "complex_float32",
    "c16": "complex_float64",
}


def bits(array):
    """The samples as bytes, so that NaN equals NaN and -0 differs from 0."""
    return array.dtype, array.shape, np.ascontiguousarray(array).tobytes()


images = st.tuples(st.sampled_from(DTYPES), st.integers(1, 5), st.integers(1, 40), st.integers(1, 40)).flatmap(
    lambda shape: st.builds(
        lambda seed: np.frombuffer(
            np.random.default_rng(seed).bytes(shape[0].itemsize * shape[1] * shape[2] * shape[3]), shape[0]
        ).reshape(shape[1:]),
        st.integers(0, 2**32),
    )
)


@given(images)
def test_what_is_written_is_read(tmp_path_factory, image):
    path = tmp_path_factory.mktemp("written") / "image.tif"
    raster.write(path, image)
    assert bits(raster.read(path)) == bits(image)


@given(hnp.arrays(np.uint16, (2, 30, 40), elements=st.integers(0, 9), fill=st.just(3)), st.data())
def test_a_window_is_that_part_of_the_whole(tmp_path_factory, image, data):
    path = tmp_path_factory.mktemp("windows") / "image.tif"
    raster.write(path, image)
    x = data.draw(st.integers(0, 39))
    y = data.draw(st.integers(0, 29))
    window = Window(x, y, data.draw(st.integers(1, 40 - x)), data.draw(st.integers(1, 30 - y)))
    assert (raster.read(path, window) == image[(..., *window.slices)]).all()


@pytest.mark.parametrize("dtype", [COMPLEX_INT16, COMPLEX_INT32])
def test_complex_integers_are_pairs(folder, dtype):
    image = np.zeros((2, 9, 7), dtype)
    image["real"], image["imag"] = 7, -3
    raster.write("pairs.tif", image)
    found = raster.info("pairs.tif")
    assert found.type == {COMPLEX_INT16: "complex_int16", COMPLEX_INT32: "complex_int32"}[dtype]
    assert found.dtype == dtype
    assert bits(raster.read("pairs.tif")) == bits(image)


@pytest.mark.parametrize("code", TYPES)
def test_types_have_their_name(code):
    assert raster.info_of(np.zeros((3, 4), code)).type == TYPES[code]


def test_reading_copies_nothing(folder, photograph):
    raster.write("image.tif", photograph)
    image = raster.read("image.tif")
    assert not image.flags.owndata  # the buffer that C++ read into
    assert image.flags.writeable
    assert image.strides == (1, 3 * 800, 3)
    part = image[:, 10:20]
    del image
    gc.collect()
    assert (part == photograph[:, 10:20]).all()  # kept alive by its view


@pytest.mark.parametrize(
    "view",
    [
        lambda image: image[:, ::-1],
        lambda image: image[:, :, ::-1],
        lambda image: image[::-1],
        lambda image: image[:, ::3, 1::2],
        lambda image: image.transpose(0, 2, 1),
        lambda image: np.ascontiguousarray(image.transpose(1, 2, 0)).transpose(2, 0, 1),
        lambda image: np.asfortranarray(image),
        lambda image: image[1],
        lambda image: np.broadcast_to(image[:1], (4, 600, 800)),
        lambda image: image.astype(">u2"),
    ],
    ids=[
        "rows back",
        "columns back",
        "bands back",
        "steps",
        "turned",
        "by pixel",
        "Fortran",
        "2-D",
        "repeated",
        "swapped",
    ],
)
@pytest.mark.parametrize("ending", [".tif", ".png"])
def test_any_strides_are_written(folder, photograph, view, ending):
    image = view(photograph)
    if ending == ".png" and image.ndim == 3 and image.shape[0] == 4:
        with pytest.raises(tilewright.UnsupportedError, match="PNG"):
            raster.write("image.png", image)
        return
    raster.write("image" + ending, image)
    assert (raster.read("image" + ending) == image).all()


def test_read_only_arrays_are_written(folder, photograph):
    photograph.flags.writeable = False
    raster.write("image.tif", photograph)
    assert (raster.read("image.tif") == photograph).all()


@pytest.mark.parametrize("dtype", [bool, np.float16, "U3", object])
def test_types_that_no_raster_holds_are_refused(folder, dtype):
    with pytest.raises(tilewright.UnsupportedError, match="samples of type"):
        raster.write("image.tif", np.zeros((3, 4), dtype))
    assert not os.listdir()


@pytest.mark.parametrize("shape", [(), (3,), (1, 2, 3, 4)])
def test_arrays_that_are_no_image_are_refused(folder, shape):
    with pytest.raises(tilewright.InvalidArgumentError, match="row, column"):
        raster.write("image.tif", np.zeros(shape, np.uint8))


def test_masked_arrays_do_not_lose_their_mask(folder):
    with pytest.raises(tilewright.InvalidArgumentError, match="mask"):
        raster.write("image.tif", np.ma.masked_equal(np.zeros((3, 4), np.uint8), 0))


def test_masks_are_written_and_read(folder, photograph):
    mask = photograph[0] > 90
    raster.write("image.tif", photograph, mask=mask)
    assert raster.info("image.tif").mask == "per_dataset"
    assert ((raster.read_mask("image.tif") == 255) == mask).all()
    assert set(np.unique(raster.read_mask("image.tif"))) == {0, 255}
    assert raster.read_mask("image.tif", Window(3, 4, 5, 6)).shape == (6, 5)


def test_without_a_mask_all_pixels_are_valid(folder, photograph):
    raster.write("image.tif", photograph)
    assert (raster.read_mask("image.tif") == 255).all()


def test_a_preview_is_small(folder, photograph):
    raster.write("image.tif", photograph)
    shown = raster.preview("image.tif", 100)
    assert shown.dtype == np.uint8
    assert shown.shape[0] == 3
    assert max(shown.shape) == 100
    assert (raster.preview("image.tif", 5000) == photograph).all()


@pytest.mark.parametrize(
    "window", [Window(0, 0, 801, 1), Window(-1, 0, 5, 5), Window(0, 0, 0, 5), Window(900, 0, 5, 5)]
)
def test_windows_outside_are_refused(folder, photograph, window):
    raster.write("image.tif", photograph)
    with pytest.raises(tilewright.InvalidArgumentError, match="800 x 600"):
        raster.read("image.tif", window)


def test_a_crs_may_be_given_by_its_number(tmp_path):
    samples = np.zeros((1, 20, 30), np.uint8)
    place = {"geotransform": (480000.0, 20.0, 0.0, 5620000.0, 0.0, -20.0)}
    raster.write(tmp_path / "a.tif", samples, info=raster.info_of(samples, epsg=32630, **place))
    assert raster.info(tmp_path / "a.tif").epsg == 32630
    assert "UTM zone 30N" in raster.info(tmp_path / "a.tif").crs_wkt
    for wrong in ({"epsg": 99999}, {"crs_wkt": "LOCAL_NONSENSE"}):
        with pytest.raises(tilewright.InvalidArgumentError, match=next(iter(wrong))):
            raster.write(tmp_path / "b.tif", samples, info=raster.info_of(samples, **place, **wrong))
        assert not (tmp_path / "b.tif").exists()
