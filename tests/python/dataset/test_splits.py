# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilewright.dataset.splits import split_targets


@pytest.mark.parametrize(
    ("targets", "sizes"),
    [(0, (0, 0, 0)), (1, (1, 0, 0)), (2, (1, 0, 1)), (3, (2, 0, 1)), (10, (7, 1, 2)), (1001, (700, 150, 151))],
)
def test_sizes(targets, sizes):
    assert tuple(len(part) for part in split_targets(np.arange(targets)).values()) == sizes


def test_draws_as_scikit_learn_does():
    # train_test_split(range(10), test_size=0.3, random_state=42), and of its second part test_size=0.5.
    train, val, test = split_targets(np.arange(10)).values()
    assert train.tolist() == [0, 7, 2, 9, 4, 3, 6]
    assert (val.tolist(), test.tolist()) == ([5], [8, 1])


@given(st.integers(0, 300), st.integers(0, 2**32 - 1), st.floats(0, 0.45), st.floats(0, 0.45))
def test_each_target_is_in_one_split(targets, seed, val_size, test_size):
    keys = np.arange(targets) * 7
    parts = split_targets(keys, val_size, test_size, seed)
    assert np.sort(np.concatenate(list(parts.values()))).tolist() == keys.tolist()
    again = split_targets(keys, val_size, test_size, seed)
    assert all(np.array_equal(parts[name], again[name]) for name in parts)
