//! Every file parses as its type, serialises back, and is the same JSON.

use std::{collections::BTreeMap, fs, path::Path};

use protocol::{
    CloseCode, ConversationEntry, ErrorCode, Message,
    frame::{Ack, ClientFrame, SendBody, ServerFrame},
    http::{
        Contact, DirectoryBooking, DirectoryUser, FileLinks, FileStatus, FoundMessage, ImportLine,
        ImportReport, LinksRequest, List, MarksRequest, Person, Problem, Settings, SyncRequest, SyncResponse,
        Uploaded,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

#[test]
fn every_fixture_survives_a_round_trip() {
    for (name, written) in all() {
        let read_back = round_trip(&name, &written).unwrap_or_else(|error| panic!("{name}: {error}"));

        assert_eq!(written, read_back, "{name}");
    }
}

#[test]
fn fields_that_a_client_may_not_set_are_never_read() {
    let mut send = all()["client.send"].clone();
    for forbidden in ["senderId", "seq", "position", "role", "sentAt"] {
        send[forbidden] = json!("forged");
    }

    let read: ClientFrame = serde_json::from_value(send).unwrap();

    assert_eq!(serde_json::to_value(read).unwrap(), all()["client.send"]);
}

#[test]
fn unknown_fields_are_ignored_by_every_type() {
    for (name, written) in all().into_iter().filter(|(_, written)| written.is_object()) {
        let mut newer = written.clone();
        newer["addedByTheNextRelease"] = json!({"deep": [1, 2, 3]});

        let read_back = round_trip(&name, &newer).unwrap_or_else(|error| panic!("{name}: {error}"));

        assert_eq!(written, read_back, "{name}");
    }
}

#[test]
fn an_unknown_frame_type_is_not_a_client_frame() {
    for raw in [
        r#"{"type":"shout"}"#,
        r#"{"ref":1}"#,
        r#"{"type":"edit","ref":"1"}"#,
        "[]",
        "null",
    ] {
        assert!(serde_json::from_str::<ClientFrame>(raw).is_err(), "{raw}");
    }
}

#[test]
fn the_lists_of_codes_are_complete() {
    let errors: Vec<_> = ErrorCode::ALL
        .iter()
        .map(|code| json!({"code": code, "status": code.http_status(), "retryable": code.retryable()}))
        .collect();
    let closes: Vec<_> = CloseCode::ALL
        .iter()
        .map(|code| json!({"code": code.code(), "reason": code.reason(), "reconnects": code.reconnects()}))
        .collect();

    assert_eq!(all()["codes.errors"], Value::Array(errors));
    assert_eq!(all()["codes.close"], Value::Array(closes));
}

/// All fixtures by name, in order of name.
pub fn all() -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let value = serde_json::from_str(&fs::read_to_string(&path).unwrap())
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            (name, value)
        })
        .collect()
}

/// Reads `written` as the type its file name says, and writes it again.
fn round_trip(name: &str, written: &Value) -> serde_json::Result<Value> {
    let (group, rest) = name.split_once('.').unwrap_or((name, ""));
    match (group, rest) {
        ("client", _) => through::<ClientFrame>(written),
        ("server", _) => through::<ServerFrame>(written),
        ("message", _) => through::<Message>(written),
        ("problem", _) => through::<Problem>(written),
        ("codes", _) => through::<Value>(written),
        ("http", "send" | "send-reply") => through::<SendBody>(written),
        ("http", "ack" | "ack-duplicate") => through::<Ack>(written),
        ("http", "history") => through::<Vec<Message>>(written),
        ("http", "conversations") => through::<List<ConversationEntry>>(written),
        ("http", "marks-request") => through::<MarksRequest>(written),
        ("http", "marks") => through::<ConversationEntry>(written),
        ("http", "sync-request") => through::<SyncRequest>(written),
        ("http", "sync-response") => through::<SyncResponse>(written),
        ("http", "clients" | "trainers") => through::<List<Contact>>(written),
        ("http", "people") => through::<List<Person>>(written),
        ("http", name) if name.starts_with("directory-user") => through::<DirectoryUser>(written),
        ("http", name) if name.starts_with("directory-booking") => through::<DirectoryBooking>(written),
        ("http", name) if name.starts_with("uploaded") => through::<Uploaded>(written),
        ("http", name) if name.starts_with("file-status") => through::<FileStatus>(written),
        ("http", "import-user" | "import-booking") => through::<ImportLine>(written),
        ("http", name) if name.starts_with("import-report") => through::<ImportReport>(written),
        ("http", "search") => through::<List<FoundMessage>>(written),
        ("http", "settings") => through::<Settings>(written),
        ("http", "links-request") => through::<LinksRequest>(written),
        ("http", "file-links") => through::<List<FileLinks>>(written),
        _ => panic!("`{name}` belongs to no known type: name it in this match"),
    }
}

fn through<T: Serialize + DeserializeOwned>(written: &Value) -> serde_json::Result<Value> {
    serde_json::to_value(serde_json::from_value::<T>(written.clone())?)
}
