//! A service that is added is added everywhere.

use serde_json::Value;

use super::files::{read, tracked};
use super::manifests::{containers, document, documents, services};
use super::{expect_none, root};

#[test]
fn tidy_every_service_runs_in_compose() {
    let running = containers();

    expect_all("docker-compose.yml runs each of services/", |service| {
        running
            .iter()
            .any(|one| one.service == service && !one.is_migration)
    });
}

#[test]
fn tidy_every_service_has_a_deployment() {
    let listed = document("k8s/base/kustomization.yaml");

    expect_all(
        "k8s/base/<service> has its Deployment, and k8s/base names it",
        |service| {
            let deploys = |each: &Value| each["kind"] == "Deployment" && each["metadata"]["name"] == service;
            let is_named = listed["resources"].as_array().unwrap().contains(&service.into());
            is_named && objects(service).iter().any(deploys)
        },
    );
}

#[test]
fn tidy_every_service_has_a_user_at_the_broker() {
    let users = read("deploy/nats/users.conf");

    expect_all("deploy/nats/users.conf names each service", |service| {
        users
            .lines()
            .any(|line| line.trim() == format!("user: {service}"))
    });
}

#[test]
fn tidy_every_service_has_a_role_in_the_database_or_is_said_to_have_none() {
    let roles = read("deploy/postgres/roles.sql");
    let words = read("deploy/postgres/README.md");

    expect_all(
        "deploy/postgres names each service that has migrations, and says who has no role",
        |service| {
            let keeps = root().join("services").join(service).join("migrations").is_dir();
            let has_role = roles.contains(&format!("'{service}']"));
            let has_none = words.contains(&format!("The {service} has no role"));
            has_role == keeps && has_none != keeps
        },
    );
}

#[test]
fn tidy_every_service_that_migrates_does_so_everywhere() {
    let running = containers();

    expect_all(
        "who has migrations has a Job in k8s/base and a container in compose",
        |service| {
            let keeps = root().join("services").join(service).join("migrations").is_dir();
            let in_cluster = objects(service).iter().any(|each| each["kind"] == "Job");
            let in_compose = running
                .iter()
                .any(|one| one.service == service && one.is_migration);
            in_cluster == keeps && in_compose == keeps
        },
    );
}

#[test]
fn tidy_every_service_is_scraped() {
    let prometheus = document("deploy/prometheus/prometheus.yml");
    let jobs = prometheus["scrape_configs"].as_array().unwrap();

    expect_all(
        "deploy/prometheus/prometheus.yml scrapes each service",
        |service| jobs.iter().any(|job| job["job_name"] == service),
    );
}

#[test]
fn tidy_every_service_is_in_the_map() {
    let map = read("README.md");

    expect_all("README.md has a row for each service", |service| {
        map.contains(&format!(
            "\n| [services/{service}](services/{service}/README.md) |"
        ))
    });
}

/// Every service for which `is_there` says no.
fn expect_all(rule: &str, is_there: impl Fn(&str) -> bool) {
    expect_none(rule, services().into_iter().filter(|service| !is_there(service)));
}

/// What the cluster is told of a service.
fn objects(service: &str) -> Vec<Value> {
    let files = tracked(&format!("k8s/base/{service}/*.yaml"));
    files.iter().flat_map(|path| documents(path)).collect()
}
