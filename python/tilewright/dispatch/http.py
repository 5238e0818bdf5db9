# SPDX-License-Identifier: Apache-2.0
"""Windows posted to a worker: some at a time, again after what passes."""

from __future__ import annotations

import asyncio
import email.utils
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tilewright import __version__
from tilewright.dispatch.sending import OnSent, Sent
from tilewright.dispatch.window_plan import PlannedWindow
from tilewright.errors import InvalidArgumentError, NotFoundError, PermissionDeniedError
from tilewright.extras import extra

with extra("worker"):
    import httpx

__all__ = ["PostOptions", "post_windows", "worker_url"]

CONNECT_SECONDS = 10.0
FIRST_PAUSE_SECONDS, MOST_PAUSE_SECONDS = 0.5, 60.0
#: A worker that says it is to be left alone for longer is asked after this.
MOST_RETRY_AFTER_SECONDS = 300.0
BUSY = 429
PASSING = {408, 500, 502, 503, 504}


@dataclass(frozen=True)
class PostOptions:
    """How hard to try.

    Parameters
    ----------
    concurrency
        Requests under way at a time.
    retries
        Further attempts at a window after 408, 5xx and connections that fail; being told that the worker is full (429)
        is none of them.
    timeout_s
        What a window may take in all: requests, pauses, waiting for a worker that is full.
    """

    concurrency: int = 8
    retries: int = 8
    timeout_s: float = 3600.0


