"""Every object against the schema of its kind: no field unknown, none of the wrong type."""

import json
from functools import cache

import kubernetes_validate
from jsonschema import Draft202012Validator
from kubernetes_validate import utils

from cluster import ROOT

# The oldest that has all that is used (the kubelet's own sleep before the end is for good since then), and the newest.
VERSIONS = ("1.34", "1.37")

# Each object would read a megabyte of definitions again.
utils.schema_contents = cache(utils.schema_contents)


def _closed(schema):
    """A copy in which an object has no fields but those that its schema names."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {key: _closed(value) for key, value in schema.items()}
    if isinstance(copy.get("properties"), dict) and copy.get("type") == "object" and not copy.get("x-kubernetes-preserve-unknown-fields"):
        copy.setdefault("additionalProperties", False)
    return copy


@cache
def _custom(kind: str) -> Draft202012Validator | None:
    path = ROOT / "k8s" / "schemas" / f"{kind}.json"
    return Draft202012Validator(_closed(json.loads(path.read_text()))) if path.exists() else None


def errors(each: dict) -> list[str]:
    custom = _custom(each["kind"])
    if custom:
        return [f"{'.'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in custom.iter_errors(each)]
    found = []
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(each, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            found.append(f"{version}: {'.'.join(map(str, error.path))}: {error.message[:200]}")
        except utils.SchemaNotFoundError as error:
            found.append(f"{version}: {error.message}")
    return found
