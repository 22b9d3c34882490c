//! What a manifest sets, its program reads; what its program needs, it sets.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use sandbox::{Scratch, binary};

use super::expect_none;
use super::files::{read, tracked, variables};
use super::manifests::{Environment, containers, lines, overlays, services, settings};

/// What each service reads, by its own `--help`.
static READS: LazyLock<BTreeMap<String, BTreeSet<String>>> = LazyLock::new(|| {
    let all = services().into_iter();
    all.map(|service| {
        let help = Command::new(binary(&service)).arg("--help").output().unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        let named = help.split("[env: ").skip(1);
        let names = named.map(|rest| rest.split(['=', ']']).next().unwrap().to_owned());
        (service, names.collect())
    })
    .collect()
});

#[test]
fn tidy_a_service_is_told_only_what_it_reads() {
    let mut unread = Vec::new();
    for told in told() {
        let Told { place, service, .. } = &told;
        let names = told.environment.keys();
        let strange = names.filter(|name| !READS[service].contains(*name));
        unread.extend(strange.map(|name| format!("{place}: {service} does not read {name}")));
    }

    expect_none("each variable is in the service's --help", unread);
}

#[test]
fn tidy_a_service_starts_with_what_it_is_told() {
    // A migration looks for its database alone, and says so itself.
    let told = told().into_iter().filter(|told| !told.is_migration);
    let refusals = told.filter_map(|told| {
        let line = refusal(&told.service, &told.environment)?;
        Some(format!("{}: {}: {line}", told.place, told.service))
    });

    expect_none(
        "each variable that is required is set, and to something",
        refusals,
    );
}

#[test]
fn tidy_the_edge_in_a_cluster_is_told_only_what_its_caddyfile_reads() {
    let reads = variables(&read("deploy/edge/Caddyfile"));
    let told = lines("k8s/base/web/web.env");
    let unread = told.into_keys().filter(|name| !reads.contains(name));

    expect_none("web.env names what deploy/edge/Caddyfile has", unread);
}

#[test]
fn tidy_a_cluster_tells_a_service_everything_in_its_own_file() {
    let mut known = services();
    known.extend(["spotter".to_owned(), "web".to_owned()]);
    let files = ["k8s/base/*.env", "k8s/overlays/*.env"].map(tracked).concat();
    let strange = files.into_iter().filter(|path| {
        let name = Path::new(path).file_stem().unwrap().to_str().unwrap();
        !known.iter().any(|service| service == name)
    });
    // The broker's passwords are the values of its chart.
    let elsewhere = tracked("k8s/*.yaml").into_iter().filter(|path| {
        let names = variables(&read(path)).into_iter();
        names.filter(|name| !name.starts_with("SPOTTER_NATS_")).count() > 0
    });

    expect_none(
        "settings are in <service>.env and spotter.env",
        strange.chain(elsewhere),
    );
}

/// What somebody is told somewhere.
struct Told {
    place: String,
    service: String,
    is_migration: bool,
    environment: Environment,
}

/// Of every overlay of the cluster, and of compose.
fn told() -> Vec<Told> {
    let mut told = Vec::new();
    for overlay in overlays() {
        told.extend(services().into_iter().map(|service| Told {
            place: format!("k8s/overlays/{overlay}"),
            environment: settings(&overlay, &service),
            service,
            is_migration: false,
        }));
    }
    told.extend(containers().into_iter().map(|one| Told {
        place: format!("docker-compose.yml, {}", one.name),
        service: one.service,
        is_migration: one.is_migration,
        environment: one.environment,
    }));
    told
}

/// What a service says to its settings, when it does not take them.
///
/// Telemetry starts right after the settings were read and found good, and refuses this filter: so a
/// service that gets as far as that took them all, and ends before it looks for a broker.
fn refusal(service: &str, told: &Environment) -> Option<String> {
    let scratch = Scratch::new("told").unwrap();
    let mut command = Command::new(binary(service));
    command.env_clear();
    for (name, value) in told {
        command.env(name, mounted(scratch.path(), name).as_ref().unwrap_or(value));
    }
    command.env("SPOTTER_LOG", "=no=filter=");

    let output = command.output().unwrap();
    let line = String::from_utf8(output.stderr).unwrap();

    assert_eq!(output.status.code(), Some(64), "{service}: {line}");
    (!line.starts_with("SPOTTER_LOG: ")).then(|| line.trim_end().to_owned())
}

/// A file such as somebody would mount there.
fn mounted(folder: &Path, name: &str) -> Option<String> {
    let content = match name {
        "SPOTTER_JWT_PUBLIC_KEY_FILE" => rcgen::KeyPair::generate().unwrap().public_key_pem(),
        "SPOTTER_DATABASE_URL_FILE" => "postgres://somebody:secret@postgres/spotter".to_owned(),
        "SPOTTER_FILE_LINK_KEYS_FILE" => "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=".to_owned(),
        other => other.ends_with("_FILE").then(|| "secret".to_owned())?,
    };
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    Some(path.display().to_string())
}
