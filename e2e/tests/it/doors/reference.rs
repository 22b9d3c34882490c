//! What the printed documents of the wire list.

use std::collections::BTreeSet;

use serde_json::Value;

/// Every call of the printed reference, with `{}` for each parameter.
pub fn calls() -> BTreeSet<String> {
    let reference: Value = serde_json::from_str(include_str!("../../../../docs/openapi.json")).unwrap();
    let paths = reference["paths"].as_object().unwrap().iter();
    let calls = paths.flat_map(|(path, calls)| {
        let methods = calls.as_object().unwrap().keys();
        methods.map(move |method| format!("{} {}", method.to_uppercase(), shape(path)))
    });
    calls.collect()
}

/// A path without its query and without the names of its parameters.
pub fn shape(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let mut parts = path.split('{');
    let mut shape = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        shape.push_str("{}");
        shape.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    shape
}

/// Every frame of a client.
pub fn frames() -> BTreeSet<String> {
    let reference: Value = serde_json::from_str(include_str!("../../../../docs/asyncapi.json")).unwrap();
    let operations = reference["operations"].as_object().unwrap().values();
    let received = operations.filter(|operation| operation["action"] == "receive");
    let messages = received.flat_map(|operation| operation["messages"].as_array().unwrap());
    let frames = messages.map(|message| {
        let channel = message["$ref"].as_str().unwrap();
        let component = reference.pointer(&channel[1..]).unwrap()["$ref"]
            .as_str()
            .unwrap();
        let payload = &reference.pointer(&component[1..]).unwrap()["payload"];
        payload["properties"]["type"]["const"]
            .as_str()
            .unwrap()
            .to_owned()
    });
    let frames: BTreeSet<_> = frames.collect();
    assert!(frames.contains("hello"), "the reference lists no frames");
    frames
}
