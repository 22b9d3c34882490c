"""Checks frames and answers against the committed documents: no field missing, none unknown."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator
from jsonschema.validators import extend

DOCS = Path(__file__).resolve().parents[2] / "docs"


def _closed(schema, named: dict):
    """A copy of a schema in which an object has no fields but those it names."""
    if isinstance(schema, list):
        return [_closed(item, named) for item in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {key: _closed(value, named) for key, value in _merged(schema, named).items()}
    if isinstance(copy.get("properties"), dict) and copy.get("type") == "object":
        copy.setdefault("additionalProperties", False)
    return copy


def _merged(schema: dict, named: dict) -> dict:
    """One object for `allOf` several: each alone would refuse the fields of the others."""
    parts = [named.get(part.get("$ref", "").removeprefix("#/components/schemas/"), part) for part in schema.get("allOf", [])]
    if not parts or not all(part.get("type") == "object" and "properties" in part for part in parts):
        return schema
    rest = {key: value for key, value in schema.items() if key != "allOf"}
    properties = {name: value for part in parts for name, value in part["properties"].items()}
    required = sorted({name for part in parts for name in part.get("required", [])})
    return {**rest, "type": "object", "properties": properties, "required": required}


class Documents:
    def __init__(self):
        self.asyncapi = json.loads((DOCS / "asyncapi.json").read_text())
        self.openapi = json.loads((DOCS / "openapi.json").read_text())

    def frame_errors(self, frame: dict) -> list[str]:
        kind = str(frame.get("type"))
        message = self.asyncapi["components"]["messages"].get("server" + kind[:1].upper() + kind[1:])
        if message is None:
            return [f"unknown frame type {kind}"]
        return self._errors(self.asyncapi, message["payload"], frame)

    def answer_errors(self, method: str, template: str, response) -> list[str]:
        operation = self.openapi["paths"].get(template, {}).get(method.lower())
        if operation is None:
            return [f"{method} {template} is not in openapi.json"]
        described = operation["responses"].get(str(response.status_code))
        if described is None:
            return [f"{method} {template} answered {response.status_code}: {response.text[:300]}"]
        errors = []
        kind = response.headers.get("content-type", "").split(";")[0]
        contents = described.get("content", {})
        if contents and kind not in contents:
            errors.append(f"content-type {kind!r}, wanted {list(contents)}")
        elif contents.get(kind, {}).get("schema"):
            errors += self._errors(self.openapi, contents[kind]["schema"], response.json())
        elif not contents and response.content:
            errors.append(f"a body where none is: {response.content[:200]!r}")
        return errors

    @staticmethod
    def _errors(document: dict, schema: dict, value) -> list[str]:
        named = document["components"]["schemas"]
        root = {**_closed(schema, named), "components": {"schemas": {name: _closed(named[name], named) for name in named}}}
        validator = extend(Draft202012Validator)(root)
        return [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:300]}" for e in validator.iter_errors(value)]
