"""Checks the manifests without a cluster: schemas, house rules, and the tables of k8s/README.md.

    .dev/k8s/bin/python k8s/check/run.py [--update]
"""

import sys

sys.dont_write_bytecode = True  # leaves the checkout clean

import argparse
from collections.abc import Callable

import connections
import network
import pods
import recovery
import schemas
import wiring
from cluster import ROOT, Cluster, alert_rules, rendered, show, written

RULES = [*pods.RULES, *wiring.RULES, *network.RULES, *connections.RULES]


class Report:
    def __init__(self):
        self.passed, self.failed = 0, 0

    def add(self, promise: str, complaints: list[str]) -> None:
        if not complaints:
            self.passed += 1
            return
        self.failed += 1
        print(f"  FAIL  {promise}")
        for complaint in complaints:
            print(f"        {complaint}")


def held(rule: Callable, cluster: Cluster) -> list[str]:
    """What the rule has to complain of; that it cannot be asked at all is a complaint too."""
    try:
        return list(rule(cluster))
    except Exception as error:  # noqa: BLE001 a manifest may lack anything
        return [f"cannot be told: {type(error).__name__}: {error}"]


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--update", action="store_true", help="write the tables of k8s/README.md")
    chosen = arguments.parse_args()

    clusters = [Cluster(path.name) for path in sorted((ROOT / "k8s" / "overlays").iterdir())]
    report, seen = Report(), {}
    for cluster in clusters:
        print(f"{cluster.overlay}: {len(cluster.objects)} objects")
        for each in cluster.objects:
            # What is alike in both is asked once.
            seen.setdefault(repr(each), each)
        for rule in RULES:
            report.add(f"{cluster.overlay}: {rule.__name__.replace('_', ' ')}", held(rule, cluster))
    # Applied by hand, when it is.
    for each in rendered(recovery.FOLDER):
        seen.setdefault(repr(each), each)
    for each in seen.values():
        report.add(f"{each['kind']} {each['metadata']['name']} is as its schema says", schemas.errors(each))
    [dev, prod] = clusters
    report.add("k8s/secrets makes what dev names", held(wiring.the_script_makes_every_secret, dev))
    for rule in recovery.RULES:
        report.add(f"recovery: {rule.__name__.replace('_', ' ')}", held(rule, prod))
    # Where the rules are kept, and tried by promtool.
    for each in alert_rules():
        report.add(f"{each['kind']} {each['metadata']['name']} is as its schema says", schemas.errors(each))
    report.add("the picture in README.md has the replicas of prod", held(wiring.the_picture_counts_right, prod))
    tables(clusters, prod, report, chosen.update)
    print(f"\nk8s: {report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


def tables(clusters: list[Cluster], prod: Cluster, report: Report, update: bool) -> None:
    counted = {"secrets": wiring.secrets(prod), "edges": network.edges(prod), "connections": connections.connections(*clusters)}
    for name, wanted in counted.items():
        before, between, after = written(name)
        if update:
            (ROOT / "k8s" / "README.md").write_text(before + wanted + after)
            between = wanted
        report.add(f"the table of {name} in k8s/README.md is true", [] if between == wanted else [f"`make validate UPDATE=1` writes it; wanted {show(wanted)}"])


if __name__ == "__main__":
    sys.exit(main())
