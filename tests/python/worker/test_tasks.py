# SPDX-License-Identifier: Apache-2.0
"""Planned tasks over HTTP: what comes out is what a run on one machine gives."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tilewright
from tilewright import BatchJob, ChipJob, ThumbnailJob, raster, tasks
from tilewright.errors import InvalidArgumentError
from tilewright.layout import GridLayout, PiecesLayout, Size, StripsLayout, TilesLayout
from tilewright.task_request import job_from_dict, job_to_dict, task_request

from .clients import pushed, wait_until

PLANS = [
    (lambda: BatchJob("in", "out", min_image_size=1), tilewright.plan_batch),
    (lambda: ChipJob("in", "out", size_px=128), tilewright.plan_chips),
    (lambda: ThumbnailJob("in", "out", size=Size(64, 64), stamp="20260101T0000Z"), tilewright.plan_thumbnails),
]


@pytest.fixture
def images(folder, photograph):
    for name in ("a.tif", "b/a.tif", "c.tif"):
        (folder / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        raster.write(f"in/{name}", photograph)
    return folder


@pytest.fixture(params=range(3), ids=["tesselate", "chips", "thumbnails"])
def job_and_request(request, images):
    make, plan = PLANS[request.param]
    job = make()
    return job, task_request(job, tasks.task_texts(plan(job)))


def files_below(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("envelope", [lambda payload: payload, pushed])
def test_tasks_are_done_once(client, images, job_and_request, envelope):
    _, request = job_and_request
    assert client.post("/tasks", json=envelope(request)).status_code == 204
    written = files_below(images / "out")
    assert len(written) >= 3
    again = client.post("/tasks", json=envelope(request))
    assert again.status_code == 204
    assert files_below(images / "out") == written


def test_outputs_are_those_of_a_run_on_one_machine(client, images, job_and_request):
    job, request = job_and_request
    for task in request["tasks"]:
        assert client.post("/tasks", json={**request, "tasks": [task]}).status_code == 204
    sent = files_below(images / "out")
    (images / "out").rename(images / "sent")
    run = {BatchJob: tilewright.run_batch, ChipJob: tilewright.run_chips, ThumbnailJob: tilewright.run_thumbnails}
    run[type(job)](job)
    local = files_below(images / "out")
    assert set(sent) <= set(local)
    assert [path for path in sent if path.suffix != ".json" and sent[path] != local[path]] == []


def test_who_asks_for_them_gets_the_outcomes(client, images, job_and_request):
    _, request = job_and_request
    answer = client.post("/tasks", json=request, headers={"Prefer": "return=representation"})
    assert answer.status_code == 200
    outcomes = answer.json()["outcomes"]
    assert [(outcome["key"], outcome["status"]) for outcome in outcomes] == [
        (name, "done") for name in ("a.tif", "b/a.tif", "c.tif")
    ]
    assert all(bool(outcome["record"]) == (request["kind"] == "thumbnails") for outcome in outcomes)


def test_a_task_that_fails_is_named_and_the_others_are_done(client, images, job_and_request):
    _, request = job_and_request
    whole = (images / "in/c.tif").read_bytes()
    (images / "in/c.tif").write_bytes(whole[:200] + bytes(len(whole) - 200))
    answer = client.post("/tasks", json=request)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("1 of 3 tasks failed: c.tif: ")
    assert answer.json()["where"] == "c.tif"
    (images / "in/c.tif").unlink()
    assert client.post("/tasks", json=request).status_code == 400


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda request: request.update(kind="median"), "kind: "),
        (lambda request: request.update(kind=7), "kind: "),
        (lambda request: request.update(extra=7), "extra: "),
        (lambda request: request.update(job=[]), "job: "),
        (lambda request: request.update(tasks=[]), "tasks: "),
        (lambda request: request.update(tasks=["{}"]), "tasks.0: "),
        (lambda request: request.update(tasks=[{}]), "is no task of this job"),
        (lambda request: request["job"].pop("input_dir"), "job.input_dir: expected a folder"),
        (lambda request: request["job"].update(input_dir=7), "job.input_dir: expected a folder"),
        (lambda request: request["job"].update(plan_file="x"), "job.plan_file: there is no such key"),
        (lambda request: request["job"].update(shard={}), "job.shard: there is no such key"),
        (lambda request: request["job"].update(__reduce__="x"), "there is no such key"),
        (lambda request: request["job"].update(retries=True), "job.retries: expected an integer"),
        (lambda request: request["job"].update(retries="3"), "job.retries: expected an integer"),
        (lambda request: request["job"].update(retries=1_000), "more than the 20 of a worker"),
        (lambda request: request["job"].update(retries=-1), "must not be negative"),
        (lambda request: request["job"].update(retries=1 << 62), "job: "),
        (lambda request: request["job"].update(io_threads=100_000), "more than the 256 of a worker"),
        (lambda request: request["job"].update(resume_mode=1), "job.resume_mode: expected true or false"),
        (lambda request: request["job"].update(format="bmp"), 'no slice format "bmp"'),
        (lambda request: request["job"].update(layout="tiles"), "job.layout: expected an object with a type"),
        (lambda request: request["job"].update(layout={"type": ["tiles"]}), "job.layout: expected an object"),
        (lambda request: request["job"].update(layout={"type": "grid", "row": 1}), "job.layout.row: there is no"),
        (lambda request: request["job"].update(layout={"type": "grid", "rows": "1"}), "job.layout.rows: expected"),
        (lambda request: request["job"].update(open={"max_raw_bytes": 0.5}), "job.open.max_raw_bytes: expected"),
        (lambda request: request["tasks"][0].update(source="/etc/passwd"), "expected a path inside"),
        (lambda request: request["tasks"].append(request["tasks"][0]), "task"),
    ],
)
def test_what_is_no_job_or_task_is_refused_before_anything_is_done(client, images, change, reason):
    make, plan = PLANS[0]
    request = task_request(make(), tasks.task_texts(plan(make())))
    change(request)
    answer = client.post("/tasks", json=request)
    assert answer.status_code == 400
    assert reason in answer.json()["detail"]
    assert not (images / "out").exists()


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["", ".", "..", "/", "a/../b", "a.tif", "s3://bucket/x", "\0", "a" * 5000, 1 << 62, -(1 << 63), 1e300]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places_in(value, path=()):
    """All members of a JSON value, by the way to them."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in items:
        yield (*path, key)
        yield from places_in(member, (*path, key))


