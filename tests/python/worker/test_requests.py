# SPDX-License-Identifier: Apache-2.0
"""What is asked for, and how each request is answered."""

import json
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tilewright import errors
from tilewright.worker.auth import Nobody, SharedToken
from tilewright.worker.drain import Drain

from .clients import BEARER, pushed, wait_until, window_of


def told(answer):
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
    return answer.json()["detail"]


@pytest.mark.parametrize("envelope", [lambda payload: payload, pushed])
def test_a_window_is_made_raw_and_pushed(client, stage, tmp_path, envelope):
    answer = client.post("/median", json=envelope(window_of(tmp_path)))
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["tilewright-outcome"] == "done"
    assert stage.begun == ["tile.tif"]
    again = client.post("/median", json=envelope(window_of(tmp_path)))
    assert (again.status_code, again.headers["tilewright-outcome"]) == (204, "skipped")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "is no JSON"),
        (b"{", "is no JSON"),
        (b"[]", "is no JSON object"),
        (b"null", "is no JSON object"),
        (b"7", "is no JSON object"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"9" * 100_000, "more than 64 bits"),
        (b'{"window": NaN}', "NaN"),
        (b'{"window": 1, "window": 2}', "twice"),
        (b"{}", "window: Field required; destination: Field required; datasets: Field required"),
        (b'{"destination": "s3://b/\\ud800"}', "half a character"),
        (b'{"message": 7}', "message: expected an object"),
        (b'{"message": {}}', "message.data: there is none"),
        (b'{"message": {"data": 7}}', "message.data: there is none"),
        (b'{"message": {"data": "e30"}}', "is not base64"),
        (b'{"message": {"data": "e3\\n0="}}', "is not base64"),
        (b'{"message": {"data": "bm8="}}', "the payload is no JSON"),
    ],
)
def test_what_is_no_request_is_refused_with_the_reason(client, stage, body, reason):
    answer = client.post("/median", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert reason in told(answer)
    assert stage.begun == []


@pytest.mark.parametrize(
    ("members", "where"),
    [
        ({"window": [0, 0, 8]}, "window"),
        ({"window": [0, 0, 8, 8, 8]}, "window"),
        ({"window": [0, 0, 8, 0]}, "window"),
        ({"window": [0, 0, 0, 8]}, "window"),
        ({"window": [-1, 0, 8, 8]}, "window.0"),
        ({"window": [0, 0, 1 << 31, 8]}, "window.2"),
        ({"window": [0, 0, 8.5, 8]}, "window.2"),
        ({"window": [0, 0, 8.0, 8]}, "window.2"),
        ({"window": [True, 0, 8, 8]}, "window.0"),
        ({"window": ["0", 0, 8, 8]}, "window.0"),
        ({"window": "0,0,8,8"}, "window"),
        ({"window": None}, "window"),
        ({"destination": 7}, "destination"),
        ({"destination": ""}, "destination"),
        ({"destination": "/" + "x" * 5000}, "destination"),
        ({"datasets": []}, "datasets"),
        ({"datasets": "a.tif"}, "datasets"),
        ({"datasets": ["a.tif", 7]}, "datasets.1"),
        ({"datasets": [["a.tif"]]}, "datasets.0"),
        ({"datasets": [""]}, "datasets.0"),
        ({"windows": [0, 0, 8, 8]}, "windows"),
        ({"__class__": "x"}, "__class__"),
        ({"options": []}, "options"),
        ({"options": {"rul": "medoid"}}, "options.rul"),
        ({"options": {"quantile": "0.5"}}, "options.quantile"),
        ({"options": {"nodata": "none"}}, "options.nodata"),
        ({"options": {"nodata": True}}, "options.nodata"),
        ({"options": {"geomedian_iterations": 7.5}}, "options.geomedian_iterations"),
        ({"stack": {"skip_bad": "all"}}, "stack.skip_bad"),
        ({"stack": {"align": 1}}, "stack.align"),
        ({"stack": {"masks": "a.tif"}}, "stack.masks"),
        ({"stack": {"masks": ["a.tif", 7]}}, "stack.masks.1"),
        ({"stack": {"hidden_classes": [3, 8.5]}}, "stack.hidden_classes.1"),
        ({"files": {"counts": "yes"}}, "files.counts"),
        ({"files": {"cog": {"jpeg_quality": "90"}}}, "files.cog.jpeg_quality"),
        ({"files": {"cog": 90}}, "files.cog"),
    ],
)
def test_wrong_types_and_unknown_keys_are_named(client, stage, tmp_path, members, where):
    answer = client.post("/median", json=window_of(tmp_path, **members))
    assert answer.status_code == 400
    assert told(answer).startswith(f"{where}: ")
    assert answer.json()["where"] == where
    assert stage.begun == []


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(["window", "destination", "datasets", "message"], json_values)),
    st.sampled_from(["/median", "/tasks"]),
)
def test_no_payload_makes_the_worker_stumble(client, payload, path):
    answer = client.post(
        path, content=json.dumps(payload).encode("utf-8", "replace"), headers={"content-type": "application/json"}
    )
    assert answer.status_code in (400, 403)


