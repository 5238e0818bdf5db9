# SPDX-License-Identifier: Apache-2.0
"""What a request asks for: the JSON of its body, as it is or in the envelope of a Pub/Sub push subscription."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from tilewright.strict_json import read_json
from tilewright.worker.refusal import RefusedError

__all__ = ["Envelope", "MedianRequest", "TasksRequest", "read_envelope", "read_request"]

_LARGEST_PX = 1 << 31
_MOST_DATASETS = 32_767
_MOST_TASKS = 100_000
_LONGEST_PLACE = 4096

Place = Annotated[str, Field(min_length=1, max_length=_LONGEST_PLACE)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class MedianRequest(_Strict):
    """One window of a composite."""

    window: Annotated[
        list[Annotated[int, Field(ge=0, lt=_LARGEST_PX)]],
        Field(min_length=4, max_length=4, description="x, y, width, height in pixels of the datasets"),
    ]
    destination: Annotated[Place, Field(description="the GeoTIFF to write: s3://, gs://, az://, or a path")]
    datasets: Annotated[
        list[Place],
        Field(min_length=1, max_length=_MOST_DATASETS, description="co-registered rasters, in the order of ties"),
    ]
    options: Annotated[
        dict[str, Any], Field(description="keywords of CompositeOptions: rule, quantile, nodata, saturation, ...")
    ] = {}
    stack: Annotated[
        dict[str, Any], Field(description="keywords of StackOptions: skip_bad, align, masks, hidden_classes, ...")
    ] = {}
    files: Annotated[
        dict[str, Any],
        Field(description="keywords of CompositeFiles: counts, datasets, cog (keywords of CogOptions)"),
    ] = {}

    @field_validator("window")
    @classmethod
    def _has_pixels(cls, window: list[int]) -> list[int]:
        if 0 in window[2:]:
            raise ValueError("width and height must be at least 1 px")
        return window


class TasksRequest(_Strict):
    """Tasks of a plan, as `tilewright.task_request.task_request()` gives them."""

    kind: Literal["tesselate", "chips", "thumbnails"]
    job: Annotated[
        dict[str, Any],
        Field(
            description="keywords of BatchJob, ChipJob or ThumbnailJob but shard and plan_file; folders are absolute"
        ),
    ]
    tasks: Annotated[
        list[dict[str, Any]],
        Field(min_length=1, max_length=_MOST_TASKS, description="as tilewright.tasks.task_texts() gives them"),
    ]


@dataclass(frozen=True)
class Envelope:
    """A payload, and what a queue said of it."""

    payload: bytes
    message: dict[str, str] = field(default_factory=dict)  #: texts for people: message_id, subscription, ...


def read_envelope(body: bytes) -> Envelope:
    """Take the payload out of a Pub/Sub push envelope; a body that is none is the payload.

    Members that Pub/Sub may add to its envelope are no concern of ours.

    Raises
    ------
    RefusedError
        For what is no JSON object, and for an envelope without data or with data that is not base64.

    Examples
    --------
    >>> read_envelope(b'{"message": {"data": "e30=", "messageId": "7"}, "subscription": "s"}')
    Envelope(payload=b'{}', message={'message_id': '7', 'subscription': 's'})
    """
    try:
        outer = read_json(body)
    except ValueError as error:
        raise RefusedError.for_good(f"the body {error}") from error
    if not isinstance(outer, dict):
        raise RefusedError.for_good("the body is no JSON object")
    if "message" not in outer:
        return Envelope(body)
    message = outer["message"]
    if not isinstance(message, dict):
        raise RefusedError.for_good("message: expected an object, as Pub/Sub sends it", where="message")
    data = message.get("data")
    if not isinstance(data, str) or not data:
        raise RefusedError.for_good("message.data: there is none", where="message.data")
    try:
        payload = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RefusedError.for_good(f"message.data: is not base64: {error}", where="message.data") from error
    return Envelope(payload, _told_of(outer, message))


def _told_of(outer: dict[str, Any], message: dict[str, Any]) -> dict[str, str]:
    told = {
        "message_id": message.get("messageId") or message.get("message_id"),
        "publish_time": message.get("publishTime") or message.get("publish_time"),
        "subscription": outer.get("subscription"),
        "delivery_attempt": outer.get("deliveryAttempt"),
    }
    return {key: str(value) for key, value in told.items() if isinstance(value, (str, int)) and value}


Model = TypeVar("Model", bound=_Strict)


def read_request(model: type[Model], payload: bytes) -> Model:
    """Read what is asked for, strictly: each key once, none unknown, each value of its type.

    Raises
    ------
    RefusedError
        With all that is wrong.
    """
    try:
        value = read_json(payload)
    except ValueError as error:
        raise RefusedError.for_good(f"the payload {error}") from error
    if not isinstance(value, dict):
        raise RefusedError.for_good("the payload is no JSON object")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        told = [f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in problems[:5]]
        more = f"; and {len(problems) - 5} more" if len(problems) > 5 else ""
        where = ".".join(map(str, problems[0]["loc"]))
        raise RefusedError.for_good("; ".join(told) + more, where=where) from error