@pytest.mark.parametrize("index", range(3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_no_change_of_a_request_makes_the_worker_stumble(client, images, index, data):
    make, plan = PLANS[index]
    request = task_request(make(), tasks.task_texts(plan(make()))[:1])
    *way, last = data.draw(st.sampled_from(list(places_in(request))))
    inner = request
    for key in way:
        inner = inner[key]
    inner[last] = data.draw(json_values)
    content = json.dumps(request).encode("utf-8", "surrogatepass")
    answer = client.post("/tasks", content=content, headers={"content-type": "application/json"})
    assert answer.status_code in (204, 400, 403), answer.text
    assert {path.name for path in images.iterdir()} <= {"in", "out"}


@pytest.mark.parametrize("index", range(3))
@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda request: request["job"].update(output_dir="/elsewhere"), 403),
        (lambda request: request["job"].update(input_dir="/etc"), 403),
        (lambda request: request["job"].update(input_dir="in"), 403),
        (lambda request: request["job"].update(output_dir="s3://bucket/out"), 403),
        (lambda request: request["tasks"][0].update(source="../secret.tif"), 403),
        (lambda request: request["tasks"][0].update(output_folder="../x", thumbnail="../x.tif", name="../x"), 403),
        (lambda request: request["job"].update(prefix="../../x", stamp="../../x"), 400),
    ],
)
def test_no_task_leads_out_of_what_is_allowed(make_client, images, index, change, status):
    make, plan = PLANS[index]
    (images / "secret.tif").write_bytes((images / "in/a.tif").read_bytes())
    before = files_below(images)
    client = make_client(allow_read=(str(images / "in"),), allow_write=(str(images / "out"),))
    request = task_request(make(), tasks.task_texts(plan(make())))
    change(request)
    assert client.post("/tasks", json=request).status_code in (400, status)
    assert files_below(images) == before


