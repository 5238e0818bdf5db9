# SPDX-License-Identifier: Apache-2.0
"""Batches, deaths and refusals, with machines and a clock that are made up."""

from collections import Counter
from typing import NamedTuple

import pytest

from tilewright.errors import IoFailedError, NotFoundError
from tilewright.task_sender import BATCH_SECONDS, MOST_TASKS, TASKS_A_THREAD, Done, Lost, TaskSender, Unfit


class Task(NamedTuple):
    number: int
    key: str
    text: str


class End(NamedTuple):
    key: str
    status: str = "done"
    seconds: float = 0.0


class MadeUpRun:
    """A Dispatch of so many tasks, their numbers as their texts; tells of each how often it ended and how."""

    def __init__(self, tasks):
        self.tasks = tasks
        self.next = 0
        self.ends = bytearray(tasks)
        self.ended = 0
        self.failures = {}
        self.lost_attempts = Counter()

    @property
    def waiting(self):
        return self.tasks - self.next

    def take(self, most):
        numbers = range(self.next, min(self.tasks, self.next + most))
        self.next = numbers.stop
        return [Task(n, str(n), str(n)) for n in numbers]

    def tell(self, number, outcome, lost_attempts=0):
        assert outcome.key == str(number)
        self.ends[number] += 1
        self.ended += 1
        if lost_attempts:
            self.lost_attempts[number] = lost_attempts
        return True

    def fail(self, number, code, message, attempts):
        self.ends[number] += 1
        self.ended += 1
        self.failures[number] = (code, message, attempts)
        return True


class MadeUpMachines:
    """Each works at one batch at a time, and time goes on to whatever happens next."""

    def __init__(self, *names, threads=1, seconds_a_task=1.0):
        self.there = dict.fromkeys(names, threads)
        self.seconds_a_task = seconds_a_task
        self.queues = {name: [] for name in names}
        self.now = 0.0
        self.most_in_flight = 0
        self.sizes = []
        self.beside = []  # what was sent, and what its machine had then, that included
        self.deadly = set()
        self.unfit = {}
        self.forgotten = []

    def present(self):
        return self.there

    def send(self, machine, number, texts):
        begin = max([self.now, *(end for _, _, end in self.queues[machine])])
        seconds = len(texts) * self.seconds_a_task
        self.queues[machine].append((number, list(texts), begin + seconds))
        self.sizes.append(len(texts))
        self.beside.append((texts, [given for _, given, _ in self.queues[machine]]))
        self.most_in_flight = max(self.most_in_flight, sum(map(len, self.queues.values())))

    def ended(self):
        ends = [queue[0][2] for queue in self.queues.values() if queue]
        if not ends:
            self.now += 1
            return
        self.now = min(ends)
        for name, queue in self.queues.items():
            if not queue or queue[0][2] > self.now:
                continue
            number, texts, _ = queue[0]
            if self.deadly.intersection(texts) and name in self.there:
                # Another takes its place.
                del self.there[name]
                self.there[name + "'"] = 1
                self.queues = {**{n: q for n, q in self.queues.items() if n != name}, name + "'": []}
                return
            queue.pop(0)
            if name in self.unfit:
                yield number, Unfit(self.unfit[name])
            else:
                yield number, self.done(texts)

    def done(self, texts):
        return Done([End(text) for text in texts], len(texts) * self.seconds_a_task)

    def forget(self, number):
        self.forgotten.append(number)


def finish(run, machines, *, most_calls=100_000):
    notes = []
    sender = TaskSender(machines, notes.append, clock=lambda: machines.now)
    for _ in range(most_calls):
        sender(run)
        if run.ended == run.tasks:
            break
    assert set(run.ends) == {1}, "each task ends once"
    return notes


class ManyAlike(MadeUpRun):
    """Tasks that are all one, so that a million of them are made in no time; only counts what ends."""

    def take(self, most):
        count = min(most, self.waiting)
        self.next += count
        return [Task(0, "0", "0")] * count

    def tell(self, number, outcome, lost_attempts=0):
        self.ended += 1
        return True


def test_a_million_tasks_need_a_few_batches_at_a_time():
    run = ManyAlike(1_000_000)
    machines = MadeUpMachines("a", "b", "c", threads=4, seconds_a_task=0.00001)
    machines.done = lambda texts: Done([End("0")] * len(texts), len(texts) * machines.seconds_a_task)
    sender = TaskSender(machines)
    while run.ended < run.tasks:
        sender(run)
    assert run.ended == run.tasks
    assert not machines.queues["a"] + machines.queues["b"] + machines.queues["c"]
    assert machines.most_in_flight <= 2 * 3
    assert max(machines.sizes) <= MOST_TASKS
    assert len(machines.sizes) < 400


def test_batches_grow_to_their_time_and_shrink_towards_the_end():
    run = MadeUpRun(5000)
    machines = MadeUpMachines("a", "b", seconds_a_task=0.05)
    finish(run, machines)
    assert machines.sizes[0] <= 2
    assert max(machines.sizes) == BATCH_SECONDS / 0.05
    assert machines.sizes[-1] <= 2
    # Both end at about the same time.
    assert machines.now < 1.05 * 5000 * 0.05 / 2


