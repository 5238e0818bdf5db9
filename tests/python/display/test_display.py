# SPDX-License-Identifier: Apache-2.0
import base64
import io
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import tqdm.auto
import tqdm.std

from tilewright import raster
from tilewright.batch import BatchJob, plan_batch, run_batch
from tilewright.display import cut_lines_svg, data_uri, viewable
from tilewright.layout import GridLayout, PiecesLayout, StripsLayout, TilesLayout
from tilewright.tile import read_manifest


def test_eight_bit_pictures_show_as_they_are():
    samples = np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5)
    np.testing.assert_array_equal(viewable(samples), samples)


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.float64, np.complex64])
def test_other_types_are_stretched_never_wrapped(dtype):
    ramp = np.linspace(0, 60000, 1000).astype(dtype).reshape(1, 20, 50)
    shown = viewable(ramp)
    assert shown.dtype == np.uint8
    assert (np.diff(shown.ravel().astype(int)) >= 0).all()
    assert (shown.min(), shown.max()) == (0, 255)


def test_nan_is_black_and_constant_images_do_not_divide_by_zero():
    samples = np.full((1, 3, 3), np.nan)
    assert not viewable(samples).any()
    samples[0, 0, 0] = 7
    viewable(samples)
    assert viewable(np.full((1, 3, 3), 9, np.uint16)).shape == (1, 3, 3)


def test_a_picture_is_a_png_by_itself():
    address = data_uri(np.zeros((3, 8, 9), np.uint8))
    head, _, body = address.partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(body).startswith(b"\x89PNG\r\n\x1a\n")


def test_cut_lines_show_padding_too():
    svg = ElementTree.fromstring(cut_lines_svg(100, 50, [(0, 0, 64, 64), (64, 0, 64, 64)]))
    assert svg.get("viewBox") == "0 0 128 64"
    assert svg.get("aria-label") == "2 slices of 100 x 50 px"


def subpaths(html):
    return [path.count("M") for path in re.findall(r'<path d="([^"]*)"', html)]


def test_a_notebook_shows_layouts_manifests_plans_and_reports(folder, photograph):
    """What ``_repr_html_`` gives: pictures with the cut lines, and the counts."""
    for layout, windows in (
        (PiecesLayout(13), 13),
        (GridLayout(2, 3), 6),
        (StripsLayout(5), 5),
        (TilesLayout(1000, 1000), 12),
    ):
        assert subpaths(layout._repr_html_()) == [windows, windows]
    Path("in").mkdir()
    raster.write("in/a<b>.png", photograph)
    Path("in/a<b>.png").rename("in/a<b>.tif")
    raster.write("in/photo.tif", photograph)
    Path("in/broken.tif").write_bytes(b"")
    job = BatchJob("in", "out", 7, min_image_size=1)
    plan = plan_batch(job)._repr_html_()
    assert "800 x 600" in plan
    assert "the file is empty" in plan
    assert "a&lt;b&gt;.tif" in plan
    report = run_batch(job)._repr_html_()
    assert "<td>1</td><td>0</td><td>2</td><td>0</td>" in report
    assert "<b>broken.tif</b>: the file is empty" in report
    manifest = read_manifest("out/photo")._repr_html_()
    assert subpaths(manifest) == [7, 7]
    assert 'href="data:image/png;base64,' in manifest
    assert "800 x 600 px, 3 x uint8, 7 slices" in manifest
    Path("in/photo.tif").unlink()
    assert subpaths(read_manifest("out/photo")._repr_html_()) == [7, 7]


def test_a_batch_moves_a_bar_of_tqdm(folder, photograph, monkeypatch):
    """Fed from the C++ threads; ``tqdm.auto`` is what notebooks turn into a widget."""
    bars = []

    class Bar(tqdm.std.tqdm):
        def __init__(self, **options):
            bars.append(self)
            super().__init__(**options, file=io.StringIO())

    monkeypatch.setattr(tqdm.auto, "tqdm", Bar)
    Path("in").mkdir()
    raster.write("in/photo.tif", photograph)
    run_batch(BatchJob("in", "out", min_image_size=1))
    assert bars == []
    run_batch(BatchJob("in", "again", min_image_size=1), progress=True)
    (bar,) = bars
    assert (bar.n, bar.total) == (photograph.nbytes, photograph.nbytes)
    assert bar.desc.startswith("1 of 1 images")
