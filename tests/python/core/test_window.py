# SPDX-License-Identifier: Apache-2.0
import copy
import pickle

import numpy as np
import pytest

from tilewright.core import Size, Window


def test_a_window_unpacks_and_tells_its_ends():
    x, y, width, height = window = Window(3, 5, 10, 20)
    assert (x, y, width, height) == (3, 5, 10, 20)
    assert (window.x_end, window.y_end, window.area) == (13, 25, 200)
    assert repr(window) == "Window(x_px=3, y_px=5, width_px=10, height_px=20)"


def test_slices_give_a_view_of_the_array():
    image = np.arange(3 * 40 * 30).reshape(3, 40, 30)
    window = Window(3, 5, 10, 20)
    rows, columns = window.slices
    part = image[..., rows, columns]
    assert part.shape == (3, 20, 10)
    assert np.shares_memory(part, image)
    assert part[0, 0, 0] == image[0, 5, 3]


def test_equal_windows_are_one_key():
    assert {Window(1, 2, 3, 4): "a"}[Window(x_px=1, y_px=2, width_px=3, height_px=4)] == "a"
    assert Window(1, 2, 3, 4) != Window(1, 2, 3, 5)
    assert Window(1, 2, 3, 4) != (1, 2, 3, 4)


@pytest.mark.parametrize("value", [Window(1, 2, 3, 4), Size(5, 6)])
def test_values_travel_to_other_processes(value):
    assert pickle.loads(pickle.dumps(value)) == value
    assert copy.deepcopy(value) == value


def test_a_window_cannot_be_changed_but_replaced():
    window = Window(1, 2, 3, 4)
    with pytest.raises(AttributeError):
        window.x_px = 7
    assert window.replace(x_px=7) == Window(7, 2, 3, 4)
    assert window == Window(1, 2, 3, 4)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Window(1, 2, 3), r"Window\(\) needs 'height_px'"),
        (lambda: Window(1, 2, 3, "4"), r"Window.height_px cannot be '4' \(<class 'str'>\)"),
        (lambda: Window(1, 2, 3, 4.5), "Window.height_px cannot be 4.5"),
        (lambda: Window(1, 2, 3, 2**63), "Window.height_px cannot be 9223372036854775808"),
        (lambda: Window(1, 2, 3, 4, 5), "at most 4 positional"),
        (lambda: Window(1, 2, 3, 4, x_px=1), "'x_px' twice"),
        (lambda: Window(1, 2, 3, 4, depth=1), "no field 'depth'"),
    ],
)
def test_wrong_arguments_are_named(make, says):
    with pytest.raises(TypeError, match=says):
        make()


def test_numpy_integers_are_integers():
    assert Window(*np.array([1, 2, 3, 4], np.int16)) == Window(1, 2, 3, 4)


def test_structural_patterns_match():
    match Size(3, 4):
        case Size(width_px, height_px):
            assert (width_px, height_px) == (3, 4)
