//! A person takes everything of theirs along, in one archive.

use std::{
    collections::BTreeMap,
    io::Write,
    process::{Command, Stdio},
    time::Instant,
};

use serde_json::{Value, json};
use testkit::{Kit, Options, Person};
use uuid::Uuid;

use crate::grown::fill;

/// One pixel.
const PHOTO: &[u8] = include_bytes!("pixel.png");

#[tokio::test]
async fn an_archive_holds_all_of_a_persons_own_data_and_nothing_of_others() {
    let kit = with_files().await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let uploaded = kit
        .http(&anna)
        .upload("../me: 1.png", "image/png", PHOTO.to_vec())
        .await;
    let file = uploaded.body["id"].as_str().unwrap().to_owned();
    for n in 0..450 {
        say(&kit, &anna, json!({"text": format!("number {n}")})).await;
    }
    say(&kit, &anna, json!({"attachments": [file]})).await;
    say(&kit, &tom, json!({"text": "a secret of Tom"})).await;
    let block = format!("/api/user/trainers/{}/block", tom.id);
    assert_eq!(kit.http(&anna).post(&block, &json!({})).await.status, 204);

    let (status, bytes) = export(&kit, &anna).await;

    assert_eq!(status, 200);
    let parts = unzip(&bytes);
    assert_eq!(read(&parts, "profile.json")["name"], "Anna");
    assert_eq!(read(&parts, "bookings.json")[0]["trainerId"], json!(tom.id));
    let contacts = read(&parts, "contacts.json");
    assert_eq!(contacts[0]["userId"], json!(tom.id));
    assert!(contacts[0]["blockedAt"].is_string());
    assert_eq!(
        read(&parts, "conversations.json")[0]["conversationId"],
        json!(anna.conversation())
    );
    let messages = read(&parts, "messages.json");
    let texts: Vec<_> = messages
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["text"].clone())
        .collect();
    let expected = (0..450)
        .map(|n| json!(format!("number {n}")))
        .chain([Value::Null]);
    assert_eq!(texts, expected.collect::<Vec<_>>());
    assert_eq!(messages[450]["attachments"][0]["id"], json!(file));
    assert_eq!(read(&parts, "files.json")[0]["id"], json!(file));
    let stored = kit.http(&anna).get(&format!("/api/files/{file}")).await;
    let (name, photo) = parts
        .iter()
        .find(|(name, _)| name.starts_with(&format!("files/{file}-")))
        .unwrap();
    assert_eq!(
        json!(photo.chars().count()),
        stored.body["size"],
        "the whole file"
    );
    assert!(!name.contains("..") && !name.contains(':'), "{name}");
    let done: Vec<_> = read(&parts, "activity.json")
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["action"].clone())
        .collect();
    assert_eq!(done.last(), Some(&json!("exported")));
    assert!(parts.values().all(|part| !part.contains("a secret of Tom")));
}

#[tokio::test]
async fn an_archive_that_cannot_be_made_is_refused_before_it_begins() {
    let kit = with_files().await;
    let (anna, _) = kit.client_with_trainer("Anna", "Tom").await;
    kit.history(0).kill();

    assert_eq!(export(&kit, &anna).await.0, 503);

    kit.history(0).restart().await;
    assert_eq!(export(&kit, &anna).await.0, 200);
}

#[tokio::test]
async fn an_archive_that_breaks_off_is_a_broken_download() {
    let kit = with_files().await;
    let (anna, _) = kit.client_with_trainer("Anna", "Tom").await;
    let uploaded = kit
        .http(&anna)
        .upload("me.png", "image/png", PHOTO.to_vec())
        .await;
    assert_eq!(uploaded.status, 201);
    kit.s3().set_mood(sandbox::Mood::Unavailable);

    let answer = get(&kit, &anna).send().await.unwrap();

    assert_eq!(answer.status(), 200);
    assert!(answer.bytes().await.is_err(), "nobody takes it for whole");
}

/// A page of each list is in memory, and a piece of a file; more of them need no more. Debug builds and
/// allocators breathe, so some room is left: 20,000 messages are 10 MB as JSON.
const FLAT_KIB: u64 = 8 * 1024;
/// `make bench-export` takes 100,000; a debug build would take its time.
const MANY: i64 = if cfg!(debug_assertions) { 20_000 } else { 100_000 };

#[tokio::test]
async fn an_archive_of_many_messages_needs_no_more_memory_than_one_of_a_thousand() {
    let kit = with_files().await;
    let (anna, _) = kit.client_with_trainer("Anna", "Tom").await;
    let services = [kit.roster(), kit.history(0)];
    let mut peaks = Vec::new();

    let mut before = 0;
    for messages in [1_000, MANY] {
        fill(&kit, &anna, messages - before).await;
        before = messages;
        let started = Instant::now();
        let (status, bytes) = export(&kit, &anna).await;
        let took = started.elapsed();
        assert_eq!((status, count(&bytes)), (200, messages));
        let peak = services.map(testkit::Service::peak);
        println!(
            "{messages} messages: {} KiB in {took:?}, trainer-roster and chat-history took {peak:?} KiB at most",
            bytes.len() / 1024
        );
        peaks.push(peak);
    }

    for (few, many) in peaks[0].into_iter().zip(peaks[1]) {
        assert!(many < few + FLAT_KIB, "{peaks:?}");
    }
}

async fn with_files() -> Kit {
    let options = Options {
        files: true,
        ..Options::default()
    };
    Kit::start(
        options
            .with("SPOTTER_RATE_MESSAGES", "10000/10000")
            .with("SPOTTER_RATE_HTTP", "10000/10000"),
    )
    .await
}

async fn say(kit: &Kit, from: &Person, mut body: Value) {
    body["conversationId"] = json!(from.conversation());
    body["id"] = json!(Uuid::now_v7());
    let answer = kit.http(from).post("/api/chat/messages", &body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
}

fn get(kit: &Kit, person: &Person) -> reqwest::RequestBuilder {
    let patient = std::time::Duration::from_mins(4);
    kit.http(person)
        .request(reqwest::Method::GET, "/api/me/export")
        .timeout(patient)
}

async fn export(kit: &Kit, person: &Person) -> (u16, Vec<u8>) {
    let answer = get(kit, person).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.bytes().await.unwrap().to_vec())
}

/// The parts by their names, as a reader that is not ours finds them; each byte is one character.
fn unzip(bytes: &[u8]) -> BTreeMap<String, String> {
    let script = "import io, json, sys, zipfile
archive = zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()))
assert archive.testzip() is None
json.dump({name: archive.read(name).decode('latin-1') for name in archive.namelist()}, sys.stdout)";
    serde_json::from_str(&python(script, bytes)).unwrap()
}

/// How many messages an archive holds.
fn count(bytes: &[u8]) -> i64 {
    let script = "import io, json, sys, zipfile
archive = zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()))
print(len(json.loads(archive.read('messages.json'))))";
    python(script, bytes).trim().parse().unwrap()
}

/// What a script in Python makes of some bytes.
fn python(script: &str, bytes: &[u8]) -> String {
    let mut python = Command::new("python3");
    let mut python = python
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(bytes).unwrap();
    let printed = python.wait_with_output().unwrap();
    String::from_utf8(printed.stdout).unwrap()
}

fn read(parts: &BTreeMap<String, String>, name: &str) -> Value {
    let latin: Vec<u8> = parts[name].chars().map(|c| u8::try_from(c).unwrap()).collect();
    serde_json::from_slice(&latin).unwrap()
}
