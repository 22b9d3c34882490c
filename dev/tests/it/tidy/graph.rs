use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::Value;

use super::{expect_none, output, root};

/// Families of crates that belong to one owner together with the crate named in deny.toml.
const FAMILIES: [(&str, &str); 1] = [("opentelemetry", "telemetry")];

static DENY: LazyLock<String> = LazyLock::new(|| std::fs::read_to_string(root().join("deny.toml")).unwrap());

#[test]
fn tidy_each_heavy_dependency_has_its_owners_and_no_others() {
    let mut offences = Vec::new();
    for (package, dependencies) in direct_dependencies() {
        for name in dependencies {
            let owners = bans().remove(&name).unwrap_or_default();
            if !owners.is_empty() && !owners.contains(&package) {
                offences.push(format!(
                    "{package} uses {name}, which belongs to {}",
                    owners.join(", ")
                ));
            }
        }
    }

    expect_none("deny.toml names who may use what", offences);
}

#[test]
fn tidy_opentelemetry_is_known_to_telemetry_alone() {
    let mut offences = Vec::new();
    for (package, dependencies) in direct_dependencies() {
        for (family, owner) in FAMILIES {
            // Tests receive traces: they know the wire format, and no service links it.
            let known = dependencies
                .iter()
                .filter(|name| name.starts_with(family) && *name != "opentelemetry-proto");
            if package != owner && known.count() > 0 {
                offences.push(format!("{package} uses {family}"));
            }
        }
    }

    expect_none("other crates speak of traceparents only", offences);
}

#[test]
fn tidy_no_banned_crate_is_in_the_graph() {
    let banned: BTreeSet<String> = bans()
        .into_iter()
        .filter(|(_, owners)| owners.is_empty())
        .map(|(name, _)| name)
        .collect();
    let found = graph()
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| banned.contains(name));

    expect_none("one TLS stack: rustls with aws-lc-rs", found);
}

#[test]
fn tidy_every_licence_is_one_that_we_accept() {
    let accepted = licences();
    let refused = graph()
        .into_iter()
        .filter(|(_, licence)| !is_accepted(licence, &accepted));

    expect_none(
        "deny.toml lists licences",
        refused.map(|(name, licence)| format!("{name}: {licence}")),
    );
}

#[test]
fn tidy_no_crate_needs_a_crate_above_it() {
    let mut offences = Vec::new();
    let crates = direct_dependencies();
    let services = ["gateway", "chat-history", "trainer-roster", "file-upload"];
    // What reads bytes from outside is fed by the fuzzer without a network between.
    let programs = crates.iter().filter(|(package, _)| *package != "fuzz");
    for (package, dependencies) in programs {
        let used = services
            .iter()
            .filter(|service| dependencies.iter().any(|name| name == *service));
        offences.extend(used.map(|service| format!("{package} links {service}")));
    }

    expect_none("services are programs: nobody links one but the fuzzer", offences);
}

#[test]
fn a_licence_is_accepted_when_one_side_of_an_or_and_both_of_an_and_are() {
    let accepted = ["MIT".to_owned(), "ISC".to_owned()].into();

    for good in [
        "MIT",
        "GPL-3.0 OR MIT",
        "MIT/GPL-3.0",
        "MIT AND ISC",
        "(MIT OR GPL-3.0) AND ISC",
    ] {
        assert!(is_accepted(good, &accepted), "{good}");
    }
    for bad in ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND GPL-3.0", ""] {
        assert!(!is_accepted(bad, &accepted), "{bad}");
    }
}

/// Name and licence of everything that is linked on this platform, tests and tools included.
fn graph() -> Vec<(String, String)> {
    let arguments = [
        "tree",
        "--workspace",
        "--edges",
        "all",
        "--prefix",
        "none",
        "--format",
        "{p}\t{l}",
    ];
    let tree = output("cargo", &arguments);
    let mut packages: Vec<(String, String)> = tree
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(package, licence)| {
            let name = package.split(' ').next().unwrap().to_owned();
            (name, licence.trim_end_matches(" (*)").to_owned())
        })
        .collect();
    packages.sort();
    packages.dedup();
    packages
}

/// Our crates and what their manifests name, tests included.
fn direct_dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = output("cargo", &["metadata", "--no-deps", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().unwrap().iter();
            let names = dependencies.map(|dependency| dependency["name"].as_str().unwrap().to_owned());
            (package["name"].as_str().unwrap().to_owned(), names.collect())
        })
        .collect()
}

/// What deny.toml bans, each with the only crates that may use it; nobody, when there are none.
fn bans() -> BTreeMap<String, Vec<String>> {
    let entries = DENY
        .lines()
        .filter_map(|line| line.trim().strip_prefix("{ name = "));
    entries
        .map(|entry| {
            let mut quoted = entry.split('"').skip(1).step_by(2).map(str::to_owned);
            (quoted.next().unwrap(), quoted.collect())
        })
        .collect()
}

fn licences() -> BTreeSet<String> {
    let list = DENY
        .split_once("\nallow = [")
        .unwrap()
        .1
        .split_once(']')
        .unwrap()
        .0;
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Reads an SPDX expression: `OR` (and its old form `/`) binds weaker than `AND`; parentheses group.
fn is_accepted(expression: &str, accepted: &BTreeSet<String>) -> bool {
    let expression = expression.replace('/', " OR ");
    let alternatives = split(&expression, " OR ");
    if alternatives.len() > 1 {
        return alternatives.into_iter().any(|one| is_accepted(one, accepted));
    }
    let parts = split(&expression, " AND ");
    if parts.len() > 1 {
        return parts.into_iter().all(|one| is_accepted(one, accepted));
    }
    let one = expression.trim();
    match one.strip_prefix('(').and_then(|one| one.strip_suffix(')')) {
        Some(inner) => is_accepted(inner, accepted),
        None => accepted.contains(one),
    }
}

/// Splits at `separator` outside of parentheses.
fn split<'a>(text: &'a str, separator: &str) -> Vec<&'a str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (index, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth == 0 && text[index..].starts_with(separator) => {
                parts.push(&text[start..index]);
                start = index + separator.len();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}
