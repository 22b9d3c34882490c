//! Every variant of every enum on the wire is seen in some fixture.

use std::collections::BTreeSet;

use protocol::{
    ErrorCode,
    error::Role,
    frame::{ClientFrame, Reset, ServerFrame},
    http::BookingStatus,
};
use serde_json::Value;
use utoipa::PartialSchema;

use crate::fixtures;

#[test]
fn every_client_frame_has_a_fixture() {
    assert_eq!(frame_types::<ClientFrame>(), values_of("type", "client."));
}

#[test]
fn every_server_frame_has_a_fixture() {
    assert_eq!(frame_types::<ServerFrame>(), values_of("type", "server."));
}

#[test]
fn every_small_enum_is_seen_whole() {
    assert_eq!(names::<Reset>(), values_of("reset", "server."));
    assert_eq!(
        names::<BookingStatus>(),
        values_of("status", "http.directory-booking")
    );
    assert_eq!(names::<Role>(), values_of("role", ""));
    assert_eq!(names::<ErrorCode>(), values_of("code", "codes.errors"));
}

/// The `type`s a frame enum declares, read from its schema, so that a new variant needs no list here.
fn frame_types<T: PartialSchema>() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for variant in schema::<T>()["oneOf"].as_array().unwrap() {
        let parts = variant["allOf"]
            .as_array()
            .cloned()
            .unwrap_or_else(|| vec![variant.clone()]);
        for part in parts {
            collect(&part["properties"]["type"]["enum"], &mut found);
        }
    }
    assert!(!found.is_empty());
    found
}

fn names<T: PartialSchema>() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(&schema::<T>()["enum"], &mut found);
    assert!(!found.is_empty());
    found
}

fn schema<T: PartialSchema>() -> Value {
    serde_json::to_value(T::schema()).unwrap()
}

fn collect(values: &Value, into: &mut BTreeSet<String>) {
    into.extend(
        values
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned),
    );
}

/// What `key` holds anywhere in the fixtures whose name starts with `prefix`.
fn values_of(key: &str, prefix: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (_, value) in fixtures::all()
        .iter()
        .filter(|(name, _)| name.starts_with(prefix))
    {
        walk(value, key, &mut found);
    }
    found
}

fn walk(value: &Value, key: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, key, found)),
        Value::Object(fields) => {
            for (name, field) in fields {
                match field.as_str() {
                    Some(text) if name == key => drop(found.insert(text.to_owned())),
                    _ => walk(field, key, found),
                }
            }
        }
        _ => {}
    }
}
