# SPDX-License-Identifier: Apache-2.0
"""What importing the package costs and gives."""

import subprocess
import sys

import pytest

import tilewright


def test_gdal_is_loaded_with_the_first_name_that_needs_it():
    program = (
        "import sys, tilewright\n"
        "print('tilewright._core' in sys.modules)\n"
        "tilewright.BatchJob\n"
        "print('tilewright._core' in sys.modules)\n"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert told == ["False", "True"]


@pytest.mark.parametrize("name", tilewright.__all__)
def test_every_name_is_there(name):
    assert getattr(tilewright, name) is getattr(tilewright, name)
    assert name in dir(tilewright)


def test_modules_are_there_without_an_import_of_their_own():
    program = "import tilewright; print(tilewright.raster.info.__name__, tilewright.layout.pieces.__name__)"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert told == "info pieces\n"


def test_another_name_is_an_error():
    with pytest.raises(AttributeError, match="no attribute 'cut'"):
        tilewright.cut  # noqa: B018


def test_notebook_faces_come_with_whatever_part_is_imported():
    program = "from tilewright.layout import PiecesLayout; print('<svg' in PiecesLayout(3)._repr_html_())"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert told == "True\n"
