# SPDX-License-Identifier: Apache-2.0
"""JSON Schemas as pages: a ``*.schema.json`` is read as the Markdown that says the same, a table an object."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_parser.parsers.sphinx_ import MystParser
from sphinx import addnodes
from sphinx.application import Sphinx

Schema = dict[str, Any]


class SchemaParser(MystParser):
    """Reads a schema."""

    supported = ("json-schema",)

    def parse(self, inputstring: str, document: nodes.document) -> None:
        name = Path(document["source"]).name
        super().parse(markdown_of(json.loads(inputstring), name), document)


def markdown_of(schema: Schema, name: str) -> str:
    """The page of a schema that stands in the file `name`."""
    lines = [f"# {schema['title']}", "", schema.get("description", ""), ""]
    lines += [f"For validators: {{download}}`{name} <{name}>`, JSON Schema 2020-12, `{schema['$id']}`.", ""]
    lines += ["Keys in bold are always there.", "", *_object(schema, "")]
    for key, definition in schema.get("$defs", {}).items():
        lines += [f"## {key}", "", definition.get("description", ""), ""]
        lines += _object(definition, key) if _objects(definition, key) else [_kind(definition, key), ""]
    return "\n".join(lines)


def _object(schema: Schema, path: str) -> list[str]:
    """The table of an object's keys, and below it those of the objects in it."""
    properties = schema.get("properties", {})
    required = schema.get("required", [])
    rows = [
        f"| {f'**`{key}`**' if key in required else f'`{key}`'} | {_kind(part, _join(path, key))} | "
        f"{_escaped(part.get('description', ''))} |"
        for key, part in {**properties, **{key: {} for key in required if key not in properties}}.items()
    ]
    lines = ["| key | value | |", "|---|---|---|", *rows, ""] if rows else []
    for key, others in schema.get("dependentRequired", {}).items():
        lines += [f"With `{key}` comes {' and '.join(f'`{other}`' for other in others)}.", ""]
    for key, part in properties.items():
        for inner, name in _objects(part, _join(path, key)):
            lines += [f"## {name}", "", inner.get("description", "") if inner is not part else "", ""]
            lines += _object(inner, name)
    if forms := schema.get("oneOf"):
        lines += [_kind({"oneOf": forms}, path), ""]
        for inner, name in _objects({"oneOf": forms}, path):
            lines += [f"## {name}", "", inner.get("description", ""), "", *_object(inner, name)]
    for case in schema.get("allOf", []):
        ((key, wanted),) = case["if"]["properties"].items()
        lines += [f"## Where {key} is {wanted['const']}", "", *_object(case["then"], f"{wanted['const']}: {path}")]
    return lines


def _objects(schema: Schema, path: str) -> list[tuple[Schema, str]]:
    """The objects with keys of their own that a value may be, and the names of their sections."""
    if "items" in schema:
        return _objects(schema["items"], f"{path}[]")
    if "properties" in schema or "required" in schema:
        return [(schema, path)]
    forms = [found for form in schema.get("oneOf", []) for found in _objects(form, path)]
    if len(forms) > 1:
        return [(form, f"{name}, form {number}") for number, (form, name) in enumerate(forms, 1)]
    return forms


def _kind(schema: Schema, path: str) -> str:  # noqa: PLR0911 - a case a line
    """What a value may be, in words."""
    if "$ref" in schema:
        file, _, pointer = schema["$ref"].partition("#")
        name = pointer.rsplit("/", 1)[-1]
        return f"[{name}](#{name})" if not file else f"as in [metadata.json](metadata.schema.json): `{name}`"
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return " or ".join(f"`{json.dumps(value)}`" for value in schema["enum"])
    if "oneOf" in schema and "type" not in schema:
        return " or ".join(dict.fromkeys(_kind(form, path) for form in schema["oneOf"]))
    if "items" in schema:
        few = f"{schema['minItems']} " if schema.get("minItems", 0) == schema.get("maxItems") else ""
        return f"list of {few}{_kind(schema['items'], f'{path}[]')}"
    if "properties" in schema or "required" in schema:
        return "object, below"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_kind(schema['additionalProperties'], path)}"
    kinds = schema.get("type", [])
    text = " or ".join([kinds] if isinstance(kinds, str) else kinds)
    if "pattern" in schema:
        text += f" like `{_escaped(schema['pattern'])}`"
    return text + _range(schema)


def _range(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f", {low} to {high}"
    return f", {low} or more" if low is not None else f", {high} or less" if high is not None else ""


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path and not path.endswith(": ") else f"{path}{key}"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def _download_other_json(app: Sphinx, doctree: nodes.document) -> None:
    """Let links to JSON files that are no schemas lead to the files; to a suffix of pages they look like pages."""
    for link in list(doctree.findall(addnodes.pending_xref)):
        target = link.get("reftarget", "")
        is_page = link.get("refdomain") != "doc" or target in app.env.found_docs
        if not is_page and (Path(app.srcdir) / f"{target}.json").is_file():
            link.replace_self(addnodes.download_reference("", "", *link.children, reftarget=f"/{target}.json"))


def setup(app: Sphinx) -> dict[str, bool]:
    # Before Sphinx gathers what is to be downloaded.
    app.connect("doctree-read", _download_other_json, priority=400)
    app.add_source_suffix(".json", "json-schema")
    app.add_source_parser(SchemaParser)
    return {"parallel_read_safe": True}
