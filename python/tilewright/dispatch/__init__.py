# SPDX-License-Identifier: Apache-2.0
"""Windows of a scene, sent to workers: over HTTP, through Pub/Sub, or as lines of JSON.

Sending over HTTP needs ``pip install 'tilewright[worker]'``, Pub/Sub ``pip install 'tilewright[pubsub]'``.
"""

from __future__ import annotations

from tilewright.dispatch.arrivals import wait_for_windows
from tilewright.dispatch.window_plan import PlannedWindow, plan_windows

__all__ = ["PlannedWindow", "plan_windows", "wait_for_windows"]
