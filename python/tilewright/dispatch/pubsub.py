# SPDX-License-Identifier: Apache-2.0
"""Windows published to a Pub/Sub topic, whose push subscription brings them to workers."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any

from tilewright.dispatch.sending import OnSent, Sent
from tilewright.dispatch.window_plan import PlannedWindow
from tilewright.errors import InvalidArgumentError
from tilewright.extras import extra

__all__ = ["publish_windows"]

#: How long messages that are under way together may take to be taken.
PUBLISH_SECONDS = 120.0
#: Each names all datasets: ten thousand of them would be hundreds of megabytes.
MOST_UNDER_WAY = 1000
_TOPIC = re.compile(r"projects/[^/\s]+/topics/[A-Za-z][\w.~+%-]{2,254}")


def publish_windows(
    topic: str,
    windows: Sequence[PlannedWindow],
    datasets: Sequence[str],
    making: Mapping[str, Any] | None = None,
    *,
    on_sent: OnSent = lambda sent: None,
) -> list[Sent]:
    """Publish a message a window, whose data is what a worker's ``/median`` takes.

    Parameters
    ----------
    topic
        ``projects/PROJECT/topics/TOPIC``.
    windows, datasets, making
        As for :meth:`PlannedWindow.payload`.
    on_sent
        Called for each message that was taken or not, in their order.

    Returns
    -------
    list of Sent
        One a window, in their order.

    Raises
    ------
    InvalidArgumentError
        For a topic that is none.
    UnsupportedError
        If google-cloud-pubsub is not installed.
    """
    if not _TOPIC.fullmatch(topic):
        raise InvalidArgumentError(f"{topic}: is no topic; give projects/PROJECT/topics/TOPIC", "pubsub")
    with extra("pubsub"):
        from google.cloud import pubsub_v1  # noqa: PLC0415 - optional, and slow to load
    try:
        publisher: Any = pubsub_v1.PublisherClient()
    except Exception as error:  # Of google-auth, where no credentials are found.
        raise InvalidArgumentError(f"{topic}: {error}", "pubsub") from error
    sent: list[Sent] = []
    for begin in range(0, len(windows), MOST_UNDER_WAY):
        some = windows[begin : begin + MOST_UNDER_WAY]
        futures = [publisher.publish(topic, json.dumps(window.payload(datasets, making)).encode()) for window in some]
        end_s = time.monotonic() + PUBLISH_SECONDS
        for window, future in zip(some, futures, strict=True):
            try:
                future.result(timeout=max(0.01, end_s - time.monotonic()))
                sent.append(Sent(window.name))
            except FutureTimeoutError:
                sent.append(Sent(window.name, f"was not taken within {PUBLISH_SECONDS:.0f} s"))
            except Exception as error:  # Of many libraries; the message was not taken.
                sent.append(Sent(window.name, f"{type(error).__name__}: {error}"))
            on_sent(sent[-1])
    return sent