@pytest.mark.parametrize(
    ("members", "place"),
    [
        ({"destination": "s3://elsewhere/tile.tif"}, "s3://elsewhere/tile.tif"),
        ({"destination": "/etc/cron.d/tile.tif"}, "/etc/cron.d/tile.tif"),
        ({"datasets": ["http://169.254.169.254/token"]}, "http://169.254.169.254/token"),
        ({"datasets": ["/vsicurl/http://169.254.169.254/token"]}, "/vsicurl/http://169.254.169.254/token"),
        ({"datasets": ["/etc/passwd"]}, "/etc/passwd"),
        ({"datasets": ["<VRTDataset></VRTDataset>"]}, "<VRTDataset></VRTDataset>"),
        ({"stack": {"masks": ["s3://elsewhere/mask.tif"]}}, "s3://elsewhere/mask.tif"),
    ],
)
def test_places_that_are_not_allowed_are_forbidden(client, stage, tmp_path, members, place):
    answer = client.post("/median", json=window_of(tmp_path, **members))
    assert answer.status_code == 403
    assert answer.json()["where"] == place
    assert stage.begun == []


def test_each_place_is_judged_by_its_own_prefixes(make_client, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    client = make_client(allow_read=(str(tmp_path / "in"),), allow_write=(str(tmp_path / "out"),))
    datasets = [str(tmp_path / "in/a.tif")]
    assert client.post("/median", json=window_of(tmp_path / "out", datasets=datasets)).status_code == 204
    assert client.post("/median", json=window_of(tmp_path / "in", datasets=datasets)).status_code == 403
    assert client.post("/median", json=window_of(tmp_path / "out")).status_code == 403


@pytest.mark.parametrize("scheme", ["zip://{FOLDER/a.zip}/tile.tif", "https://host/tile.tif"])
def test_what_can_only_be_read_is_no_destination(make_client, tmp_path, scheme):
    client = make_client(allow_write=(str(tmp_path), "https://host"))
    destination = scheme.replace("FOLDER", str(tmp_path))
    answer = client.post("/median", json=window_of(tmp_path, destination=destination))
    assert answer.status_code == 400
    assert "only read" in told(answer)


def test_nothing_that_is_read_is_written_over(client, tmp_path, stage):
    counts = {"files": {"counts": True}, "datasets": [str(tmp_path / "tile_count.tif")]}
    mask = {"stack": {"masks": [str(tmp_path / "tile.tif")]}}
    for payload in (window_of(tmp_path, "a.tif"), window_of(tmp_path, **counts), window_of(tmp_path, **mask)):
        answer = client.post("/median", json=payload)
        assert answer.status_code == 400
        assert "read and written" in told(answer)
    assert stage.begun == []


def test_what_lies_beside_a_tile_must_be_allowed_too(make_client, tmp_path):
    client = make_client(allow_write=(str(tmp_path / "tile.tif"),))
    assert client.post("/median", json=window_of(tmp_path)).status_code == 204
    answer = client.post("/median", json=window_of(tmp_path, files={"datasets": True}))
    assert answer.status_code == 403
    assert answer.json()["where"] == str(tmp_path / "tile_dataset.tif")


def test_how_a_window_is_made_may_be_told(client, tmp_path, monkeypatch):
    from tilewright.worker import work

    seen = {}

    def write_composite(*_, **given):
        seen.update(given)
        return SimpleNamespace(skipped=False)

    monkeypatch.setattr(work, "write_composite", write_composite)
    members = {
        "options": {"rule": "quantile", "quantile": 1, "nodata": None, "saturation": 254},
        "stack": {"skip_bad": 2, "hidden_classes": [3, 8]},
        "files": {"counts": True, "cog": {"jpeg_quality": 90}},
    }
    assert client.post("/median", json=window_of(tmp_path, **members)).status_code == 204
    options, stack, files = seen["options"], seen["stack"], seen["files"]
    assert (options.rule, options.quantile, options.nodata, options.saturation) == ("quantile", 1.0, None, 254)
    assert (stack.skip_bad, stack.hidden_classes) == (2, [3, 8])
    assert (files.counts, files.datasets, files.cog.jpeg_quality) == (True, False, 90)
    assert seen["memory_bytes"] > 0
    assert seen["workers"] > 0


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.InvalidArgumentError("window out of bounds", "window"), 400),
        (errors.NotFoundError("no such dataset", "a.tif"), 400),
        (errors.CorruptError("cut off", "a.tif"), 400),
        (errors.UnsupportedError("complex samples", "a.tif"), 400),
        (errors.AlreadyExistsError("is a folder", "a.tif"), 400),
        (errors.PermissionDeniedError("may not", "a.tif"), 403),
        (errors.IoFailedError("reset", "a.tif", transient=True), 503),
        (errors.PermissionDeniedError("token being renewed", "a.tif", transient=True), 503),
        (errors.CancelledError("stopped"), 503),
        (errors.IoFailedError("read-only file system", "a.tif"), 500),
        (errors.ResourceError("disk full", "a.tif"), 500),
        (errors.ResourceError("disk full", "a.tif", transient=True), 503),
        (errors.InternalError("odd"), 500),
        (RuntimeError("defect"), 500),
    ],
)
def test_errors_of_the_work_have_their_status(client, stage, tmp_path, error, status):
    stage.error = error
    answer = client.post("/median", json=pushed(window_of(tmp_path)))
    assert answer.status_code == status
    assert str(error) in told(answer)
    assert ("retry-after" in answer.headers) == (status == 503)
    assert not (tmp_path / "tile.tif").exists()
    assert client.get("/readyz").json()["running"] == 0


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=x"])
def test_another_type_of_body_is_refused(client, kind):
    answer = client.post("/median", content=b"{}", headers={"content-type": kind} if kind else {})
    assert answer.status_code == 415


