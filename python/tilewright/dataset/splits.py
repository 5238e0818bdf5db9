# SPDX-License-Identifier: Apache-2.0
"""Targets shared out to train, validate and test."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

__all__ = ["SPLITS", "split_targets"]

SPLITS = ("train", "val", "test")


def split_targets(
    keys: npt.NDArray[np.int64], val_size: float = 0.15, test_size: float = 0.15, seed: int = 42
) -> dict[str, npt.NDArray[np.int64]]:
    """Share out targets at random; the same keys are shared out in the same way everywhere.

    The draw is that of scikit-learn's ``train_test_split``, twice: ``ceil((val_size + test_size) n)`` targets are set
    apart, of which the share of ``test_size``, rounded up, tests.

    Parameters
    ----------
    keys
        Each target once, in an order that does not depend on the machine.

    Returns
    -------
    dict
        The keys of ``"train"``, ``"val"`` and ``"test"``, in the order they were drawn.

    Examples
    --------
    >>> [len(part) for part in split_targets(np.arange(1001)).values()]
    [700, 150, 151]
    """
    rest = val_size + test_size
    # A share of a single target would be all of it: it trains.
    apart_count = 0 if len(keys) == 1 else math.ceil(rest * len(keys))
    train, apart = _drawn(keys, apart_count, seed)
    val, test = _drawn(apart, math.ceil(test_size / rest * len(apart)) if rest else 0, seed)
    return {"train": train, "val": val, "test": test}


def _drawn(keys: npt.NDArray[np.int64], apart: int, seed: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    # The generator that scikit-learn draws with, whose sequences NumPy has frozen.
    drawn = np.random.RandomState(seed).permutation(len(keys))
    return keys[drawn[apart:]], keys[drawn[:apart]]
