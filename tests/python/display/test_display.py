# SPDX-License-Identifier: Apache-2.0
import base64
from xml.etree import ElementTree

import numpy as np
import pytest

from tilewright.display import cut_lines_svg, data_uri, viewable


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
