"""Prints what `k8s/schemas/` keeps of a CustomResourceDefinition: types and bounds, not words.

    python k8s/check/crd.py v1 "CloudNativePG v1.30.0" < clusters.yaml > k8s/schemas/Cluster.json

Of one that is mostly about other things, the branches that are used: any other field is unknown then.

    python k8s/check/crd.py v1alpha1 "Envoy Gateway v1.9.0" spec.telemetry.accessLog.settings.format … < envoyproxies.yaml
"""

import json
import sys

import yaml

# Said for people, or for a server that merges: nothing that makes a manifest right or wrong here.
WORDS = ("description", "default", "x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type", "x-kubernetes-validations")


def bare(schema, names_fields=False):
    """A copy without words; under `properties` every key is the name of a field."""
    if isinstance(schema, list):
        return [bare(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if names_fields or key not in WORDS}
    return {key: bare(value, key == "properties" and not names_fields) for key, value in kept.items()}


def only(schema: dict, paths: list[list[str]]) -> dict:
    """What leads to one of the branches; a branch is kept whole."""
    if [] in paths:
        return schema
    if schema.get("type") == "array":
        return {**schema, "items": only(schema["items"], paths)}
    heads = {path[0]: [other[1:] for other in paths if other[0] == path[0]] for path in paths}
    return {**schema, "properties": {name: only(schema["properties"][name], rest) for name, rest in heads.items()}}


def main() -> None:
    version, source, *branches = sys.argv[1:]
    definition = yaml.safe_load(sys.stdin)["spec"]
    [found] = [one for one in definition["versions"] if one["name"] == version]
    schema = bare(found["schema"]["openAPIV3Schema"])
    schema["properties"].pop("status", None)
    schema = only(schema, [["metadata"], *(branch.split(".") for branch in branches)]) if branches else schema
    kind = {"apiVersion": {"const": f"{definition['group']}/{version}"}, "kind": {"const": definition["names"]["kind"]}}
    schema["properties"].update(kind)
    comment = f"{definition['names']['kind']} of {source}, Apache-2.0, without its descriptions (k8s/check/crd.py)"
    print(json.dumps({"$comment": comment, **schema}, separators=(",", ":"), sort_keys=False))


if __name__ == "__main__":
    main()
