"""What `kubectl apply -k` would bring into a cluster, rendered by the very same code."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
NAME = "app.kubernetes.io/name"
COMPONENT = "app.kubernetes.io/component"
# What looks at an engine, and at all of it: one is enough, and nobody waits for it.
EXPORTER, CANARY = "exporter", "canary"
ALONE = {EXPORTER, CANARY}
# What is applied beside an overlay where somebody wants it, and holds to the same rules.
BESIDE = {"prod": ["k8s/canary"]}


def read(path: str) -> str:
    return (ROOT / path).read_text()


def kubectl() -> str:
    """The one beside this Python, which `dev/setup tests` installs; elsewhere the machine's own."""
    beside = Path(sys.executable).parent / "kubectl"
    return str(beside) if beside.exists() else "kubectl"


def rendered(folder: str) -> list[dict]:
    """The objects that a folder's kustomization makes."""
    command = [kubectl(), "kustomize", str(ROOT / folder)]
    printed = subprocess.run(command, capture_output=True, text=True, timeout=30)
    if printed.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: {printed.stderr.strip()}")
    return [each for each in yaml.safe_load_all(printed.stdout) if each]


@dataclass(frozen=True)
class Pod:
    """A workload's template: all of its pods are alike."""

    kind: str
    name: str
    labels: dict
    spec: dict

    @property
    def container(self) -> dict:
        [container] = self.spec["containers"]
        return container

    def port(self, wanted) -> int:
        named = {port["name"]: port["containerPort"] for port in self.container.get("ports", [])}
        return named[wanted] if isinstance(wanted, str) else wanted


class Cluster:
    """The objects of one overlay, and of what may stand beside it."""

    def __init__(self, overlay: str):
        self.overlay = overlay
        folders = [f"k8s/overlays/{overlay}", *BESIDE.get(overlay, [])]
        self.objects = [each for folder in folders for each in rendered(folder)]

    def all(self, *kinds: str) -> list[dict]:
        return [each for each in self.objects if each["kind"] in kinds]

    def one(self, kind: str, name: str) -> dict | None:
        return next((each for each in self.all(kind) if each["metadata"]["name"] == name), None)

    @cached_property
    def pods(self) -> list[Pod]:
        found = []
        for each in self.all("Deployment", "Job"):
            template = each["spec"]["template"]
            labels = template["metadata"]["labels"]
            found.append(Pod(each["kind"], each["metadata"]["name"], labels, template["spec"]))
        return found

    @property
    def services(self) -> list[Pod]:
        return [pod for pod in self.pods if pod.labels[COMPONENT] == "service"]

    def environment(self, pod: Pod) -> dict[str, str]:
        """What the kubelet would tell the process."""
        told: dict[str, str] = {}
        for source in pod.container.get("envFrom", []):
            configured = self.one("ConfigMap", source["configMapRef"]["name"])
            told |= configured.get("data", {}) if configured else {}
        return told


def alert_rules() -> list[dict]:
    """What `k8s/rules` prints."""
    if not (ROOT / "deploy" / "prometheus" / "rules").exists():
        return []
    printed = subprocess.run([ROOT / "k8s" / "rules"], capture_output=True, text=True, check=True, timeout=30).stdout
    return [each for each in yaml.safe_load_all(printed) if each]


def matches(selector: dict, labels: dict) -> bool:
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


def broker_values(overlay: str = "prod") -> dict:
    """What the chart is given for an overlay: a second file of values over the first, as Helm lays them."""
    values = yaml.safe_load(read("k8s/engines/nats/values.yaml"))
    return _over(values, yaml.safe_load(read("k8s/engines/nats/values-dev.yaml"))) if overlay == "dev" else values


def _over(below, above):
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return {**below, **{key: _over(below.get(key), value) for key, value in above.items()}}


def table(rows: list[list]) -> str:
    """Markdown; the first row is the head."""
    head, *body = [[str(cell) for cell in row] for row in rows]
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def written(name: str) -> tuple[str, str, str]:
    """What stands before, between and after the marks of a table in the README."""
    pattern = rf"(?s)(.*<!-- {name} -->\n)(.*?)(\n<!-- end -->.*)"
    found = re.fullmatch(pattern, read("k8s/README.md"))
    if not found:
        raise SystemExit(f"k8s/README.md has no table {name}")
    return found.groups()


def show(value) -> str:
    return json.dumps(value, sort_keys=True)[:300]
