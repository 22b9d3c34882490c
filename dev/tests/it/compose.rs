//! `docker-compose.yml`: accepted as it stands, contained, explained, with secrets that stay secret.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use sandbox::{Scratch, workspace};
use serde_json::Value;

/// What `docker compose` itself reads from .env.
const OF_COMPOSE: [&str; 2] = ["COMPOSE_PROJECT_NAME", "COMPOSE_PROFILES"];
/// Who has no program to ask with in its image, or nothing to be asked: what fails there is seen elsewhere.
const UNASKED: [&str; 5] = ["demo", "collector", "tempo", "loki", "postgres-exporter"];
/// What a copy of the project needs that has nothing else.
const FILES: [&str; 3] = ["docker-compose.yml", ".env.example", "deploy/secrets"];

#[test]
fn compose_takes_the_file_as_it_stands_after_secrets_are_made() {
    let project = project();

    let services = resolved(project.path());

    for name in [
        "edge",
        "gateway-1",
        "gateway-2",
        "chat-history-1",
        "chat-history-2",
        "postgres",
        "nats-3",
    ] {
        assert!(services.contains_key(name), "{name} in {:?}", services.keys());
    }
}

#[test]
fn every_container_is_contained() {
    let project = project();

    for (name, service) in resolved(project.path()) {
        assert_eq!(service["read_only"], true, "{name} may write its image");
        assert_eq!(service["cap_drop"][0], "ALL", "{name} has capabilities");
        assert_eq!(
            service["security_opt"][0], "no-new-privileges:true",
            "{name} may gain privileges"
        );
        for limit in ["mem_limit", "cpus", "pids_limit"] {
            assert!(!service[limit].is_null(), "{name} has no {limit}");
        }
        let runs_once = service["restart"] == "on-failure";
        let is_looked_at = !service["healthcheck"]["test"].is_null();
        assert!(
            runs_once || is_looked_at || UNASKED.contains(&name.as_str()),
            "nobody asks {name} how it is"
        );
    }
}

#[test]
fn every_image_of_ours_is_built_once() {
    let project = project();

    let mut built: BTreeMap<String, usize> = BTreeMap::new();
    for service in resolved(project.path()).values() {
        let image = service["image"].as_str().unwrap_or_default().to_owned();
        if image.starts_with("spotter/") {
            *built.entry(image).or_default() += usize::from(!service["build"].is_null());
        }
    }

    // Two who build the same image at once are in each other's way.
    assert!(
        built.len() > 5 && built.values().all(|times| *times == 1),
        "{built:?}"
    );
}

#[test]
fn every_setting_is_explained_with_the_value_it_has_without_one() {
    let read = read("docker-compose.yml");
    let example = read_example();

    let used = used(&read);
    let explained: BTreeSet<&str> = example.keys().map(String::as_str).collect();
    let unexplained: Vec<_> = used.keys().filter(|name| !explained.contains(**name)).collect();
    assert_eq!(unexplained, Vec::<&&str>::new(), "missing in .env.example");
    for (name, value) in &example {
        let default = used.get(name.as_str());
        assert!(
            default.is_some() || OF_COMPOSE.contains(&name.as_str()) || passed_on(&read, name),
            "{name} is read by nobody"
        );
        if let Some(default) = default {
            assert_eq!(value, default, "{name} in .env.example");
        }
    }
}

#[test]
fn secrets_are_made_once_for_their_owner_alone_and_never_committed() {
    let project = project();
    let before = secrets(project.path());

    make_secrets(project.path());

    assert_eq!(secrets(project.path()), before);
    assert!(before.len() > 20, "{:?}", before.keys());
    for name in before.keys() {
        let mode = fs::metadata(project.path().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o177, 0, "{name} is readable by others");
    }
    let ignored = run(workspace(), "git", &["check-ignore", ".secrets/s3", ".env"]);
    assert_eq!(String::from_utf8(ignored.stdout).unwrap(), ".secrets/s3\n.env\n");
}

/// A copy of what a person who starts it has, with secrets made.
fn project() -> Scratch {
    let scratch = Scratch::new("compose").unwrap();
    for file in FILES {
        let to = scratch.path().join(file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(workspace().join(file), to).unwrap();
    }
    make_secrets(scratch.path());
    scratch
}

fn make_secrets(project: &Path) {
    let made = run(project, "deploy/secrets", &[]);
    assert!(made.status.success(), "{made:?}");
}

/// Every secret with its content, by its path.
fn secrets(project: &Path) -> BTreeMap<String, Vec<u8>> {
    let find = run(project, "find", &[".secrets", ".env", "-type", "f"]);
    let names = String::from_utf8(find.stdout).unwrap();
    names
        .lines()
        .map(|name| (name.to_owned(), fs::read(project.join(name)).unwrap()))
        .collect()
}

/// The services as compose understands them, of every profile.
fn resolved(project: &Path) -> BTreeMap<String, Value> {
    let profiles = [
        "--profile",
        "demo",
        "--profile",
        "canary",
        "--profile",
        "observe",
        "config",
    ];
    // Compose v2 prints JSON; what 1.29.2 prints is read by the Python that it brings.
    let json = run(
        project,
        "docker-compose",
        &[&profiles[..], &["--format", "json"]].concat(),
    );
    if let Ok(mut whole) = serde_json::from_slice::<Value>(&json.stdout) {
        return serde_json::from_value(whole["services"].take()).unwrap();
    }
    let yaml = run(project, "docker-compose", &profiles);
    assert!(yaml.status.success(), "{}", String::from_utf8_lossy(&yaml.stderr));
    fs::write(project.join("resolved.yml"), yaml.stdout).unwrap();
    let script = "import json, yaml; print(json.dumps(yaml.safe_load(open('resolved.yml'))['services']))";
    let converted = run(project, "python3", &["-c", script]);
    assert!(converted.status.success(), "{converted:?}");
    serde_json::from_slice(&converted.stdout).unwrap()
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> Output {
    // A script by its shell: another test that starts a process at this moment may still hold the copy open.
    let mut command = if program.contains('/') {
        let mut shell = Command::new("bash");
        shell.arg(folder.join(program));
        shell
    } else {
        Command::new(program)
    };
    command.args(arguments).current_dir(folder);
    command
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}; `dev/setup tests` installs it"))
}

/// Names in `${NAME:-default}`, with their defaults.
fn used(text: &str) -> BTreeMap<&str, &str> {
    let references = text.split("${").skip(1);
    references
        .map(|reference| reference.split('}').next().unwrap())
        .map(|reference| reference.split_once(":-").unwrap_or((reference, "")))
        .collect()
}

/// Whether services get it just as it is: `NAME:` without a value.
fn passed_on(text: &str, name: &str) -> bool {
    text.lines().any(|line| line.trim() == format!("{name}:"))
}

/// `NAME=value` of .env.example; a value that is commented out is explained as well.
fn read_example() -> BTreeMap<String, String> {
    let text = read(".env.example");
    let lines = text.lines().filter_map(|line| {
        let (name, value) = line.trim_start_matches('#').split_once('=')?;
        let is_name = name
            .chars()
            .all(|c| c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit());
        is_name.then(|| (name.to_owned(), value.to_owned()))
    });
    lines.collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(workspace().join(path)).unwrap()
}
