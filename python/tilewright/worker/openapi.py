# SPDX-License-Identifier: Apache-2.0
"""What the OpenAPI page says of bodies, answers and security."""

from __future__ import annotations

import base64
import json
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from tilewright.worker.auth import Authenticator
from tilewright.worker.payload import MedianRequest, TasksRequest

__all__ = ["describe"]

_DESCRIPTION = """\
Makes windows of composites (`/median`) and does planned tasks of any job (`/tasks`). Both take their JSON as it is, or
in the envelope of a Pub/Sub push subscription, and both may be sent any number of times: what runs already is waited
for, and what is there already is not made again.
"""
_ANSWERS = {
    400: "It can never succeed, and `detail` says why: no JSON, a wrong type, an unknown key, a window outside the "
    "datasets, a dataset that does not exist or is broken, ... Recorded and answered with 204 instead by a worker that "
    "was started with `--ack-poison`.",
    401: "No token, or one that is not valid.",
    403: "The sender may not, or a place is under no prefix that this worker may read or write, or its store refuses.",
    408: "The body did not arrive.",
    413: "The body is too large; it was not looked at.",
    415: "The body is not `application/json`.",
    429: "As much is under way as the worker takes, or other work is about to write the same output; see "
    "`Retry-After`.",
    500: "Something is wrong with this worker.",
    503: "It may succeed later: a store does not answer, or the worker is ending; see `Retry-After`.",
}
_EXAMPLES: dict[str, dict[str, Any]] = {
    "/median": {
        "window": [0, 0, 1024, 1024],
        "destination": "gs://bucket/results/tile_0_0.tif",
        "datasets": [
            "gs://bucket/scenes/T31TCJ_20230102T104441_TCI.tif",
            "gs://bucket/scenes/T31TCJ_20230103T110349_TCI.tif",
        ],
    },
    "/tasks": {
        "kind": "thumbnails",
        "job": {"input_dir": "gs://bucket/photos", "output_dir": "gs://bucket/small", "stamp": "20261121T1852Z"},
        "tasks": [
            {
                "task": "thumbnail",
                "key": "a.tif",
                "source": "a.tif",
                "thumbnail": "a.tif",
                "source_bytes": 4857,
                "source_mtime_ns": 1795287113098492863,
                "image": [1100, 1200],
                "size": [92, 100],
                "content": "3 x uint8, GTiff",
                "raw_bytes": 3960000,
                "working_bytes": 5261760,
                "proofs": [],
            }
        ],
    },
}
_MODELS: dict[str, type[BaseModel]] = {"/median": MedianRequest, "/tasks": TasksRequest}

_PROBLEM = {
    "type": "object",
    "description": "RFC 9457.",
    "required": ["status", "detail"],
    "properties": {
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "what is wrong, and what to do about it"},
        "code": {"type": "string", "description": "of the error: invalid_argument, not_found, permission, io, ..."},
        "where": {"type": "string", "description": "the place or the part of the request that it is about"},
    },
}
_ENVELOPE = {
    "type": "object",
    "description": "What a Pub/Sub push subscription sends.",
    "required": ["message"],
    "properties": {
        "message": {
            "type": "object",
            "required": ["data"],
            "properties": {
                "data": {"type": "string", "contentEncoding": "base64", "contentMediaType": "application/json"},
                "messageId": {"type": "string"},
                "publishTime": {"type": "string"},
                "attributes": {"type": "object"},
            },
        },
        "subscription": {"type": "string"},
        "deliveryAttempt": {"type": "integer"},
    },
}
_OUTCOMES = {
    "type": "object",
    "required": ["outcome", "outcomes"],
    "properties": {
        "outcome": {"enum": ["done", "skipped"]},
        "outcomes": {"type": "array", "items": {"type": "object"}, "description": "one a task, in their order"},
    },
}
_RETRY_AFTER = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
_OUTCOME = {"Tilewright-Outcome": {"schema": {"enum": ["done", "skipped", "dead-letter"]}}}


def describe(app: FastAPI, authenticator: Authenticator) -> None:
    """Have an application tell what it takes and answers, by ``/openapi.json`` and ``/docs``."""

    def openapi() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = _page(app, authenticator)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's own way to extend the page


def _page(app: FastAPI, authenticator: Authenticator) -> dict[str, Any]:
    page = get_openapi(title=app.title, version=app.version, description=_DESCRIPTION, routes=app.routes)
    components = page.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas |= {"Problem": _PROBLEM, "PubSubEnvelope": _ENVELOPE, "Outcomes": _OUTCOMES}
    if not authenticator.is_open:
        components["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer", "description": authenticator.description}
        }
    for path, model in _MODELS.items():
        schemas[model.__name__] = model.model_json_schema()
        operation = page["paths"][path]["post"]
        operation["requestBody"] = _body(path, model.__name__)
        operation["responses"] = _answers(path, is_open=authenticator.is_open)
        operation["security"] = [] if authenticator.is_open else [{"bearer": []}]
    page["paths"]["/readyz"]["get"]["responses"]["503"] = _problem(503)
    return page


def _body(path: str, model: str) -> dict[str, Any]:
    example = _EXAMPLES[path]
    data = base64.b64encode(json.dumps(example).encode()).decode()
    envelope = {"message": {"data": data, "messageId": "123"}, "subscription": "projects/p/subscriptions/s"}
    return {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"anyOf": [_named(model), _named("PubSubEnvelope")]},
                "examples": {"raw": {"value": example}, "pushed": {"value": envelope}},
            }
        },
    }


def _answers(path: str, *, is_open: bool) -> dict[str, Any]:
    answers: dict[str, Any] = {
        "204": {"description": "Done, or there already, or recorded as a dead letter.", "headers": _OUTCOME}
    }
    if path == "/tasks":
        answers["200"] = {
            "description": "The same, for `Prefer: return=representation`.",
            "headers": _OUTCOME,
            "content": {"application/json": {"schema": _named("Outcomes")}},
        }
    return answers | {str(status): _problem(status) for status in _ANSWERS if not (is_open and status == 401)}


def _problem(status: int) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": _ANSWERS[status],
        "content": {"application/problem+json": {"schema": _named("Problem")}},
    }
    if status in (429, 503):
        answer["headers"] = _RETRY_AFTER
    return answer


def _named(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
