//! `docs/configuration.md`: printed from what the services say of themselves.

use std::fmt::Write as _;
use std::process::Command;

use sandbox::{binary, workspace};
use serde_json::Value;

const SERVICES: [&str; 4] = ["gateway", "chat-history", "trainer-roster", "file-upload"];

const ABOUT: &str = "\
# Configuration

Every variable of every service. `make docs` prints this page from the programs themselves, and a test compares.

Each is a flag too, which wins: `SPOTTER_LISTEN` is `--listen`, and `<service> --help` says the same as this page. \
`<service> configuration` prints it as JSON. What cannot be used ends the process with exit code 64 and one line that \
names the variable. A secret is better given as a file: the variable with `_FILE` names it. What the edge reads is in \
[deploy/edge](../deploy/edge/README.md), what the broker reads in [deploy/nats](../deploy/nats/README.md), and what \
`docker-compose.yml` reads in `.env.example`.
";

#[test]
fn configuration_is_printed_from_the_programs() {
    let page = page();
    let path = workspace().join("docs/configuration.md");
    let committed = std::fs::read_to_string(&path).unwrap_or_default();

    if committed != page && std::env::var_os("SPOTTER_UPDATE").is_some() {
        std::fs::write(&path, page).unwrap();
        return;
    }

    let different = page
        .lines()
        .zip(committed.lines())
        .find(|(one, other)| one != other);
    assert!(
        committed == page,
        "docs/configuration.md is not what the services say; `make docs` writes it: {different:#?}"
    );
}

fn page() -> String {
    let described = SERVICES.map(|service| (service, variables(service)));
    let (_, first) = &described[0];
    let everywhere = |entry: &Value| described.iter().all(|(_, entries)| entries.contains(entry));
    let mut page = ABOUT.to_owned();
    let shared: Vec<&Value> = first.iter().filter(|entry| everywhere(entry)).collect();
    table(&mut page, "Every service", &shared);
    for (service, entries) in &described {
        let own: Vec<&Value> = entries.iter().filter(|entry| !everywhere(entry)).collect();
        table(&mut page, service, &own);
    }
    page
}

/// What a service answers when it is asked for its variables.
fn variables(service: &str) -> Vec<Value> {
    let output = Command::new(binary(service))
        .arg("configuration")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn table(page: &mut String, title: &str, entries: &[&Value]) {
    write!(
        page,
        "\n## {title}\n\n| variable | default | what |\n|---|---|---|\n"
    )
    .unwrap();
    for entry in entries {
        let default = match (&entry["default"], entry["required"].as_bool()) {
            (Value::String(default), _) => format!("`{default}`"),
            (_, Some(true)) => "**required**".to_owned(),
            _ => "none".to_owned(),
        };
        let variable = entry["variable"].as_str().unwrap();
        writeln!(page, "| `{variable}` | {default} | {} |", about(entry)).unwrap();
    }
}

/// The sentence of `--help`, as Markdown; it must not be missing.
fn about(entry: &Value) -> String {
    let about = entry["about"].as_str();
    let about = about.unwrap_or_else(|| panic!("{} says nothing of itself", entry["variable"]));
    let mut about = about.replace('|', "\\|").replace('<', "\\<");
    let values: Vec<String> = entry["values"]
        .as_array()
        .unwrap()
        .iter()
        .map(|value| format!("`{}`", value.as_str().unwrap()))
        .collect();
    if !values.is_empty() {
        write!(about, " ({})", values.join(", ")).unwrap();
    }
    if entry["secret"] == true {
        about.push_str(" (secret)");
    }
    about
}