@pytest.mark.parametrize("index", range(3))
def test_no_link_leads_a_source_elsewhere(make_client, images, index):
    make, plan = PLANS[index]
    (images / "elsewhere").mkdir()
    (images / "in/linked.tif").symlink_to(images / "in/a.tif")
    client = make_client(allow_read=(str(images / "in"),), allow_write=(str(images / "out"),))
    request = task_request(make(), tasks.task_texts(plan(make())))
    assert len(request["tasks"]) == 4
    (images / "secret.tif").write_bytes((images / "in/a.tif").read_bytes())
    (images / "in/linked.tif").unlink()
    (images / "in/linked.tif").symlink_to(images / "secret.tif")
    answer = client.post("/tasks", json=request)
    assert answer.status_code == 403
    assert answer.json()["where"] == str(images / "in/linked.tif")


OUTPUT_LINKS = ["w/out", "w/out/a", "w/out/20260101T0000Z", *(f"w/out/{number:02}" for number in range(1, 11))]


@pytest.mark.parametrize("index", range(3))
@pytest.mark.parametrize("link", OUTPUT_LINKS)
def test_no_link_leads_an_output_elsewhere(make_client, images, index, link):
    make, plan = PLANS[index]
    for name in ("elsewhere", "w"):
        (images / name).mkdir()
    (images / link).parent.mkdir(exist_ok=True)
    (images / link).symlink_to(images / "elsewhere")
    client = make_client(allow_read=(str(images / "in"),), allow_write=(str(images / "w"),))
    request = task_request(make(), tasks.task_texts(plan(make()))[:1])
    request["job"]["output_dir"] = str(images / "w/out")
    assert client.post("/tasks", json=request).status_code in (204, 403)
    assert list((images / "elsewhere").iterdir()) == []


def test_tasks_that_are_stopped_come_again(make_client, images, job_and_request, monkeypatch):
    from tilewright.worker import work
    from tilewright.worker.drain import Drain

    drain = Drain(0)
    client = make_client(drain)
    _, request = job_and_request

    def run_tasks(*arguments, on_tick, **share):
        drain.begin()
        return tasks.run_tasks(*arguments, on_tick=on_tick, **share)

    monkeypatch.setattr(work, "run_tasks", run_tasks)
    answer = client.post("/tasks", json=request)
    assert answer.status_code in (503, 204)  # They may have been faster.
    wait_until(lambda: client.get("/metrics").status_code == 200)
    other = make_client()
    monkeypatch.setattr(work, "run_tasks", tasks.run_tasks)
    assert other.post("/tasks", json=request).status_code == 204


@pytest.mark.parametrize(
    "job",
    [
        BatchJob("/in", "s3://bucket/out", 3, layout=TilesLayout(100, 90, 7, "shift"), format="tiff"),
        BatchJob("/in", "/out", layout=PiecesLayout(5)),
        BatchJob("/in", "/out", layout=GridLayout(2, 3), open=raster.OpenOptions(max_expansion=7)),
        BatchJob("/in", "/out", layout=StripsLayout(4, "vertical")),
        BatchJob("/in", "/out"),
        ChipJob("zip://{s3://b/a.zip}/in", "/out", max_nodata=0.25, prefix="B"),
        ThumbnailJob("/in", "/out", size=Size(7, 9), stamp="20260101T0000Z"),
    ],
)
def test_a_job_comes_back_as_it_went(job):
    kind = {BatchJob: "tesselate", ChipJob: "chips", ThumbnailJob: "thumbnails"}[type(job)]
    assert job_from_dict(kind, json.loads(json.dumps(job_to_dict(job)))) == job


def test_names_that_json_has_no_word_for_are_refused():
    with pytest.raises(InvalidArgumentError, match="not UTF-8"):
        job_to_dict(BatchJob("/in/\udcff", "/out"))