def test_a_compressed_body_is_refused(client):
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    assert client.post("/median", content=b"{}", headers=headers).status_code == 415


@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_body_is_refused_unread(client, monkeypatch, chunked):
    from tilewright.worker import app

    monkeypatch.setattr(app, "read_envelope", lambda body: pytest.fail("it was read"))
    body = b" " * 10_000_000

    async def chunks():
        for begin in range(0, len(body), 65_536):
            yield body[begin : begin + 65_536]

    answer = client.post("/median", content=chunks() if chunked else body, headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert "4,194,304" in told(answer)


def test_the_largest_body_that_is_taken(make_client, tmp_path):
    body = json.dumps(window_of(tmp_path)).encode()
    headers = {"content-type": "application/json"}
    for room, status in ((0, 204), (-1, 413)):
        client = make_client(max_body_bytes=len(body) + room)
        assert client.post("/median", content=body, headers=headers).status_code == status


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer wrong-wrong-wrong-wrong", "Basic Y29ycmVjdDo=", "Bearer \xe4\xf6\xfc", "token x"],
)
def test_who_has_no_token_is_not_heard(client, stage, tmp_path, header):
    headers = {"Authorization": header.encode("latin-1")}
    for path in ("/median", "/tasks"):
        answer = client.post(path, json=window_of(tmp_path), headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    assert stage.begun == []


def test_with_auth_none_everyone_is_heard(make_client, tmp_path):
    client = make_client(authenticator=Nobody())
    assert client.post("/median", json=window_of(tmp_path), headers={"Authorization": ""}).status_code == 204


@pytest.mark.parametrize("token", ["", "short", "with spaces in it, long", "umläute-sind-nichts"])
def test_poor_tokens_are_refused(token):
    with pytest.raises(errors.InvalidArgumentError, match="at least 16"):
        SharedToken(token)


def test_other_paths_and_methods(client):
    assert client.get("/").status_code == 404
    assert client.post("/nope", json={}).status_code == 404
    answer = client.get("/median")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert told(answer)


def test_the_same_request_waits_for_the_first(client, stage, tmp_path):
    stage.hold()
    first = client.begin("POST", "/median", json=window_of(tmp_path))
    wait_until(lambda: stage.begun)
    # Pushed again by the queue, in its envelope: the same work.
    others = [client.begin("POST", "/median", json=pushed(window_of(tmp_path))) for _ in range(3)]
    wait_until(lambda: "joined 3.0" in client.get("/metrics").text)
    assert not any(other.done() for other in others)
    stage.let_go()
    assert [answer.result().status_code for answer in (first, *others)] == [204] * 4
    assert stage.begun == ["tile.tif"]


def test_who_waits_hears_of_the_failure_too(client, stage, tmp_path):
    stage.hold()
    stage.error = errors.CorruptError("cut off", "a.tif")
    both = [client.begin("POST", "/median", json=window_of(tmp_path)) for _ in range(2)]
    wait_until(lambda: "joined 1.0" in client.get("/metrics").text)
    stage.let_go()
    assert [answer.result().status_code for answer in both] == [400, 400]
    assert stage.begun == ["tile.tif"]


def test_more_than_fits_is_told_to_come_again(make_client, stage, tmp_path):
    client = make_client(concurrency=2)
    stage.hold()
    held = [client.begin("POST", "/median", json=window_of(tmp_path, f"{name}.tif")) for name in "cd"]
    wait_until(lambda: len(stage.begun) == 2)
    answer = client.post("/median", json=window_of(tmp_path, "e.tif"))
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    stage.let_go()
    assert [answer.result().status_code for answer in held] == [204, 204]
    assert client.post("/median", json=window_of(tmp_path, "e.tif")).status_code == 204


def test_two_composites_of_one_destination_are_made_one_after_the_other(make_client, stage, tmp_path):
    client = make_client(concurrency=4)
    stage.hold()
    first = client.begin("POST", "/median", json=window_of(tmp_path))
    wait_until(lambda: stage.begun)
    other = client.post("/median", json=window_of(tmp_path, window=[8, 8, 8, 8]))
    assert other.status_code == 429
    assert "same output" in told(other)
    stage.let_go()
    assert first.result().status_code == 204


def test_poison_is_recorded_once_and_acknowledged(make_client, stage, tmp_path):
    client = make_client(dead_letters=str(tmp_path / "dead"))
    bad = window_of(tmp_path, window=[0, 0, 0, 0])
    for _ in range(2):
        answer = client.post("/median", json=pushed(bad))
        assert (answer.status_code, answer.headers["tilewright-outcome"]) == (204, "dead-letter")
    (letter,) = (json.loads(path.read_text()) for path in (tmp_path / "dead").iterdir())
    assert json.loads(letter["payload"]) == bad
    assert letter["reason"].startswith("window: ")
    assert (letter["path"], letter["status"], letter["message_id"]) == ("/median", 400, "42")
    assert (letter["subscription"], letter["delivery_attempt"]) == ("projects/p/subscriptions/s", "2")


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff\xff", b'{"message": {"data": "!"}}', json.dumps(pushed(b"\xff")).encode(), b'{"a": "\\ud800"}'],
)
def test_poison_that_is_no_text_is_recorded_as_it_came(make_client, tmp_path, body):
    client = make_client(dead_letters=str(tmp_path / "dead"))
    answer = client.post("/median", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 204
    (letter,) = (json.loads(path.read_text()) for path in (tmp_path / "dead").iterdir())
    assert ("payload" in letter) != ("payload_base64" in letter)


def test_forbidden_places_are_poison_and_strangers_are_not(make_client, tmp_path):
    client = make_client(dead_letters=str(tmp_path / "dead"))
    elsewhere = window_of(tmp_path, destination="s3://elsewhere/x.tif")
    assert client.post("/median", json=elsewhere, headers={"Authorization": "x"}).status_code == 401
    assert not (tmp_path / "dead").exists()
    assert client.post("/median", json=elsewhere).status_code == 204
    assert len(list((tmp_path / "dead").iterdir())) == 1


def test_what_passes_is_no_poison(make_client, stage, tmp_path):
    client = make_client(dead_letters=str(tmp_path / "dead"))
    stage.error = errors.IoFailedError("reset", "a.tif", transient=True)
    assert client.post("/median", json=window_of(tmp_path)).status_code == 503
    assert not (tmp_path / "dead").exists()


def test_poison_that_cannot_be_recorded_must_come_again(make_client, tmp_path):
    (tmp_path / "file").touch()
    client = make_client(dead_letters=str(tmp_path / "file/dead"))
    answer = client.post("/median", json={})
    assert answer.status_code == 503
    assert "no dead letter could be written" in told(answer)


def test_an_ending_worker_takes_nothing_and_stops_what_takes_too_long(make_client, stage, tmp_path):
    now = [0.0]
    drain = Drain(8, lambda: now[0])
    client = make_client(drain)
    stage.hold()
    running = client.begin("POST", "/median", json=window_of(tmp_path))
    wait_until(lambda: stage.begun)
    assert client.get("/readyz").status_code == 200
    drain.begin()
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200
    refused = client.post("/median", json=window_of(tmp_path, "other.tif"))
    assert refused.status_code == 503
    assert refused.headers["retry-after"]
    now[0] = 7.9
    time.sleep(0.1)
    assert not running.done()
    now[0] = 8.0
    answer = running.result()
    assert answer.status_code == 503
    assert "ending" in told(answer)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["begun.txt", "hold"]


def test_metrics_count_requests_and_name_no_places(client, stage, tmp_path):
    client.post("/median", json=window_of(tmp_path))
    client.post("/median", json=window_of(tmp_path))
    client.post("/median", json={})
    client.get(f"/{tmp_path.name}")
    answer = client.get("/metrics", headers={"Authorization": ""})
    assert answer.headers["content-type"].startswith("text/plain")
    for line in (
        'tilewright_worker_requests_total{path="/median",status="204"} 2.0',
        'tilewright_worker_requests_total{path="/median",status="400"} 1.0',
        'tilewright_worker_requests_total{path="other",status="404"} 1.0',
        'tilewright_worker_work_total{outcome="done"} 1.0',
        'tilewright_worker_work_total{outcome="skipped"} 1.0',
        "tilewright_worker_running 0.0",
        "tilewright_worker_concurrency 1.0",
    ):
        assert line in answer.text
    assert tmp_path.name not in answer.text


def test_the_openapi_page_tells_bodies_answers_and_security(client, make_client):
    page = client.get("/openapi.json").json()
    assert page["openapi"].startswith("3.1")
    for path, model in (("/median", "MedianRequest"), ("/tasks", "TasksRequest")):
        operation = page["paths"][path]["post"]
        body = operation["requestBody"]["content"]["application/json"]
        assert {"$ref": f"#/components/schemas/{model}"} in body["schema"]["anyOf"]
        assert {"204", "400", "401", "403", "413", "415", "429", "500", "503"} <= set(operation["responses"])
        assert operation["security"] == [{"bearer": []}]
        for example in body["examples"].values():
            assert client.post(path, json=example["value"]).status_code == 403  # understood, and not allowed
    assert page["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert page["components"]["schemas"]["MedianRequest"]["additionalProperties"] is False
    assert client.get("/docs").status_code == 200
    is_open = make_client(authenticator=Nobody()).get("/openapi.json").json()
    assert "securitySchemes" not in is_open["components"]


def test_all_references_of_the_openapi_page_lead_somewhere(client):
    page = client.get("/openapi.json").json()

    def references(value):
        if isinstance(value, dict):
            yield from ([value["$ref"]] if "$ref" in value else [])
            for member in value.values():
                yield from references(member)
        elif isinstance(value, list):
            for member in value:
                yield from references(member)

    for reference in references(page):
        found = page
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]


def test_names_in_the_log_stay_on_their_line(client, caplog, tmp_path):
    client.post("/median", json=window_of(tmp_path, destination="s3://b/\u2028fake: 204\x1b[2J"))
    assert all("\x1b" not in record.getMessage() and "\u2028" not in record.getMessage() for record in caplog.records)


def test_the_token_is_in_no_log_and_no_answer(client, caplog, tmp_path):
    answer = client.post("/median", json={"a": 1})
    assert BEARER["Authorization"].split()[1] not in caplog.text + answer.text
    assert Path(tmp_path).exists()
