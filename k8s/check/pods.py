"""What holds for every pod: contained, asked on the right port, and given the time that its drain takes."""

from collections.abc import Iterator

from cluster import ALONE, COMPONENT, EXPORTER, Cluster, Pod, broker_values, matches, show

# Those that Pod Security's `restricted` allows and we use.
VOLUMES = {"configMap", "emptyDir", "projected", "secret"}
# `boot` says goodbye for three seconds after the drain, and its runtime for one.
GOODBYE = 5
# Cores that all of `dev` may ask for: half of a small machine's.
ONE_NODE = 1


def every_pod_is_restricted(cluster: Cluster) -> Iterator[str]:
    for pod in cluster.pods:
        for field in ("hostNetwork", "hostPID", "hostIPC", "initContainers", "ephemeralContainers"):
            if pod.spec.get(field):
                yield f"{pod.name}: {field}"
        yield from (f"{pod.name}: {complaint}" for complaint in _unrestricted(pod.spec, pod.container))
        for volume in pod.spec.get("volumes", []):
            if not set(volume) - {"name"} <= VOLUMES:
                yield f"{pod.name}: volume {show(volume)}"
        if any("hostPort" in port for port in pod.container.get("ports", [])):
            yield f"{pod.name}: hostPort"


def the_brokers_pods_are_restricted(_: Cluster) -> Iterator[str]:
    values = broker_values()
    spec = values["podTemplate"]["merge"]["spec"]
    for name in ("container", "reloader"):
        yield from (f"{name}: {complaint}" for complaint in _unrestricted(spec, values[name].get("merge", {})))
    if spec.get("automountServiceAccountToken") is not False:
        yield "a token is mounted"
    # Every metric has a panel or does not exist, and none of theirs has one.
    for name in ("promExporter", "natsBox"):
        if values[name].get("enabled") is not False:
            yield f"{name} runs beside the broker"


def _unrestricted(spec: dict, container: dict) -> Iterator[str]:
    whole, own = spec.get("securityContext", {}), container.get("securityContext", {})
    if whole.get("runAsNonRoot") is not True or not whole.get("runAsUser"):
        yield "may be root"
    if whole.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "no seccomp profile"
    if own.get("allowPrivilegeEscalation") is not False or own.get("privileged"):
        yield "may become more than it is"
    if own.get("capabilities") != {"drop": ["ALL"]}:
        yield "keeps capabilities"
    if own.get("readOnlyRootFilesystem") is not True:
        yield "may write to its image"


def no_pod_holds_a_token_of_the_cluster(cluster: Cluster) -> Iterator[str]:
    accounts = {each["metadata"]["name"]: each for each in cluster.all("ServiceAccount")}
    used = [pod.spec.get("serviceAccountName") for pod in cluster.pods]
    for pod in cluster.pods:
        account = accounts.get(pod.spec.get("serviceAccountName"))
        if account is None:
            yield f"{pod.name}: no account of its own"
        elif account.get("automountServiceAccountToken") is not False:
            yield f"{pod.name}: its account mounts tokens"
        elif used.count(account["metadata"]["name"]) > 1:
            yield f"{pod.name}: shares its account"
        if pod.spec.get("automountServiceAccountToken") is not False:
            yield f"{pod.name}: mounts a token"


def the_namespace_refuses_what_is_not_restricted(cluster: Cluster) -> Iterator[str]:
    namespaces = cluster.all("Namespace")
    for each in namespaces:
        if each["metadata"].get("labels", {}).get("pod-security.kubernetes.io/enforce") != "restricted":
            yield each["metadata"]["name"]
    names = {each["metadata"]["name"] for each in namespaces}
    for each in cluster.objects:
        if each["kind"] != "Namespace" and each["metadata"].get("namespace") not in names:
            yield f"{each['kind']} {each['metadata']['name']} is in another namespace"


def services_are_asked_on_the_internal_port(cluster: Cluster) -> Iterator[str]:
    asked = {"startupProbe": "/healthz", "readinessProbe": "/readyz", "livenessProbe": "/healthz"}
    for pod in cluster.services:
        for probe, path in asked.items():
            seen = pod.container.get(probe, {}).get("httpGet", {})
            if seen.get("path") != path or _number(pod, seen.get("port")) != 9090:
                yield f"{pod.name}: {probe} {show(seen)}"


def everything_that_is_deployed_is_asked(cluster: Cluster) -> Iterator[str]:
    for pod in cluster.pods:
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            if pod.kind == "Deployment" and probe not in pod.container:
                yield f"{pod.name}: no {probe}"


def no_public_service_shows_the_internal_port(cluster: Cluster) -> Iterator[str]:
    for service in cluster.all("Service"):
        for port in service["spec"]["ports"]:
            for pod in _chosen(cluster, service):
                if _number(pod, port["targetPort"]) == 9090:
                    yield f"{service['metadata']['name']}: {show(port)}"


def a_pod_has_the_time_that_its_drain_takes(cluster: Cluster) -> Iterator[str]:
    for pod in cluster.services:
        waits = pod.container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        readiness = pod.container["readinessProbe"]
        noticed = readiness["periodSeconds"] * readiness["failureThreshold"]
        if waits <= noticed:
            yield f"{pod.name}: ends {waits} s after it was told, and is noticed after {noticed}"
        needed = waits + int(cluster.environment(pod).get("SPOTTER_DRAIN_SECONDS", 20)) + GOODBYE
        given = pod.spec.get("terminationGracePeriodSeconds", 30)
        # More would only keep a replica that hangs.
        if not needed <= given <= needed + 60:
            yield f"{pod.name}: is given {given} s, and needs {needed}"


