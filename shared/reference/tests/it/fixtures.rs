//! `protocol`'s golden examples, and that each satisfies the schema of its type.

use std::{collections::BTreeMap, fs, path::Path};

use protocol::{
    Message,
    http::{DirectoryBooking, DirectoryUser, MarksRequest, Problem, Settings, SyncRequest, Uploaded},
};
use serde_json::Value;

use crate::{
    asyncapi,
    schemas::{Components, violations},
};

#[test]
fn every_frame_fixture_satisfies_the_schema_of_its_frame() {
    let document = asyncapi::document();
    let components = Components::of(&document);

    for (name, fixture) in named("client.").into_iter().chain(named("server.")) {
        let side = name.split('.').next().unwrap_or_default();
        let message = asyncapi::message_key(side, fixture["type"].as_str().unwrap());
        let payload = &document["components"]["messages"][&message]["payload"];

        assert_eq!(
            violations(payload, &fixture, &components),
            Vec::<String>::new(),
            "{name}"
        );
    }
}

#[test]
fn every_body_fixture_satisfies_its_schema() {
    let mut components = Components::default();
    let kinds = [
        ("message.", components.add::<Message>()),
        ("problem.", components.add::<Problem>()),
        ("http.marks-request", components.add::<MarksRequest>()),
        ("http.settings", components.add::<Settings>()),
        ("http.sync-request", components.add::<SyncRequest>()),
        ("http.sync-response", components.add_sync_response()),
        ("http.directory-user", components.add::<DirectoryUser>()),
        ("http.directory-booking", components.add::<DirectoryBooking>()),
        ("http.uploaded", components.add::<Uploaded>()),
    ];

    for (prefix, schema) in kinds {
        for (name, fixture) in named(prefix) {
            let violations = violations(&schema, &fixture, &components);
            // The type can say that somebody is a service; the directory takes no such person.
            let is_refused = name == "http.directory-user-platform";
            assert_eq!(violations.is_empty(), !is_refused, "{name}: {violations:?}");
        }
    }
}

/// The fixtures whose names start with `prefix`.
pub fn named(prefix: &str) -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../protocol/fixtures");
    let mut found = BTreeMap::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if name.starts_with(prefix) {
            found.insert(
                name,
                serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap(),
            );
        }
    }
    assert!(!found.is_empty(), "no fixture starts with `{prefix}`");
    found
}

pub fn one(name: &str) -> Value {
    named(name)
        .remove(name)
        .unwrap_or_else(|| panic!("no fixture `{name}`"))
}

/// A fixture as committed: its keys stand in the order they are told about.
pub fn text(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../protocol/fixtures/{name}.json"));
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{name}: {error}"))
}
