# SPDX-License-Identifier: Apache-2.0
"""batch_report.html: one page that needs nothing from elsewhere and leaves nothing out."""

import base64
import io
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tilewright import batch, raster
from tilewright.batch import BatchJob
from tilewright.report_page import write_report_page

VOID = {"meta", "br"}


class Page(HTMLParser):
    """Text of a page by headings, its pictures, and whether every element is closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.pictures, self.addresses, self.text, self.titles = [], [], [], "", []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.addresses += [values[name] for name in ("href", "src") if name in values]
        if tag == "image":
            self.pictures.append(values["href"])
        if tag == "path":
            self.pictures.append(values["d"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "title" and "svg" in self.open:
            self.titles.append(data)
        elif "style" not in self.open:
            self.text += data + "\n"


@pytest.fixture
def report(folder, photograph):
    """The page of a batch with five images cut, one of them on two pages, one too small and two that are none."""
    Path("in/phone").mkdir(parents=True)
    for name in ("one", "two", "three", "<b>&four"):
        raster.write("in/plain.tif", photograph)
        Path("in/plain.tif").rename(f"in/{name}.tif")
    black, white = Image.new("L", (200, 150), 0), Image.new("L", (200, 150), 255)
    black.save("in/pages.tif", save_all=True, append_images=[white])
    raster.write("in/tiny.tif", photograph[:, :9, :9])
    Path("in/broken.tif").write_bytes(b"")
    Path("in/phone/x.jpg").touch()
    batch.run_batch(BatchJob("in", "out", 6, min_image_size=100, pages="all"))
    return Path("out/batch_report.html").read_text(encoding="utf-8")


def test_totals_errors_and_what_was_passed_over(report):
    text = Page(report).text
    for shown in ("8\nimages found", "6\ndone and proven", "6 done", "1 skipped", "1 failed", "0 cancelled"):
        assert shown in text, shown
    for label in ("wall time", "images per hour", "samples, decoded", "written"):
        assert re.search(rf"\d[^\n]*\n{label}", text), label
    assert re.search(r"\d MB/s\nsamples, decoded", text)
    assert "1 failed" in text
    assert "broken.tif\ncorrupt\nthe file is empty" in text
    assert "below min size\n1" in text
    assert "phone\n" in text
    assert "<b>&four.tif" in text, "names are escaped"
    assert '"num_pieces": 6' in text


def test_it_needs_nothing_from_elsewhere(report):
    page = Page(report)
    assert page.addresses
    assert all(address.startswith("data:image/png;base64,") for address in page.addresses)
    assert "<script" not in report
    assert "@import" not in report
    assert "url(" not in report


def test_the_histogram_counts_every_image_that_was_cut(report):
    counts = [int(title.rpartition(": ")[2]) for title in Page(report).titles if " s: " in title]
    assert sum(counts) == 6


def test_previews_show_each_image_with_its_cut_lines(report):
    figures = re.findall(r"<figure>(.*?)<figcaption><b>(.*?)</b>", report)
    by_name = {name: Page(drawing).pictures for drawing, name in figures}
    assert len(by_name) == 6
    for name, (picture, *lines) in by_name.items():
        assert all(path.count("M") == 6 for path in lines), name
        Image.open(io.BytesIO(base64.b64decode(picture.partition(",")[2]))).verify()
    shown = {
        name: np.asarray(Image.open(io.BytesIO(base64.b64decode(pictures[0].partition(",")[2])))).mean()
        for name, pictures in by_name.items()
    }
    assert (shown["pages.tif"], shown["pages.tif#page=2"]) == (0, 255)


@pytest.mark.parametrize("change", [Path.unlink, lambda path: path.write_text("no image"), lambda path: path.chmod(0)])
def test_it_is_written_whatever_became_of_the_originals(report, change):
    change(Path("in/one.tif"))
    page = Page(write_report_page("out").read_text(encoding="utf-8"))
    assert sum(picture.startswith("M") for picture in page.pictures) == 12, "two strokes an image"
    raster.write("in/pages.tif", np.zeros((1, 20, 20), np.uint8))
    Page(write_report_page("out").read_text(encoding="utf-8"))


def test_an_interrupted_run_says_so(folder, photograph):
    Path("in").mkdir()
    raster.write("in/0.tif", photograph)
    # More than a machine that is busy with other things cuts before it hears that it is to stop.
    for i in range(1, 60):
        shutil.copy("in/0.tif", f"in/{i}.tif")

    def stop(_):
        raise KeyError("enough")

    with pytest.raises(KeyError):
        batch.run_batch(BatchJob("in", "out", min_image_size=1, max_workers=1), on_outcome=stop)
    text = Page(Path("out/batch_report.html").read_text(encoding="utf-8")).text
    assert "This run was interrupted" in text
    batch.run_batch(BatchJob("in", "out", min_image_size=1))
    assert "interrupted" not in Page(Path("out/batch_report.html").read_text(encoding="utf-8")).text