def test_batches_of_long_tasks_are_longer_but_not_without_end():
    run = MadeUpRun(1000)
    machines = MadeUpMachines("a", seconds_a_task=2)
    machines.done = lambda texts: Done([End(text, seconds=2) for text in texts], 2 * len(texts))
    finish(run, machines)
    assert max(machines.sizes) == TASKS_A_THREAD
    run = MadeUpRun(40)
    machines = MadeUpMachines("a", "b", seconds_a_task=100)
    machines.done = lambda texts: Done([End(text, seconds=100) for text in texts], 100 * len(texts))
    finish(run, machines)
    assert set(machines.sizes[4:]) == {1}


def test_machines_get_what_they_can_do():
    run = MadeUpRun(3000)
    machines = MadeUpMachines("slow", "fast", seconds_a_task=0.1)
    machines.there["fast"] = 8
    send = machines.send

    def send_by_speed(machine, number, texts):
        machines.seconds_a_task = 0.1 if machine == "slow" else 0.0125
        send(machine, number, texts)

    machines.send = send_by_speed
    finish(run, machines)
    assert machines.now < 1.1 * 3000 / 90


def test_what_a_dead_machine_had_is_done_by_others():
    run = MadeUpRun(300)
    machines = MadeUpMachines("a", "b", seconds_a_task=0.1)
    present, calls = machines.present, []

    def present_until_it_dies():
        calls.append(1)
        if len(calls) == 12:
            machines.there.pop("a")
            machines.queues.pop("a")
        return present()

    machines.present = present_until_it_dies
    notes = finish(run, machines)
    assert len(notes) == 1
    assert "a did not end" in notes[0]
    assert machines.forgotten
    assert 0 < sum(run.lost_attempts.values()) < 300


def test_a_task_that_kills_its_machines_fails_alone():
    run = MadeUpRun(500)
    machines = MadeUpMachines("a", "b", seconds_a_task=0.01)
    machines.deadly = {"77"}
    notes = finish(run, machines)
    assert set(run.failures) == {77}
    code, message, attempts = run.failures[77]
    assert code == "resource"
    assert "77: 3 workers did not end it though they had nothing else; the last one: it died" in message
    assert attempts == len(notes) < 10
    # With what killed one before nothing else is put at risk.
    _, *later = [(texts, beside) for texts, beside in machines.beside if "77" in texts]
    assert all(beside == [texts] for texts, beside in later)
    assert [texts for texts, _ in later[-3:]] == [["77"]] * 3


def test_two_such_tasks_do_not_hide_each_other():
    run = MadeUpRun(400)
    machines = MadeUpMachines("a", "b", "c", seconds_a_task=0.01)
    machines.deadly = {"200", "201"}
    finish(run, machines)
    assert set(run.failures) == {200, 201}


def test_a_batch_that_raises_is_as_lost_as_one_whose_machine_died():
    run = MadeUpRun(64)
    machines = MadeUpMachines("a", seconds_a_task=0.01)
    done = machines.done
    machines.done = lambda texts: Lost("MemoryError: no more") if "33" in texts else done(texts)
    finish(run, machines)
    assert set(run.failures) == {33}
    assert "MemoryError: no more" in run.failures[33][1]


def test_outcomes_of_other_tasks_are_not_taken():
    run = MadeUpRun(8)
    machines = MadeUpMachines("a")
    done = machines.done
    machines.done = lambda texts: done(["0", *texts[1:]]) if "5" in texts else done(texts)
    finish(run, machines)
    assert set(run.failures) == {5}
    assert "not what was sent" in run.failures[5][1]


def test_tasks_that_were_given_up_are_sent_again():
    run = MadeUpRun(20)
    machines = MadeUpMachines("a", "b")
    given_up = set()

    def done(texts):
        outcomes = []
        for text in texts:
            status = "done" if text in given_up else "cancelled"
            given_up.add(text)
            outcomes.append(End(text, status))
        return Done(outcomes, 1.0)

    machines.done = done
    assert finish(run, machines) == []
    assert not run.failures


def test_a_machine_that_cannot_take_part_is_left_out():
    run = MadeUpRun(100)
    machines = MadeUpMachines("a", "b", seconds_a_task=0.1)
    machines.unfit = {"b": NotFoundError("/data: is not seen on b")}
    notes = finish(run, machines)
    assert notes == ["b is left out: /data: is not seen on b"]
    assert not run.failures
    assert not run.lost_attempts


def test_with_nobody_left_the_run_ends_and_says_why():
    run = MadeUpRun(100)
    machines = MadeUpMachines("a", "b")
    machines.unfit = dict.fromkeys("ab", NotFoundError("/data: is not seen"))
    with pytest.raises(NotFoundError, match="/data: is not seen"):
        finish(run, machines)
    machines = MadeUpMachines("a")
    machines.there.clear()
    with pytest.raises(IoFailedError, match="no worker has been there for 60 s"):
        finish(MadeUpRun(1), machines)
    assert machines.now < 70


def test_workers_that_come_late_are_waited_for():
    run = MadeUpRun(10)
    machines = MadeUpMachines("a")
    arrivals = iter([{}] * 30)
    machines.present = lambda: next(arrivals, {"a": 1})
    finish(run, machines)
