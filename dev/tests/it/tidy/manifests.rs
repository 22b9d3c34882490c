//! What the manifests say, of the cluster and of compose, as far as house rules ask for it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::files::{read, tracked};
use super::root;

/// What a process is told, by variable.
pub type Environment = BTreeMap<String, String>;

/// The programs in `services/`.
pub fn services() -> Vec<String> {
    let folders = std::fs::read_dir(root().join("services")).unwrap();
    let mut names: Vec<String> = folders
        .map(|folder| folder.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Every document of a YAML file.
pub fn documents(path: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(&read(path)).unwrap()
}

pub fn document(path: &str) -> Value {
    documents(path).swap_remove(0)
}

/// One container of compose that runs a program of ours.
pub struct Container {
    pub name: String,
    /// Whose image it is.
    pub service: String,
    pub is_migration: bool,
    pub environment: Environment,
}

/// The containers of `docker-compose.yml` that run one of `services/`.
pub fn containers() -> Vec<Container> {
    let compose = document("docker-compose.yml");
    let all = compose["services"].as_object().unwrap().iter();
    let ours = all.filter_map(|(name, container)| {
        let image = container["image"].as_str()?.strip_prefix("spotter/")?;
        let service = image.split(':').next()?.to_owned();
        let arguments = container["command"].as_array().cloned().unwrap_or_default();
        services().contains(&service).then(|| Container {
            name: name.clone(),
            service,
            is_migration: arguments.contains(&"--migrate".into()),
            environment: environment(&container["environment"]),
        })
    });
    ours.collect()
}

/// What compose tells a container, with every setting of `.env` left out.
fn environment(told: &Value) -> Environment {
    let told = told.as_object().into_iter().flatten();
    // A variable without a value is handed over where there is one.
    let told = told.filter(|(_, value)| !value.is_null());
    told.map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (name.clone(), interpolated(&value))
    })
    .collect()
}

/// `${NAME:-default}` as compose reads it where nobody says more.
fn interpolated(value: &str) -> String {
    let (mut told, mut rest) = (String::new(), value);
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').unwrap();
        told += before;
        told += name.split_once(":-").map_or("", |(_, default)| default);
        rest = after;
    }
    told + rest
}

/// The overlays of the cluster's manifests.
pub fn overlays() -> Vec<String> {
    let files = tracked("k8s/overlays/*/kustomization.yaml");
    files
        .iter()
        .map(|path| path.split('/').nth(2).unwrap().to_owned())
        .collect()
}

/// What an overlay tells a service: its own settings over those of all, the overlay's over the base's.
pub fn settings(overlay: &str, service: &str) -> Environment {
    let files = [
        "k8s/base/spotter.env".to_owned(),
        format!("k8s/overlays/{overlay}/spotter.env"),
        format!("k8s/base/{service}/{service}.env"),
        format!("k8s/overlays/{overlay}/{service}.env"),
    ];
    let there = files.iter().filter(|path| root().join(path).is_file());
    there.flat_map(|path| lines(path)).collect()
}

/// The variables of an `.env` file.
pub fn lines(path: &str) -> Environment {
    let text = read(path);
    let told = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    told.map(|line| {
        let (name, value) = line.split_once('=').unwrap();
        (name.to_owned(), value.to_owned())
    })
    .collect()
}

#[test]
fn a_setting_that_nobody_makes_has_its_default() {
    assert_eq!(interpolated("${FRONT:-172.30.73}.2 ${MORE}!"), "172.30.73.2 !");
}
