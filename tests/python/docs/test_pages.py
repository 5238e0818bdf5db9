# SPDX-License-Identifier: Apache-2.0
"""Every code block of the pages does what the page says, or the page says why it is not run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from . import prepare
from .page import PAGES, ROOT, blocks_of, preparation_of

RUN = {"python", "bash", "cpp", "json", "yaml"}
#: Shown, not run.
SHOWN = {"text", "dockerfile"}


def relative(page):
    return str(page.relative_to(ROOT))


def to_run(page):
    return [block for block in blocks_of(page) if block.language in RUN and not block.reason]


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_each_block_is_run_or_says_why_not(page):
    left = [
        f"{relative(page)}:{block.line}: {block.language or 'no language'}"
        for block in blocks_of(page)
        if block.language not in RUN | SHOWN and not block.reason
    ]
    assert left == []


@pytest.mark.parametrize("page", [page for page in PAGES if to_run(page)], ids=relative)
def test_the_blocks_of_a_page_run_from_top_to_bottom(page, folder):
    name = preparation_of(page)
    variables = (getattr(prepare, name)() if name else None) or {}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("run_page.py"), page],
        env={**os.environ, "PATH": path, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
