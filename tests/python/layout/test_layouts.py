# SPDX-License-Identifier: Apache-2.0
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tilewright
from tilewright.layout import (
    GridLayout,
    PiecesLayout,
    StripsLayout,
    TilesLayout,
    Window,
    clipped,
    window_count,
    windows,
)

sides = st.integers(1, 120)
small = st.integers(1, 40)
layouts = st.one_of(
    st.builds(PiecesLayout, small),
    st.builds(GridLayout, small, small),
    st.builds(TilesLayout, small, small, edge=st.sampled_from(["partial", "shift", "pad"])),
    st.builds(StripsLayout, small, st.sampled_from(["horizontal", "vertical"])),
)


@given(sides, sides, layouts)
def test_every_layout_covers_every_pixel_or_is_refused(width_px, height_px, layout):
    try:
        found = windows(width_px, height_px, layout)
    except tilewright.InvalidArgumentError:
        with pytest.raises(tilewright.InvalidArgumentError):
            window_count(width_px, height_px, layout)
        return
    covered = np.zeros((height_px, width_px), int)
    for window in found:
        covered[clipped(window, width_px, height_px).slices] += 1
    assert (covered >= 1).all()
    if getattr(layout, "edge", "partial") != "shift":
        assert (covered == 1).all()
    assert len(found) == window_count(width_px, height_px, layout)
    assert found == sorted(found, key=lambda window: (window.y_px, window.x_px))


def test_defaults_are_those_of_the_core():
    assert PiecesLayout() == PiecesLayout(count=8)
    assert TilesLayout() == TilesLayout(width_px=1024, height_px=1024, overlap_px=0, edge="partial")
    assert StripsLayout() == StripsLayout(4, "horizontal")


def test_layouts_are_values():
    layout = TilesLayout(64, 32, overlap_px=8, edge="pad")
    assert layout == TilesLayout(64, 32).replace(overlap_px=8, edge="pad")
    assert len({layout, TilesLayout(64, 32, 8, "pad"), TilesLayout(64, 32, 8, "shift")}) == 2
    assert eval(repr(layout)) == layout
    assert layout.to_dict() == {"width_px": 64, "height_px": 32, "overlap_px": 8, "edge": "pad"}


def test_words_that_are_no_choice_are_refused_with_the_choices():
    with pytest.raises(tilewright.InvalidArgumentError, match="partial, shift or pad"):
        TilesLayout(edge="clip")
    with pytest.raises(tilewright.InvalidArgumentError, match="horizontal"):
        StripsLayout(4, "diagonal")


@pytest.mark.parametrize(
    "layout", [PiecesLayout(0), PiecesLayout(101), GridLayout(11, 1), TilesLayout(8, 8, overlap_px=8), StripsLayout(11)]
)
def test_layouts_that_cannot_be_are_refused(layout):
    with pytest.raises(tilewright.InvalidArgumentError):
        windows(10, 10, layout)


def test_clipping_outside_the_image_leaves_nothing():
    assert clipped(Window(20, 0, 5, 5), 10, 10).area == 0


def test_other_threads_run_while_windows_are_computed():
    found = []
    thread = threading.Thread(target=lambda: found.append(windows(10_000, 10_000, TilesLayout(10, 10))))
    thread.start()
    assert len(windows(10_000, 10_000, TilesLayout(10, 10))) == 1_000_000
    thread.join()
    assert len(found[0]) == 1_000_000