def worker_url(url: str, path: str = "/median") -> str:
    """Give the URL to post to, of a worker that is named with or without the path.

    Raises
    ------
    InvalidArgumentError
        For what is no URL of a server.

    Examples
    --------
    >>> worker_url("https://worker-xyz.a.run.app")
    'https://worker-xyz.a.run.app/median'
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise InvalidArgumentError(f"{url}: is no URL: {error}", "url") from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise InvalidArgumentError(f"{url}: is no URL of a worker, https://host", "url")
    base = url.rstrip("/")
    return base if base.endswith(path) else base + path


def post_windows(
    url: str,
    windows: Sequence[PlannedWindow],
    datasets: Sequence[str],
    making: Mapping[str, Any] | None = None,
    *,
    options: PostOptions | None = None,
    authorization: Callable[[], str] = lambda: "",
    on_sent: OnSent = lambda sent: None,
) -> list[Sent]:
    """Post windows to a worker and wait for its answers.

    Parameters
    ----------
    url
        Of the worker.
    windows, datasets, making
        As for :meth:`PlannedWindow.payload`.
    authorization
        Gives the header ``Authorization``; asked before each request, from threads.
    on_sent
        Called with each answer as it comes, from a thread of its own where a loop is running in this one.

    Returns
    -------
    list of Sent
        One a window, in their order.

    Raises
    ------
    InvalidArgumentError
        For a URL that is none.
    NotFoundError
        If nobody answers there, or there is no such path.
    PermissionDeniedError
        If the worker does not know who asks.
    """

    def payload_of(window: PlannedWindow) -> dict[str, Any]:
        return window.payload(datasets, making)

    post = _Posting(worker_url(url), payload_of, options or PostOptions(), authorization, on_sent)
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(post.all(windows))
    # Notebooks have a loop running in their thread.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, post.all(windows)).result()


class _Posting:
    def __init__(
        self,
        url: str,
        payload_of: Callable[[PlannedWindow], dict[str, Any]],
        options: PostOptions,
        authorization: Callable[[], str],
        on_sent: OnSent,
    ) -> None:
        self.url = url
        self.payload_of = payload_of
        self.options = options
        self.authorization = authorization
        self.on_sent = on_sent
        self.was_answered = False

    async def all(self, windows: Sequence[PlannedWindow]) -> list[Sent]:
        left = iter(enumerate(windows))
        sent: dict[int, Sent] = {}
        timeout = httpx.Timeout(60.0, connect=CONNECT_SECONDS, read=self.options.timeout_s, pool=None)
        headers = {"User-Agent": f"tilewright/{__version__}"}
        async with httpx.AsyncClient(timeout=timeout, headers=headers) as client:
            senders = [
                asyncio.ensure_future(self._send(client, left, sent))
                for _ in range(max(1, min(self.options.concurrency, len(windows))))
            ]
            try:
                await asyncio.gather(*senders)
            finally:
                for sender in senders:
                    sender.cancel()
        return [sent[number] for number in range(len(windows))]

    async def _send(
        self, client: httpx.AsyncClient, left: Iterator[tuple[int, PlannedWindow]], sent: dict[int, Sent]
    ) -> None:
        for number, window in left:
            sent[number] = await self._one(client, window)
            self.on_sent(sent[number])

    async def _one(self, client: httpx.AsyncClient, window: PlannedWindow) -> Sent:
        payload = self.payload_of(window)
        end_s = time.monotonic() + self.options.timeout_s
        attempts, failures, status = 0, 0, 0
        while True:
            attempts += 1
            asked_s = 0.0
            try:
                header = await asyncio.to_thread(self.authorization)
                answer = await asyncio.wait_for(
                    client.post(self.url, json=payload, headers={"Authorization": header} if header else {}),
                    max(0.1, end_s - time.monotonic()),
                )
            except asyncio.TimeoutError:
                return Sent(window.name, f"was not done within {self.options.timeout_s:,.0f} s", status, attempts)
            except httpx.TransportError as error:
                status, why, passes = 0, f"{type(error).__name__}: {error}", True
            else:
                self.was_answered = True
                status, why = answer.status_code, _reason(answer)
                if answer.is_success and not why:
                    return Sent(window.name, "", status, attempts)
                self._require_worker(status, why)
                passes = status in PASSING or status == BUSY
                asked_s = _retry_after_s(answer)
            if status != BUSY:
                failures += 1
            if not passes or failures > self.options.retries:
                self._require_answers(why)
                return Sent(window.name, why, status, attempts)
            pause_s = _pause_s(failures if status != BUSY else 1, asked_s)
            if time.monotonic() + pause_s >= end_s:
                return Sent(window.name, f"{why}; no time is left to try again", status, attempts)
            await asyncio.sleep(pause_s)

    def _require_worker(self, status: int, why: str) -> None:
        """Give up where no other window would fare better."""
        if status == 401:
            raise PermissionDeniedError(f"{self.url}: the worker does not know who asks: {why}", self.url)
        if status in (404, 405) or 300 <= status < 400:
            raise NotFoundError(f"{self.url}: this is no worker: {why}", self.url)

    def _require_answers(self, why: str) -> None:
        if not self.was_answered:
            raise NotFoundError(f"{self.url}: nobody answers: {why}", self.url)


def _reason(answer: httpx.Response) -> str:
    """Tell why a request was not done; empty if it was."""
    if answer.headers.get("Tilewright-Outcome") == "dead-letter":
        return "can never succeed; the worker recorded why among its dead letters"
    if answer.is_success:
        return ""
    try:
        detail = answer.json()["detail"]
    except (ValueError, LookupError, TypeError):
        detail = answer.text[:200].strip() or answer.reason_phrase
    return f"{answer.status_code}: {detail}"


def _retry_after_s(answer: httpx.Response) -> float:
    text = answer.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return min(float(text[:9]), MOST_RETRY_AFTER_SECONDS)
    try:
        seconds = email.utils.parsedate_to_datetime(text).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError):
        return 0.0
    return min(max(seconds, 0.0), MOST_RETRY_AFTER_SECONDS)


def _pause_s(failures: int, asked_s: float) -> float:
    """Pause for twice as long each time, never all senders alike, and never less than was asked for."""
    longest_s = min(FIRST_PAUSE_SECONDS * 2 ** min(failures, 16), MOST_PAUSE_SECONDS)
    return max(asked_s * random.uniform(1.0, 1.2), random.uniform(longest_s / 2, longest_s))
