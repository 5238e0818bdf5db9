# SPDX-License-Identifier: Apache-2.0
"""Squares as models take them, beside what Pillow makes of the same images."""

import numpy as np
import pytest
from PIL import Image, ImageOps

from tilewright import CorruptError, InvalidArgumentError, NotFoundError, UnsupportedError
from tilewright import thumbnail as th
from tilewright.raster import OpenOptions

PLAIN = {"mean": (0, 0, 0), "std": (1, 1, 1)}
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
#: Mean difference a sample, of 255: averages over areas, some of JPEGs at half their size, against Lanczos.
TOLERANCE = 3.0


def pillow_square(path, side, how):
    """What Pillow makes of the middle of a whole image, upright, without draft mode; of 255."""
    with Image.open(path) as opened:
        image = ImageOps.exif_transpose(opened)
        image = image.convert("RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB")
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    least = min(image.size)
    left, top = (image.width - least) // 2, (image.height - least) // 2
    square = image.crop((left, top, left + least, top + least)).resize((side, side), how)
    return np.moveaxis(np.asarray(square), 2, 0).astype(float)


def difference(path, side, how=Image.Resampling.LANCZOS):
    squares, errors = th.read_squares([path], side, **PLAIN)
    assert errors == [None]
    assert squares.shape == (1, 3, side, side)
    return np.abs(squares[0] * 255 - pillow_square(path, side, how)).mean()


def image_of(photograph):
    return Image.fromarray(np.moveaxis(photograph, 0, 2))


@pytest.mark.parametrize("side", [33, 224, 300, 600])
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif", "a.webp", "progressive.jpg"])
def test_photographs_look_as_pillows_do(folder, photograph, name, side):
    options = {"progressive": True} if name == "progressive.jpg" else {}
    image_of(photograph).save(name, **options)
    assert difference(name, side) < TOLERANCE


@pytest.mark.parametrize("side", [50, 100, 224, 299])
def test_averages_are_those_of_pillows_box(folder, photograph, side):
    image_of(photograph).save("a.png")
    # Both round; Pillow in each direction.
    assert difference("a.png", side, Image.Resampling.BOX) < (0.6 if 600 % side == 0 else TOLERANCE)


@pytest.mark.parametrize("size", [(800, 600), (599, 800), (641, 640), (640, 640), (225, 224), (2000, 230)])
def test_the_middle_is_pillows(folder, size):
    rows, columns = np.mgrid[0 : size[1], 0 : size[0]]
    waves = np.stack([np.sin(rows / 40), np.cos(columns / 50), np.sin((rows + columns) / 60)], axis=2)
    Image.fromarray((127 + 120 * waves).astype(np.uint8)).save("a.png")
    assert difference("a.png", 224) < 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_images_are_turned_upright(folder, photograph, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    for name in ("a.jpg", "a.png"):
        image_of(photograph).save(name, exif=exif)
        assert difference(name, 224) < TOLERANCE


@pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK", "LA", "RGBA"])
def test_every_mode_looks_as_pillow_shows_it(folder, photograph, mode):
    image = image_of(photograph)
    if mode in ("LA", "RGBA"):
        image.putalpha(Image.fromarray(np.linspace(0, 255, 800).astype(np.uint8)[np.newaxis].repeat(600, 0)))
    name = "a.tif" if mode == "CMYK" else "a.png"
    image.convert(mode).save(name)
    # Of black and white dots, filters make greys that differ more.
    assert difference(name, 224) < (15 if mode == "1" else TOLERANCE)


def test_smaller_images_are_enlarged(folder, photograph):
    image_of(photograph[:, :90, :120]).save("a.png")
    assert difference("a.png", 224, Image.Resampling.BICUBIC) < TOLERANCE
    Image.new("RGB", (1, 1), (10, 20, 30)).save("dot.png")
    squares, _ = th.read_squares(["dot.png"], 5, **PLAIN)
    assert (squares[0] * 255).round().reshape(3, -1).tolist() == [[10] * 25, [20] * 25, [30] * 25]


def test_samples_are_normalised_to_the_last_bit(folder):
    color = (7, 130, 251)
    Image.new("RGB", (300, 240), color).save("a.png")
    squares, errors = th.read_squares(["a.png"])
    assert errors == [None]
    assert squares.shape == (1, 3, 224, 224)
    assert squares.dtype == np.float32
    assert squares.flags.c_contiguous
    for band in range(3):
        assert (squares[0, band] == np.float32((color[band] / 255 - MEAN[band]) / STD[band])).all()


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_errors_stand_where_their_images_do(folder, photograph, workers):
    image_of(photograph).save("whole.jpg")
    whole = (folder / "whole.jpg").read_bytes()
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "none.png").write_bytes(b"no image")
    names = ["whole.jpg", "cut.jpg", "missing.jpg", "whole.jpg", "none.png", folder / "whole.jpg"]
    squares, errors = th.read_squares(names, 100, workers=workers)
    kinds = [type(None), CorruptError, NotFoundError, type(None), CorruptError, type(None)]
    assert [type(error) for error in errors] == kinds
    for name, error, square in zip(names, errors, squares, strict=True):
        assert square.any() == (error is None)
        if error is not None:
            assert error.where == name
            assert str(error).startswith(f"{name}: ")
    assert (squares[0] == squares[3]).all()
    assert (squares[0] == squares[5]).all()


def test_limits_and_pages_are_those_of_the_options(folder, photograph):
    first = image_of(photograph)
    first.save("a.tif", save_all=True, append_images=[ImageOps.invert(first)])
    squares, errors = th.read_squares(["a.tif"], 50, options=OpenOptions(page=2), **PLAIN)
    inverted, _ = th.read_squares(["a.tif"], 50, **PLAIN)
    assert errors == [None]
    assert np.abs(1 - squares - inverted).max() < 0.01
    _, (error,) = th.read_squares(["a.tif"], 50, options=OpenOptions(max_raw_bytes=1000))
    assert isinstance(error, UnsupportedError)


@pytest.mark.parametrize(
    "options", [{"size_px": 0}, {"size_px": 20_000}, {"std": (1, 0, 1)}, {"std": (1, 1, -1)}, {"mean": (0, np.nan, 0)}]
)
def test_what_cannot_be_is_refused(folder, options):
    with pytest.raises(InvalidArgumentError):
        th.read_squares([], **options)


def test_options_of_the_wrong_kind_are_type_errors(folder):
    for options in ({"mean": (0, 0)}, {"mean": "abc"}, {"size_px": "224"}, {"size_px": 224.5}):
        with pytest.raises(TypeError):
            th.read_squares([], **options)


def test_no_images_are_no_squares(folder):
    squares, errors = th.read_squares([], 10)
    assert squares.shape == (0, 3, 10, 10)
    assert errors == []
