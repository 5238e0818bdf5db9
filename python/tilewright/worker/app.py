# SPDX-License-Identifier: Apache-2.0
"""The application: routes, and how each request is answered."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from tilewright import __version__
from tilewright.errors import TilewrightError
from tilewright.extras import extra
from tilewright.printable import printable

with extra("worker"):
    from fastapi import Depends, FastAPI, Request, Response
    from fastapi.responses import JSONResponse
    from starlette.exceptions import HTTPException

    from tilewright.worker.allowed import AllowedPlaces, require_writable_prefix
    from tilewright.worker.body import read_body
    from tilewright.worker.dead_letters import record_dead_letter
    from tilewright.worker.drain import Drain, StoppedError
    from tilewright.worker.metrics import CONTENT_TYPE_LATEST, CountRequests, Metrics
    from tilewright.worker.openapi import describe
    from tilewright.worker.payload import Envelope, MedianRequest, TasksRequest, read_envelope, read_request
    from tilewright.worker.refusal import TRANSIENT_RETRY_S, RefusedError, refusal_of
    from tilewright.worker.running import Done, Running, Work
    from tilewright.worker.settings import WorkerSettings
    from tilewright.worker.unread import DropUnread
    from tilewright.worker.work import Share, median_work, tasks_work

__all__ = ["OUTCOME_HEADER", "create_app"]

#: Tells done, skipped and dead-letter from each other where the status is 204 for all.
OUTCOME_HEADER = "Tilewright-Outcome"
PROBLEM_JSON = "application/problem+json"
#: For what is beside the work: checks of tokens, dead letters.
ASIDE_THREADS = 8

_log = logging.getLogger("tilewright.worker")
MakeWork = Callable[[bytes], Work]


def create_app(settings: WorkerSettings, drain: Drain | None = None) -> FastAPI:
    """Make the application of a worker.

    Parameters
    ----------
    settings
        What it may do, for whom, and how much at a time.
    drain
        Tells it to end; one that never begins if not given.

    Returns
    -------
    FastAPI
        An ASGI application with state of its own: one a process.

    Raises
    ------
    InvalidArgumentError
        For prefixes that can be none.
    """
    if settings.dead_letters:
        require_writable_prefix(settings.dead_letters, "--ack-poison")
    drain = drain or Drain(settings.drain_seconds)
    running = Running(settings.concurrency, drain)
    # A store or Google may not answer for long: work need not wait for that, nor the end of the worker.
    aside = ThreadPoolExecutor(ASIDE_THREADS, "tilewright-aside")
    worker = _Worker(settings, running, aside)
    share = Share(
        AllowedPlaces(settings.allow_read, "--allow-read"),
        AllowedPlaces(settings.allow_write, "--allow-write"),
        settings.workers_a_request,
        settings.memory_bytes_a_request,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        running.close()
        aside.shutdown(wait=False, cancel_futures=True)

    app = FastAPI(
        title="tilewright worker",
        version=__version__,
        lifespan=lifespan,
        redoc_url=None,
    )
    metrics = worker.metrics
    app.add_middleware(CountRequests, metrics=metrics)
    app.add_middleware(DropUnread)
    app.add_exception_handler(RefusedError, _problem_of_refusal)
    app.add_exception_handler(HTTPException, _problem_of_http)

    async def authorize(request: Request) -> None:
        header = request.headers.get("authorization", "")
        await asyncio.get_running_loop().run_in_executor(aside, settings.authenticator.check, header)

    @app.post("/median", status_code=204, dependencies=[Depends(authorize)])
    async def median(request: Request) -> Response:
        """Make one window of a composite, from its datasets to its destination.

        The same request while the first runs waits for that; when the destination holds this composite already,
        nothing is done.
        """
        return await worker.answer(request, lambda data: median_work(read_request(MedianRequest, data), share))

    @app.post("/tasks", status_code=204, dependencies=[Depends(authorize)])
    async def tasks(request: Request) -> Response:
        """Do tasks of a job that was planned elsewhere: tesselate, chips or thumbnails.

        Outputs that are proven already are passed over. With `Prefer: return=representation` the answer is 200 with an
        outcome a task.
        """
        return await worker.answer(request, lambda data: tasks_work(read_request(TasksRequest, data), share))

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        """Tell that the process answers."""
        return {"status": "ok", "version": __version__}

    @app.get("/readyz")
    async def readyz() -> dict[str, Any]:
        """Tell whether requests are taken: not while the worker is ending."""
        if drain.has_begun:
            raise RefusedError(503, "the worker is ending", retry_after_s=TRANSIENT_RETRY_S)
        return {"status": "ready", "running": running.count, "concurrency": running.concurrency}

    @app.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    async def metrics_text() -> Response:
        """Give figures for Prometheus."""
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    describe(app, settings.authenticator)
    return app


class _Worker:
    """What all requests for work have in common."""

    def __init__(self, settings: WorkerSettings, running: Running, aside: Executor) -> None:
        self.settings = settings
        self.running = running
        self.aside = aside
        self.metrics = Metrics(running, ("/median", "/tasks", "/healthz", "/readyz", "/metrics", "/openapi.json"))

    async def answer(self, request: Request, make: MakeWork) -> Response:
        path = request.url.path
        begun_s = time.perf_counter()
        body = await read_body(request, self.settings.max_body_bytes)
        envelope = Envelope(body)
        name = path
        try:
            envelope = read_envelope(body)
            work = make(envelope.payload)
            name = work.name
            done = await self._done(work)
        except RefusedError as refusal:
            _log.warning("%s: %s %s", printable(name), refusal.status, printable(refusal.reason))
            if not refusal.poison or not self.settings.dead_letters:
                raise
            await self._bury(path, envelope, refusal)
            return self._no_content("dead-letter")
        outcome = "skipped" if done.skipped else "done"
        _log.info("%s: %s in %.1f s", printable(name), outcome, time.perf_counter() - begun_s)
        if "return=representation" in request.headers.get("prefer", "").replace(" ", "").lower():
            self.metrics.work.labels(outcome).inc()
            outcomes = [outcome.to_dict() | {"record": outcome.record} for outcome in done.outcomes]
            return JSONResponse({"outcome": outcome, "outcomes": outcomes}, headers={OUTCOME_HEADER: outcome})
        return self._no_content(outcome)

    async def _done(self, work: Work) -> Done:
        """Do it; whatever goes wrong is told as HTTP has it."""
        try:
            return await self.running.run(work)
        except RefusedError:
            raise
        except (StoppedError, asyncio.CancelledError) as end:
            # The time is up; for work that does not hear of it too.
            raise RefusedError(503, "the worker is ending", code="cancelled", retry_after_s=TRANSIENT_RETRY_S) from end
        except TilewrightError as error:
            raise refusal_of(error) from error
        except Exception as error:
            # A defect of ours; the queue may find another worker of another version.
            _log.exception("%s", printable(work.name))
            raise RefusedError(500, f"{type(error).__name__}: {error}", code="internal") from error

    async def _bury(self, path: str, envelope: Envelope, refusal: RefusedError) -> None:
        """Record a request that can never succeed; one that cannot be recorded must come again."""
        try:
            letter = await asyncio.get_running_loop().run_in_executor(
                self.aside, record_dead_letter, self.settings.dead_letters, path, envelope, refusal
            )
        except (TilewrightError, OSError) as error:
            _log.error("no dead letter could be written: %s", printable(error))
            reason = f"{refusal.reason} (and no dead letter could be written: {error})"
            raise RefusedError(503, reason, code=refusal.code, retry_after_s=TRANSIENT_RETRY_S) from error
        _log.warning("recorded in %s", printable(letter))

    def _no_content(self, outcome: str) -> Response:
        self.metrics.work.labels(outcome).inc()
        return Response(status_code=204, headers={OUTCOME_HEADER: outcome})


async def _problem_of_refusal(_: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    headers = {"Retry-After": str(error.retry_after_s)} if error.retry_after_s else {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return _problem(error.status, error.reason, headers, code=error.code, where=error.where)


async def _problem_of_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _problem(error.status_code, str(error.detail), dict(error.headers or {}))


def _problem(status: int, reason: str, headers: dict[str, str], **members: str) -> Response:
    """Answer as RFC 9457 has it."""
    given = {key: value for key, value in members.items() if value}
    content = {"status": status, "detail": reason, **given}
    return JSONResponse(content, status, headers, media_type=PROBLEM_JSON)
