# SPDX-License-Identifier: Apache-2.0
"""The table of refusals in docs/guide/lossless.md: each row is provoked by a file made for it."""

import io
import json
import os
import re
import struct
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import tilewright
from tilewright import batch, layout, raster, tile
from tilewright.tile import TesselateOptions

GUIDE = (Path(__file__).parents[3] / "docs" / "guide" / "lossless.md").read_text(encoding="utf-8")
TABLE = GUIDE.partition("## What is refused")[2].partition("\n## ")[0]
ROWS = re.findall(r'^\| (.+?) \| `(\w+)` \| "(.+)" \|$', TABLE, re.MULTILINE)
PHOTO = np.random.default_rng(3).integers(0, 255, (3, 80, 90), np.uint8)
PROVOKED_BY = {}


def provokes(row):
    """Mark a function that makes a file in the current folder as row of the table, and gives the call to refuse it."""

    def keep(make):
        PROVOKED_BY[row] = make
        return make

    return keep


def tesselating(path, options=None):
    return lambda: tile.tesselate(path, "out", options)


def tiff(width, height, *, compression=1, bits=8, strip_bytes=100, data=b""):
    """A TIFF written by hand: one band, one strip, as little true as a test wants."""
    tags = [(256, 4, width), (257, 4, height), (258, 3, bits), (259, 3, compression), (262, 3, 1), (273, 4, 8),
            (277, 3, 1), (278, 4, height), (279, 4, strip_bytes)]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return struct.pack("<2sHI", b"II", 42, 8 + len(data)) + data + struct.pack("<H", len(tags)) + entries + bytes(4)


def encoded(format, **options):
    """The photo as a file of Pillow's."""
    file = io.BytesIO()
    Image.fromarray(PHOTO.transpose(1, 2, 0)).save(file, format, **options)
    return file.getvalue()


def written(name, data):
    Path(name).write_bytes(data)
    return tesselating(name)


