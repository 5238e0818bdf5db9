# SPDX-License-Identifier: Apache-2.0
"""Keeps other machines busy with the tasks of a run: batches, their size, and what becomes of a machine's when it dies.

Knows nothing of how machines are reached; see :mod:`tilewright.dask_runner`.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tilewright._core import Dispatch, Outcome, SentTask
from tilewright.errors import IoFailedError, TilewrightError

__all__ = ["Done", "Lost", "Machines", "TaskSender", "Unfit"]

#: What a batch is to take: long enough that sending it costs nothing beside it, short enough to lose one;
BATCH_SECONDS = 5.0
#: longer where tasks are long, as threads that find no more to do wait for its last ones;
TASKS_A_THREAD = 20
#: but never longer than one wants to wait for news.
MOST_BATCH_SECONDS = 60.0
#: A message of a few megabytes at most, however short the tasks are.
MOST_TASKS = 4096
#: How much larger than the one before a batch may be, as the first ones tell little.
GROWTH = 4
#: One that is worked at, and one that waits beside it so that no machine waits for us.
BATCHES_A_MACHINE = 2
#: How many machines may die with a task that they have alone.
DEATHS_A_TASK = 3
#: How long to wait for machines when there are none; those that died are often started again.
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Done:
    """A batch that was done: an outcome a task, in their order."""

    outcomes: Sequence[Outcome]
    seconds: float


@dataclass(frozen=True)
class Lost:
    """A batch that its machine did not bring to an end, and why."""

    reason: str
    is_its_own: bool = True  #: whether its tasks may be to blame


@dataclass(frozen=True)
class Unfit:
    """A batch that its machine cannot do, nor any other of this run."""

    error: TilewrightError


class Machines(Protocol):
    """Machines that batches can be sent to. No call waits."""

    def present(self) -> Mapping[str, int]:
        """Give those that are there now, by name, and their threads."""

    def send(self, machine: str, number: int, texts: Sequence[str]) -> None:
        """Begin a batch on a machine; its number is given back with its end."""

    def ended(self) -> Iterable[tuple[int, Done | Lost | Unfit]]:
        """Give the batches that ended since the last call."""

    def forget(self, number: int) -> None:
        """Let go of a batch whose machine is gone."""


@dataclass
class Batch:
    """Tasks that a machine has."""

    machine: str
    tasks: list[SentTask]
    suspect: bool  #: a machine died with these before


@dataclass
class Pace:
    """How fast a machine is."""

    most_tasks: int
    tasks_a_second: float = 0.0
    batch_seconds: float = BATCH_SECONDS

    def measure(self, end: Done) -> None:
        """Take note of a batch that it did."""
        tasks = len(end.outcomes)
        now = tasks / max(end.seconds, 1e-4)
        self.tasks_a_second = (self.tasks_a_second + now) / 2 if self.tasks_a_second else now
        self.most_tasks = min(MOST_TASKS, max(self.most_tasks, GROWTH * tasks))
        task_seconds = sum(outcome.seconds for outcome in end.outcomes) / tasks
        self.batch_seconds = min(MOST_BATCH_SECONDS, max(BATCH_SECONDS, TASKS_A_THREAD * task_seconds))

    def next_tasks(self) -> int:
        """Tell how many tasks its next batch should have."""
        if not self.tasks_a_second:
            return self.most_tasks
        return max(1, min(self.most_tasks, math.ceil(self.tasks_a_second * self.batch_seconds)))


@dataclass
class TaskSender:
    """Sends the tasks of one run; called with its Dispatch again and again.

    Never more than two batches a machine are on their way, so that a million tasks need a few dozen messages at a time.
    What a machine that died had is sent again in smaller batches; a task with which three died while they had nothing
    else fails.
    """

    machines: Machines
    note: Callable[[str], object] = lambda text: None
    clock: Callable[[], float] = time.monotonic
    batches: dict[int, Batch] = field(default_factory=dict)
    again: deque[tuple[list[SentTask], bool]] = field(default_factory=deque)
    paces: dict[str, Pace] = field(default_factory=dict)
    unfit: dict[str, TilewrightError] = field(default_factory=dict)
    lost_attempts: dict[int, int] = field(default_factory=dict)
    deaths_alone: dict[int, int] = field(default_factory=dict)
    sent: int = 0
    alone_since: float | None = None

    def __call__(self, dispatch: Dispatch) -> None:
        """Hand over what ended and send what fits. Never waits."""
        for number, end in self.machines.ended():
            self._take_end(dispatch, number, end)
        present = {name: threads for name, threads in self.machines.present().items() if name not in self.unfit}
        self._take_deaths(dispatch, present)
        self._send(dispatch, present)
        self._require_someone(present)

    def _take_end(self, dispatch: Dispatch, number: int, end: Done | Lost | Unfit) -> None:
        batch = self.batches.pop(number, None)
        if batch is None:
            return  # Its machine was given up before, and its tasks were sent again.
        if isinstance(end, Unfit):
            self.unfit[batch.machine] = end.error
            self.note(f"{batch.machine} is left out: {end.error}")
            self.again.append((batch.tasks, batch.suspect))
        elif isinstance(end, Lost) and not end.is_its_own:
            self.again.append((batch.tasks, batch.suspect))
        elif isinstance(end, Lost):
            self._send_again(dispatch, batch, end.reason)
        elif [outcome.key for outcome in end.outcomes] != [task.key for task in batch.tasks]:
            self._send_again(dispatch, batch, "what came back is not what was sent")
        else:
            self._take_outcomes(dispatch, batch, end)

    def _take_outcomes(self, dispatch: Dispatch, batch: Batch, end: Done) -> None:
        self.paces[batch.machine].measure(end)
        given_up = []
        for task, outcome in zip(batch.tasks, end.outcomes, strict=True):
            if outcome.status == "cancelled":
                given_up.append(task)
                continue
            dispatch.tell(task.number, outcome, self.lost_attempts.pop(task.number, 0))
            self.deaths_alone.pop(task.number, None)
        if given_up:
            self.again.append((given_up, batch.suspect))

    def _take_deaths(self, dispatch: Dispatch, present: Mapping[str, int]) -> None:
        gone = [number for number, batch in self.batches.items() if batch.machine not in present]
        accused = set()
        for number in gone:
            batch = self.batches.pop(number)
            self.machines.forget(number)
            if batch.machine in self.unfit or batch.machine in accused:
                # The machine was working at an earlier one.
                self.again.append((batch.tasks, batch.suspect))
                continue
            accused.add(batch.machine)
            self.paces.pop(batch.machine, None)
            self._send_again(dispatch, batch, "it died")

    def _send_again(self, dispatch: Dispatch, batch: Batch, reason: str) -> None:
        count = len(batch.tasks)
        what = f"{count} tasks" if count > 1 else batch.tasks[0].key
        self.note(f"{batch.machine} did not end {what}: {reason}")
        for task in batch.tasks:
            self.lost_attempts[task.number] = self.lost_attempts.get(task.number, 0) + 1
        if count == 1:
            task = batch.tasks[0]
            deaths = self.deaths_alone[task.number] = self.deaths_alone.get(task.number, 0) + 1
            if deaths >= DEATHS_A_TASK:
                message = f"{deaths} workers did not end it though they had nothing else; the last one: {reason}"
                dispatch.fail(task.number, "resource", f"{task.key}: {message}", self.lost_attempts.pop(task.number))
                self.deaths_alone.pop(task.number)
                return
        size = max(1, count // GROWTH)
        for begin in range(0, count, size):
            self.again.append((batch.tasks[begin : begin + size], True))

    def _send(self, dispatch: Dispatch, present: Mapping[str, int]) -> None:
        busy: dict[str, list[Batch]] = {name: [] for name in present}
        for batch in self.batches.values():
            busy[batch.machine].append(batch)
        threads = sum(present.values())
        # A machine each in turn, so that the last tasks are not all one machine's.
        for room in range(BATCHES_A_MACHINE):
            for name, own_threads in present.items():
                pace = self.paces.setdefault(name, Pace(2 * own_threads))
                if len(busy[name]) > room or any(batch.suspect for batch in busy[name]):
                    continue
                fair_share = math.ceil(dispatch.waiting * own_threads / (BATCHES_A_MACHINE * threads))
                tasks, suspect = self._next_tasks(dispatch, min(pace.next_tasks(), fair_share), idle=not busy[name])
                if not tasks:
                    continue
                batch = Batch(name, tasks, suspect)
                self.sent += 1
                self.batches[self.sent] = batch
                busy[name].append(batch)
                self.machines.send(name, self.sent, [task.text for task in tasks])

    def _next_tasks(self, dispatch: Dispatch, most: int, *, idle: bool) -> tuple[list[SentTask], bool]:
        """Give tasks for a machine; those with which one died only to a machine that has no others."""
        for _ in range(len(self.again)):
            tasks, suspect = self.again.popleft()
            if idle or not suspect:
                return tasks, suspect
            self.again.append((tasks, suspect))
        return dispatch.take(max(1, most)), False

    def _require_someone(self, present: Mapping[str, int]) -> None:
        if present:
            self.alone_since = None
            return
        now = self.clock()
        if self.alone_since is None:
            self.alone_since = now
        elif now - self.alone_since > PATIENCE_SECONDS:
            for error in self.unfit.values():
                raise error
            raise IoFailedError(
                f"no worker has been there for {PATIENCE_SECONDS:.0f} s; start some, and the same call goes on"
            )
