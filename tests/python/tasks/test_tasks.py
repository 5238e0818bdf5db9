# SPDX-License-Identifier: Apache-2.0
"""Tasks as texts, and runs whose tasks are done elsewhere; the rules themselves are tested in C++."""

import json
import pickle

import pytest

import tilewright
from tilewright import BatchJob, ChipJob, ThumbnailJob, raster, run_batch, tasks
from tilewright.errors import InvalidArgumentError
from tilewright.layout import Size


@pytest.fixture
def images(folder, photograph):
    for name in ("a.tif", "b/a.tif", "c.tif"):
        (folder / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        raster.write(f"in/{name}", photograph)
    return folder


def jobs():
    return [
        (BatchJob("in", "out", min_image_size=1), tilewright.plan_batch),
        (ChipJob("in", "out", size_px=128), tilewright.plan_chips),
        (ThumbnailJob("in", "out", size=Size(64, 64)), tilewright.plan_thumbnails),
    ]


@pytest.mark.parametrize("index", range(3))
def test_a_job_and_its_outcomes_cross_to_other_processes(images, index):
    job, plan = jobs()[index]
    sent = pickle.loads(pickle.dumps(tasks.for_other_machines(job)))
    outcomes = tasks.run_tasks(sent, tasks.task_texts(plan(sent)), workers=1, memory_bytes=1 << 30)
    assert [outcome.status for outcome in outcomes] == ["done"] * 3
    back = pickle.loads(pickle.dumps(outcomes))
    assert back == outcomes
    assert [outcome.output_folder for outcome in back] == [outcome.output_folder for outcome in outcomes]
    assert all(bool(outcome.record) == isinstance(job, ThumbnailJob) for outcome in back)


def test_a_wrong_text_is_refused_with_the_reason(images):
    job = tasks.for_other_machines(jobs()[0][0])
    text = json.loads(tasks.task_texts(tilewright.plan_batch(job))[0])
    with pytest.raises(InvalidArgumentError, match="is no task of this job: source: expected a path inside"):
        tasks.run_tasks(job, [json.dumps({**text, "source": "../x.tif"})])


def test_what_the_caller_raises_stops_the_tasks(images):
    job = tasks.for_other_machines(jobs()[0][0])
    texts = tasks.task_texts(tilewright.plan_batch(job))

    def give_up():
        raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"):
        tasks.run_tasks(job, texts, on_tick=give_up)


def test_a_run_takes_outcomes_from_elsewhere(images):
    job = jobs()[0][0]
    sent = tasks.for_other_machines(job)

    def do_all(dispatch):
        taken = dispatch.take(100)
        if not taken:
            return
        assert dispatch.waiting == 0
        first, *rest = taken
        assert dispatch.fail(first.number, "resource", "too much", 3)
        assert not dispatch.fail(first.number, "io", "told before", 1)
        for task, outcome in zip(rest, tasks.run_tasks(sent, [task.text for task in rest]), strict=True):
            assert dispatch.tell(task.number, outcome, 2)

    report = run_batch(job, elsewhere=do_all)
    told = {outcome.key: (outcome.status, outcome.code, outcome.attempts) for outcome in report.outcomes}
    assert told == {"a.tif": ("failed", "resource", 3), "b/a.tif": ("done", None, 3), "c.tif": ("done", None, 3)}


def test_what_elsewhere_raises_ends_the_run_and_saves_its_state(images):
    def lose_everything(dispatch):
        dispatch.take(1)
        raise RuntimeError("the cluster burns")

    with pytest.raises(RuntimeError, match="the cluster burns"):
        run_batch(jobs()[0][0], elsewhere=lose_everything)
    report = json.loads((images / "out/batch_report.json").read_text())
    assert report["interrupted"]
    assert run_batch(jobs()[0][0]).done == 3
