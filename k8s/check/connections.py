"""Connections to PostgreSQL: what all replicas may open at once fits into `max_connections`."""

from collections.abc import Iterator

from cluster import Cluster, table

# While a rollout lasts, every old replica may still be draining beside the one that follows it.
ROLLOUT = 2
# For CloudNativePG, exporters, and people who look.
KEPT = 20


def the_pools_of_all_replicas_fit(cluster: Cluster) -> Iterator[str]:
    needed, most = _needed(cluster), _most(cluster)
    if needed > most:
        yield f"{needed} connections, max_connections is {most}"


def what_all_roles_may_open_fits(cluster: Cluster) -> Iterator[str]:
    # Else one that takes its whole share leaves nothing for another's.
    together = sum(limit for name, limit in _limits(cluster).items() if name != "monitor") + KEPT
    if together > _most(cluster):
        yield f"roles may open {together}, max_connections is {_most(cluster)}"


def each_role_may_open_what_its_replicas_need(cluster: Cluster) -> Iterator[str]:
    limits = _limits(cluster)
    for name, pool, replicas in _pools(cluster):
        if limits.get(name, 0) < pool * replicas * ROLLOUT:
            yield f"{name} needs {pool * replicas * ROLLOUT}, its role may open {limits.get(name)}"


def _pools(cluster: Cluster) -> list[tuple[str, int, int]]:
    """Each service with a database: its pool, and the most replicas that its autoscaler makes."""
    found = []
    for pod in cluster.services:
        told = cluster.environment(pod)
        if "SPOTTER_DATABASE_URL_FILE" in told:
            scaler = cluster.one("HorizontalPodAutoscaler", pod.name)
            found.append((pod.name, int(told["SPOTTER_DATABASE_CONNECTIONS"]), scaler["spec"]["maxReplicas"]))
    return found


def _limits(cluster: Cluster) -> dict[str, int]:
    return {role["name"]: role["connectionLimit"] for role in cluster.one("Cluster", "postgres")["spec"]["managed"]["roles"]}


def _owners(cluster: Cluster) -> int:
    services = {name for name, _, _ in _pools(cluster)}
    return sum(limit for name, limit in _limits(cluster).items() if name not in services | {"monitor"})


def _most(cluster: Cluster) -> int:
    return int(cluster.one("Cluster", "postgres")["spec"]["postgresql"]["parameters"]["max_connections"])


def _needed(cluster: Cluster) -> int:
    return sum(pool * replicas * ROLLOUT for _, pool, replicas in _pools(cluster)) + _owners(cluster) + KEPT


def connections(*clusters: Cluster) -> str:
    rows = [["overlay", "who", "pool", "replicas at most", "while a rollout drains", "connections"]]
    for cluster in clusters:
        for name, pool, replicas in _pools(cluster):
            rows.append([cluster.overlay, f"`{name}`", pool, replicas, f"× {ROLLOUT}", pool * replicas * ROLLOUT])
        rows.append([cluster.overlay, "owners of the schemas: migrations, tools", "", "", "", _owners(cluster)])
        rows.append([cluster.overlay, "CloudNativePG, exporters, people", "", "", "", KEPT])
        rows.append([cluster.overlay, f"**together, of `max_connections` {_most(cluster)}**", "", "", "", f"**{_needed(cluster)}**"])
    return table(rows)


RULES = [the_pools_of_all_replicas_fit, what_all_roles_may_open_fits, each_role_may_open_what_its_replicas_need]