def a_migration_outlasts_a_slow_first_start(cluster: Cluster) -> Iterator[str]:
    for each in cluster.all("Job"):
        spec = each["spec"]
        # The controller's own pauses between tries: twice as long each time, six minutes at most.
        pauses = sum(min(10 * 2**tried, 360) for tried in range(spec["backoffLimit"]))
        if pauses < spec["activeDeadlineSeconds"]:
            yield f"{each['metadata']['name']}: gives up after {pauses} s when nobody answers, and may take {spec['activeDeadlineSeconds']}"
        ends = [rule["onExitCodes"]["values"] for rule in spec["podFailurePolicy"]["rules"] if rule["action"] == "FailJob"]
        if ends != [[64]]:
            yield f"{each['metadata']['name']}: goes on after a mistake in its settings"


def a_rollout_takes_nobody_before_the_next_is_ready(cluster: Cluster) -> Iterator[str]:
    for each in cluster.all("Deployment"):
        if each["spec"].get("strategy", {}).get("rollingUpdate", {}).get("maxUnavailable") != 0:
            yield each["metadata"]["name"]


def every_container_is_bounded(cluster: Cluster) -> Iterator[str]:
    for pod in cluster.pods:
        resources = pod.container.get("resources", {})
        if not {"cpu", "memory"} <= set(resources.get("requests", {})) or "memory" not in resources.get("limits", {}):
            yield f"{pod.name}: {show(resources)}"
        for volume in pod.spec.get("volumes", []):
            if "emptyDir" in volume and "sizeLimit" not in volume["emptyDir"]:
                yield f"{pod.name}: {volume['name']} has no end"


def every_image_is_of_one_release(cluster: Cluster) -> Iterator[str]:
    ours = [pod for pod in cluster.pods if pod.labels[COMPONENT] != EXPORTER]
    tags = {pod.container["image"].rpartition(":")[2] for pod in ours}
    if len(tags) > 1:
        yield f"tags {sorted(tags)}"
    for pod in cluster.pods:
        image, _, tag = pod.container["image"].rpartition(":")
        if not image or "/" in tag or tag == "latest":
            yield f"{pod.name}: {pod.container['image']}"


def replicas_are_spread(cluster: Cluster) -> Iterator[str]:
    for pod in cluster.pods:
        keys = {one["topologyKey"] for one in pod.spec.get("topologySpreadConstraints", []) if matches(one["labelSelector"], pod.labels)}
        if pod.kind == "Deployment" and pod.labels[COMPONENT] not in ALONE and keys != {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}:
            yield f"{pod.name}: over {sorted(keys)}"


def one_node_is_room_enough_for_dev(cluster: Cluster) -> Iterator[str]:
    if cluster.overlay != "dev":
        return
    broker = broker_values("dev")
    spreads = {"the broker": [*broker["podTemplate"]["topologySpreadConstraints"].values()]}
    spreads |= {pod.name: pod.spec.get("topologySpreadConstraints", []) for pod in cluster.pods}
    yield from (f"{name} waits for a second node or a zone" for name, all_of in spreads.items() if any(one["whenUnsatisfiable"] == "DoNotSchedule" for one in all_of))
    postgres = cluster.one("Cluster", "postgres")["spec"]
    if postgres["instances"] > 1 and postgres["affinity"].get("podAntiAffinityType") == "required":
        yield "postgres waits for a second node or a zone"
    asked = [(broker["container"]["merge"]["resources"], broker["config"]["cluster"]["replicas"]), (postgres["resources"], postgres["instances"])]
    for pod in cluster.pods:
        scaler = cluster.one("HorizontalPodAutoscaler", pod.name)
        asked.append((pod.container["resources"], scaler["spec"]["maxReplicas"] if scaler else 1))
    together = sum(_cores(resources["requests"]["cpu"]) * count for resources, count in asked)
    if together > ONE_NODE:
        yield f"{together:.2f} cores are asked for"


def _cores(quantity) -> float:
    text = str(quantity)
    return float(text[:-1]) / 1000 if text.endswith("m") else float(text)


def _number(pod: Pod, port) -> int | None:
    return pod.port(port) if port is not None else None


def _chosen(cluster: Cluster, service: dict) -> list[Pod]:
    return [pod for pod in cluster.pods if matches({"matchLabels": service["spec"]["selector"]}, pod.labels)]


RULES = [
    every_pod_is_restricted, the_brokers_pods_are_restricted, no_pod_holds_a_token_of_the_cluster, the_namespace_refuses_what_is_not_restricted,
    services_are_asked_on_the_internal_port, everything_that_is_deployed_is_asked, no_public_service_shows_the_internal_port,
    a_pod_has_the_time_that_its_drain_takes, a_migration_outlasts_a_slow_first_start, a_rollout_takes_nobody_before_the_next_is_ready, every_container_is_bounded,
    every_image_is_of_one_release, replicas_are_spread, one_node_is_room_enough_for_dev,
]
