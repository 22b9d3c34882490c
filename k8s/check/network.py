"""Who may speak to whom, read from both ends of each NetworkPolicy."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from cluster import CANARY, COMPONENT, EXPORTER, Cluster, Pod, matches, read, table

# Pods that operators make, not we; their labels are what their operators give them.
ENGINES = [
    Pod("Engine", "postgres", {"cnpg.io/cluster": "postgres"}, {"containers": [{}]}),
    Pod("Engine", "nats", {"app.kubernetes.io/name": "nats"}, {"containers": [{}]}),
]
OUTSIDE = "addresses outside"
# What a service is told of, and where it must reach for it.
EDGE = "namespaces spotter/edge=true"
OBSERVABILITY = "namespaces spotter/observability=true"
TOLD = {
    "SPOTTER_NATS_URL": ("nats", 4222),
    "SPOTTER_DATABASE_URL_FILE": ("postgres", 5432),
    "DATA_SOURCE_URI": ("postgres", 5432),
    "SPOTTER_OTLP_ENDPOINT": (OBSERVABILITY, 4317),
    "SPOTTER_S3_ENDPOINT": (OUTSIDE, 443),
    "SPOTTER_JWT_JWKS_URL": (OUTSIDE, 443),
    "SPOTTER_CANARY_SOCKETS": (OUTSIDE, 443),
}

Ends = set[tuple[str, str, int]]


class Network:
    def __init__(self, cluster: Cluster):
        self.cluster = cluster
        self.pods = [*cluster.pods, *ENGINES]
        self.ours = {pod.name for pod in self.pods}
        self.out: Ends = set()
        self.into: Ends = set()
        for policy in cluster.all("NetworkPolicy"):
            if policy["metadata"]["name"] not in ("nobody", "names"):
                self._add(policy["spec"])

    def _add(self, spec: dict) -> None:
        for own in self._chosen(spec["podSelector"]):
            for rule in spec.get("egress", []):
                for other in self._others(rule.get("to", [])):
                    self.out |= {(own.name, other, self._port(other, port)) for port in rule["ports"]}
            for rule in spec.get("ingress", []):
                for other in self._others(rule.get("from", [])):
                    self.into |= {(other, own.name, own.port(port["port"])) for port in rule["ports"]}

    def _chosen(self, selector: dict) -> list[Pod]:
        # Pods of ours carry the part they are of; engines are known by their own labels alone.
        return [pod for pod in self.pods if matches(selector, pod.labels)]

    def _others(self, peers: list[dict]) -> Iterator[str]:
        for peer in peers:
            if "ipBlock" in peer:
                yield OUTSIDE
            elif "namespaceSelector" in peer:
                [(key, value)] = peer["namespaceSelector"]["matchLabels"].items()
                yield f"namespaces {key}={value}"
            else:
                yield from (pod.name for pod in self._chosen(peer["podSelector"]))

    def _port(self, other: str, port: dict) -> int:
        return next((pod.port(port["port"]) for pod in self.pods if pod.name == other), port["port"])

    def edges(self) -> Ends:
        """Those between two of ours that both ends allow, and those of one with somebody else."""
        return (self.out & self.into) | {edge for edge in self.out | self.into if not {edge[0], edge[1]} <= self.ours}


def nobody_speaks_unless_it_is_written(cluster: Cluster) -> Iterator[str]:
    nobody = cluster.one("NetworkPolicy", "nobody")
    if nobody is None or nobody["spec"] != {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}:
        yield "there is no policy that denies everything"
    for each in cluster.all("NetworkPolicy"):
        spec = each["spec"]
        for rule in spec.get("ingress", []) + spec.get("egress", []):
            if not (rule.get("from") or rule.get("to")) or not rule.get("ports"):
                yield f"{each['metadata']['name']}: a rule for everybody or every port"
            if any(port.get("endPort") for port in rule.get("ports", [])):
                yield f"{each['metadata']['name']}: a range of ports"


def both_ends_of_an_edge_agree(cluster: Cluster) -> Iterator[str]:
    network = Network(cluster)
    for edge in sorted(network.out ^ network.into, key=str):
        if {edge[0], edge[1]} <= network.ours:
            missing = "into" if edge in network.out else "out of"
            yield f"{edge[0]} → {edge[1]}:{edge[2]} is allowed at one end; nothing lets it {missing} the other"


def a_service_reaches_what_it_is_told_of_and_nothing_else(cluster: Cluster) -> Iterator[str]:
    network = Network(cluster)
    for pod in cluster.pods:
        told = cluster.environment(pod)
        wanted = {_place(place, told[variable]) for variable, place in TOLD.items() if variable in told}
        # The edge's public address leads to its pods, inside of their own cluster.
        wanted |= {(EDGE, 10443)} if pod.labels[COMPONENT] == CANARY else set()
        # It opens its database, and nothing else, whatever else it could read.
        wanted = wanted & {TOLD["SPOTTER_DATABASE_URL_FILE"]} if pod.kind == "Job" else wanted
        seen = {(other, port) for own, other, port in network.out if own == pod.name}
        if seen != wanted:
            yield f"{pod.name}: may reach {sorted(seen)}, is told of {sorted(wanted)}"


def _place(place: tuple[str, int], value: str) -> tuple[str, int]:
    """An address outside says itself at which port it is."""
    name, usual = place
    url = urlsplit(value) if name == OUTSIDE else None
    return (name, url.port or {"http": 80, "ws": 80}.get(url.scheme, usual)) if url else place


def only_the_edge_and_prometheus_reach_a_service(cluster: Cluster) -> Iterator[str]:
    network = Network(cluster)
    for pod in cluster.pods:
        wanted = {"service": {(EDGE, 8080), (OBSERVABILITY, 9090)}, "web": {(EDGE, 8080)}, CANARY: {(OBSERVABILITY, 9090)}, EXPORTER: {(OBSERVABILITY, 9187)}}.get(pod.labels[COMPONENT], set())
        seen = {(other, port) for other, own, port in network.into if own == pod.name}
        if seen != wanted:
            yield f"{pod.name}: is reached by {sorted(seen)}"


def who_has_a_user_reaches_the_broker_and_nobody_else(cluster: Cluster) -> Iterator[str]:
    # An operator looks in by a forwarded port, which no policy sees.
    users = set(re.findall(r"user: ([\w-]+)", read("deploy/nats/users.conf"))) - {"operator"}
    wanted = {f"namespaces spotter/{user}=true" if user == "platform" else user for user in users}
    seen = {other for other, own, port in Network(cluster).into if (own, port) == ("nats", 4222)}
    if seen != wanted:
        yield f"{sorted(seen)} reach it, {sorted(wanted)} have users"


def edges(cluster: Cluster) -> str:
    found: dict[tuple[str, str], list[str]] = {}
    for source, target, port in Network(cluster).edges():
        found.setdefault((target, f"{port}"), []).append(source)
    rows = [[target, port, ", ".join(sorted(sources))] for (target, port), sources in sorted(found.items())]
    return table([["to", "port", "from"], *rows])


RULES = [nobody_speaks_unless_it_is_written, both_ends_of_an_edge_agree, a_service_reaches_what_it_is_told_of_and_nothing_else, only_the_edge_and_prometheus_reach_a_service, who_has_a_user_reaches_the_broker_and_nobody_else]