def half(data):
    return data[: len(data) // 2]


def damaged(data, at=0.5):
    place = int(len(data) * at)
    return data[:place] + bytes(byte ^ 0x55 for byte in data[place : place + 100]) + data[place + 100 :]


@provokes("an empty file")
def empty():
    return written("empty.tif", b"")


@provokes("a TIFF cut off in its header or directory")
def cut_directory():
    return written("cut.tif", tiff(10, 10, data=bytes(100))[:-40])


@provokes("a TIFF cut off in its samples")
def cut_strip():
    return written("cut.tif", tiff(100, 100, strip_bytes=10_000, data=bytes(5_000)))


@provokes("a JPEG cut off before its last row")
def cut_jpeg():
    return written("cut.jpg", half(encoded("JPEG")))


@provokes("a PNG cut off before its last row")
def cut_png():
    return written("cut.png", half(encoded("PNG")))


@provokes("a JPEG 2000 cut off in its code stream")
def cut_jp2():
    return written("cut.jp2", half(encoded("JPEG2000")))


@provokes("damaged LZW data")
def damaged_lzw():
    return written("damaged.tif", damaged(encoded("TIFF", compression="tiff_lzw")))


@provokes("damaged DEFLATE data of a TIFF")
def damaged_deflate():
    return written("damaged.tif", damaged(encoded("TIFF", compression="tiff_adobe_deflate")))


@provokes("damaged DEFLATE data of a PNG")
def damaged_png():
    return written("damaged.png", damaged(encoded("PNG"), at=0.6))


@provokes("a `.tif` in a folder that is another kind of image")
def other_kind():
    Path("in").mkdir()
    written("in/x.tif", encoded("PNG"))

    def run():
        (outcome,) = batch.run_batch(batch.BatchJob("in", "out", min_image_size=1)).outcomes
        raise tilewright.errors.BY_CODE[outcome.code](outcome.message, os.path.abspath("in/x.tif"))

    return run


@provokes("a `.tif` that is no image")
def no_image():
    return written("text.tif", b"Dear Sir or Madam")


@provokes("a file of another format, given by name")
def other_format():
    return written("text.pdf", b"%PDF-1.7")


@provokes("a VRT, which can name any other file")
def vrt():
    return written("mosaic.vrt", b'<VRTDataset rasterXSize="20" rasterYSize="20"></VRTDataset>')


@provokes("a TIFF with JPEG 2000, JPEG XL, JPEG XR, JBIG2, PNG or DNG's lossy JPEG inside")
def foreign_codec():
    for code in (34712, 22610, 34715, 34933, 34892):
        with pytest.raises(tilewright.UnsupportedError, match="TIFF compressed as"):
            written("codec.tif", tiff(10, 10, compression=code, data=bytes(100)))()
    return written("codec.tif", tiff(10, 10, compression=50002, data=bytes(100)))


@provokes("a TIFF with a codec that nobody knows, or that the libtiff at hand was built without")
def unknown_codec():
    return written("codec.tif", tiff(10, 10, compression=65123, data=bytes(100)))


@provokes("samples of an odd number of bits above 32")
def odd_bits():
    return written("bits.tif", tiff(10, 10, bits=33, data=bytes(1000)))


@provokes("a mask for each band, rather than one for all")
def mask_for_each_band():
    raster.write("masks.tif", PHOTO)
    flags = {"": {f"INTERNAL_MASK_FLAGS_{band}": "0" for band in (1, 2, 3)}}
    raster.write("masks.tif.msk", PHOTO, info=raster.info_of(PHOTO, metadata=flags), format="tiff")
    return tesselating("masks.tif")


@provokes("a pipe or device")
def pipe():
    os.mkfifo("pipe.tif")
    return tesselating("pipe.tif")


@provokes("a header that claims far more than the file can hold")
def claim():
    return written("huge.tif", tiff(1_000_000, 1_000_000, data=bytes(100)))


@provokes("an image larger than the limit")
def large():
    raster.write("large.tif", PHOTO)
    return tesselating("large.tif", TesselateOptions(open=raster.OpenOptions(max_raw_bytes=PHOTO.nbytes - 1)))


@provokes("a strip or tile larger than the limit")
def large_block():
    written("block.tif", encoded("TIFF", tiffinfo={278: 80}))
    return tesselating("block.tif", TesselateOptions(open=raster.OpenOptions(max_block_bytes=1000)))


@provokes("a broken link")
def broken_link():
    Path("link.tif").symlink_to("nowhere.tif")
    return tesselating("link.tif")


@provokes("a file that changes while it is read")
def changing():
    raster.write("log.tif", np.random.default_rng(1).integers(0, 255, (3, 1000, 1000), np.uint8))

    def run():
        over = threading.Event()

        def touch():
            while not over.wait(0.001):
                os.utime("log.tif")

        thread = threading.Thread(target=touch)
        thread.start()
        try:
            tile.tesselate("log.tif", "out")
        finally:
            over.set()
            thread.join()

    return run


@provokes("fewer pixels than pieces")
def few_pixels():
    raster.write("tiny.tif", PHOTO[:, :2, :2])
    return tesselating("tiny.tif", layout.PiecesLayout(5))


def written_as(array, format, **options):
    raster.write("image.tif", array, **options)
    return tesselating("image.tif", TesselateOptions(format=format))


@provokes("`--format png` for samples that PNG does not hold")
def png_float():
    return written_as(PHOTO.astype(np.float32), "png")


@provokes("`--format png` for bands that PNG does not hold")
def png_bands():
    return written_as(np.concatenate([PHOTO, PHOTO]), "png")


@provokes("`--format png` for a mask beside the bands")
def png_mask():
    return written_as(PHOTO, "png", mask=PHOTO[0] > 99)


@provokes("`--format copy` for a source that is no TIFF")
def copy_png():
    raster.write("image.png", PHOTO)
    return tesselating("image.png", TesselateOptions(format="copy"))


@provokes("a manifest of a newer version")
def newer_manifest():
    tile.tesselate(PHOTO, "cut")
    manifest = json.loads(Path("cut/metadata.json").read_text())
    Path("cut/metadata.json").write_text(json.dumps({**manifest, "schema_version": 2}))
    return lambda: tile.reconstruct("cut", "again.tif")


def test_every_row_has_its_file_and_every_file_its_row():
    assert [row for row, _, _ in ROWS] == list(PROVOKED_BY)
    assert len(ROWS) == TABLE.count("\n| ") - 1


@pytest.mark.parametrize(("row", "code", "words"), ROWS, ids=[row for row, _, _ in ROWS])
def test_it_is_refused_by_name(folder, row, code, words):
    refused = PROVOKED_BY[row]()
    with pytest.raises(tilewright.TilewrightError, match=re.escape(words)) as error:
        refused()
    assert error.value.code == code
    assert Path(error.value.where).exists() or Path(error.value.where).is_symlink()
    assert Path(error.value.where).name in str(error.value)
    assert str(folder) not in str(error.value).replace(error.value.where, ""), "the message names the folder within"
    assert not list(Path().glob("out/**/slice_*")), "something half-written stayed"
    assert not Path("again.tif").exists()
