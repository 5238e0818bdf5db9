# SPDX-License-Identifier: Apache-2.0
"""The pictures of the guides are what docs/pictures makes, small, and shown."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[3]
IMAGES = sorted((ROOT / "docs/images").glob("*"))
#: Shows times, and needs a browser.
PAGE = "report.png"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    names = [image.stem for image in IMAGES if image.name != PAGE]
    subprocess.run([sys.executable, ROOT / "docs/pictures", folder, *names], check=True)
    return folder


def test_there_is_one_for_each_module_that_draws():
    draws = {path.stem for path in (ROOT / "docs/pictures").glob("*.py") if "\ndef draw(" in path.read_text()}
    assert {image.name for image in IMAGES} == {f"{name}.png" for name in draws}


@pytest.mark.parametrize("image", [i for i in IMAGES if i.name != PAGE], ids=lambda path: path.stem)
def test_they_are_what_the_code_makes(made, image):
    then, now = (np.asarray(Image.open(path).convert("RGB"), int) for path in (image, made / image.name))
    assert then.shape == now.shape
    # Text is drawn a little differently by each version of matplotlib.
    assert np.abs(then - now).mean() < 6


@pytest.mark.parametrize("image", IMAGES, ids=lambda path: path.stem)
def test_they_are_small_and_shown(image):
    assert image.stat().st_size <= 80_000
    pages = (page.read_text(encoding="utf-8") for page in (ROOT / "docs/guide").glob("*.md"))
    assert any(re.search(rf"!\[[^\]]+\]\(\.\./images/{image.name}\)", page) for page in pages)
