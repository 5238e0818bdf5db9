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
from tilewright.display import cut_lines_svg, data_uri, picture
from tilewright.layout import GridLayout, PiecesLayout, StripsLayout, TilesLayout
from tilewright.tile import read_manifest


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float64, np.complex64])
def test_a_picture_of_any_raster_is_a_small_png_by_itself(dtype, tmp_path):
    raster.write(tmp_path / "wide.tif", np.linspace(0, 250, 5 * 80 * 90).astype(dtype).reshape(5, 80, 90))
    head, _, body = data_uri(tmp_path / "wide.tif", max_side_px=30).partition(",")
    assert head == "data:image/png;base64"
    (tmp_path / "picture.png").write_bytes(base64.b64decode(body))
    shown = raster.info(tmp_path / "picture.png")
    assert (shown.shape, shown.type, shown.driver) == ((3, 27, 30), "uint8", "PNG")


def test_the_picture_of_what_is_gone_is_the_lines_alone():
    assert "<image" not in picture("gone.tif", [(0, 0, 5, 5)], width_px=5, height_px=5)


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
