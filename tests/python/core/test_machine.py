# SPDX-License-Identifier: Apache-2.0
import os

import pytest

import tilewright
from tilewright import core


def test_no_more_processors_than_the_scheduler_gives():
    assert 1 <= core.available_processors() <= len(os.sched_getaffinity(0))


def test_the_budget_is_part_of_the_memory():
    assert 256 << 20 <= core.default_memory_budget_bytes() <= max(core.available_memory_bytes(), 256 << 20)


@pytest.mark.parametrize(("text", "size_bytes"), [("512", 512), ("64KiB", 65536), ("2GB", 2 * 10**9), ("1G", 1 << 30)])
def test_sizes_are_read_as_people_write_them(text, size_bytes):
    assert core.parse_size_bytes(text) == size_bytes


def test_what_is_no_size_is_refused():
    with pytest.raises(tilewright.InvalidArgumentError, match="many"):
        core.parse_size_bytes("many")
