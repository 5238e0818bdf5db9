# SPDX-License-Identifier: Apache-2.0
"""A progress bar for notebooks and terminals, fed from the C++ threads through the calling one."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tilewright._core import EngineProgress

__all__ = ["progress_bar"]


@contextmanager
def progress_bar(*, shown: bool = True, tasks: str = "images") -> Iterator[Callable[[EngineProgress], None]]:
    """Open a tqdm bar and give the function that moves it: decoded bytes, with the counts of tasks beside."""
    if not shown:
        yield lambda counts: None
        return
    # Costs 50 ms to import, which callers without a bar need not wait for.
    with warnings.catch_warnings():
        # A notebook without ipywidgets gets a bar of characters, which needs no excuse.
        warnings.filterwarnings("ignore", message="IProgress not found")
        from tqdm.auto import tqdm  # noqa: PLC0415

    with tqdm(unit="B", unit_scale=True, desc="planning") as bar:

        def show(counts: EngineProgress) -> None:
            bar.total = counts.total_raw_bytes
            bar.n = counts.raw_bytes
            ended = counts.done + counts.skipped + counts.failed + counts.cancelled
            bar.set_description(f"{ended} of {counts.total} {tasks}", refresh=False)
            bar.refresh()

        yield show
