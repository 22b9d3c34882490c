"""The database that is made from its backups: prod's own, but for where it comes from and who may come in."""

from collections.abc import Iterator

from cluster import Cluster, rendered

FOLDER = "k8s/engines/postgres-recovery"
ARCHIVER = "barman-cloud.cloudnative-pg.io"


def _restored() -> dict:
    [found] = [each for each in rendered(FOLDER) if each["kind"] == "Cluster"]
    return found["spec"]


def a_restored_database_is_prods_own(prod: Cluster) -> Iterator[str]:
    wanted, made = prod.one("Cluster", "postgres")["spec"], _restored()
    for field in sorted((set(wanted) | set(made)) - {"bootstrap", "externalClusters", "plugins", "managed"}):
        if wanted.get(field) != made.get(field):
            yield f"`{field}` differs"


def it_reads_what_prod_writes_and_writes_elsewhere(prod: Cluster) -> Iterator[str]:
    made = _restored()
    source = {each["name"]: each["plugin"]["parameters"] for each in made["externalClusters"]}[made["bootstrap"]["recovery"]["source"]]
    written, next_one = _archive(prod.one("Cluster", "postgres")["spec"]), _archive(made)
    if source != written:
        yield f"it reads {source}, prod writes {written}"
    if next_one["serverName"] == written["serverName"]:
        yield f"it writes over the log that it came from: {next_one}"
    if "initdb" in made["bootstrap"]:
        yield "it begins empty"


def nobody_comes_in_before_the_epoch_is_another(prod: Cluster) -> Iterator[str]:
    services = {pod.name for pod in prod.services}
    for role in _restored()["managed"]["roles"]:
        if role["login"] == (role["name"] in services):
            yield f"{role['name']}: login {role['login']}"


def _archive(spec: dict) -> dict:
    [parameters] = [each["parameters"] for each in spec["plugins"] if each["name"] == ARCHIVER]
    return parameters


RULES = [a_restored_database_is_prods_own, it_reads_what_prod_writes_and_writes_elsewhere, nobody_comes_in_before_the_epoch_is_another]
