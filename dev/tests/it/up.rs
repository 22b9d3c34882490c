use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, kill_process};
use sandbox::{Output, Process, Scratch, Signal, Spec, binary, free_port, until};
use serde_json::Value;

const SERVICES: [&str; 4] = ["gateway", "chat-history", "trainer-roster", "file-upload"];
/// Generous, because tests share busy machines; alone it takes a few seconds.
const READY: Duration = Duration::from_mins(2);

#[tokio::test]
async fn everything_starts_survives_a_killed_gateway_and_stops_in_order() {
    let home = Scratch::new("up").unwrap();
    let mut up = start(home.path());
    ready(&mut up, home.path()).await;

    let killed = first_gateway(home.path()).unwrap();
    kill_process(Pid::from_raw(killed).unwrap(), Signal::KILL).unwrap();
    let replaced = || first_gateway(home.path()).is_some_and(|pid| pid != killed);
    until("another gateway", READY, async || replaced())
        .await
        .unwrap();

    up.signal(Signal::INT).unwrap();
    assert!(up.ended(Duration::from_secs(30)).await.unwrap().success());
    let log = std::fs::read_to_string(home.path().join("up.log")).unwrap();
    assert!(
        log.contains("gateway-1 ended") && log.contains("Stopping."),
        "{log}"
    );
}

#[tokio::test]
async fn a_second_start_finds_the_first_and_the_same_people() {
    let home = Scratch::new("up").unwrap();
    let mut first = start(home.path());
    ready(&mut first, home.path()).await;
    let before = people(home.path()).await;

    let mut second = start(home.path());
    assert!(second.ended(READY).await.unwrap().success());
    let log = std::fs::read_to_string(home.path().join("up.log")).unwrap();
    assert!(log.contains("already running at https://localhost:"), "{log}");

    first.signal(Signal::INT).unwrap();
    first.ended(Duration::from_secs(30)).await.unwrap();
    let mut again = start(home.path());
    ready(&mut again, home.path()).await;
    assert_eq!(people(home.path()).await, before);
    assert!(before.len() >= 2, "{before:?}");
}

#[tokio::test]
async fn the_demo_people_move_into_an_installation_that_somebody_else_started() {
    let home = Scratch::new("up").unwrap();
    let mut up = start(home.path());
    ready(&mut up, home.path()).await;
    let demo = json(&home.path().join("demo.json")).unwrap();
    let host = Scratch::new("host").unwrap();

    let mut people = Process::start(
        Spec::new("people", env!("CARGO_BIN_EXE_dev"))
            .args(["people", "--roster", demo["services"]["roster"].as_str().unwrap()])
            .arg("--key")
            .arg(home.path().join("keys/jwt.pem"))
            .arg("--host")
            .arg(host.path()),
    )
    .unwrap();
    let moved_in = host.path().join("demo.json");
    people.ready(READY, async || moved_in.is_file()).await.unwrap();

    let token = json(&host.path().join("host/people.json")).unwrap()[0]["token"].clone();
    let clients = dev::http::client()
        .unwrap()
        .get(format!(
            "{}/api/trainer/clients",
            demo["services"]["roster"].as_str().unwrap()
        ))
        .bearer_auth(token.as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(clients.status(), 200, "the page's tokens are not believed");
    people.signal(Signal::TERM).unwrap();
    assert!(people.ended(Duration::from_secs(10)).await.unwrap().success());
    up.signal(Signal::INT).unwrap();
    up.ended(Duration::from_secs(30)).await.unwrap();
}

fn start(home: &Path) -> Process {
    let folder = SERVICES.map(binary)[0].parent().unwrap().to_path_buf();
    let spec = Spec::new("up", env!("CARGO_BIN_EXE_dev"))
        .args(["up", "--port", &free_port().to_string(), "--home"])
        .arg(home)
        .env("SPOTTER_BINARIES", folder)
        .output(Output::File(home.join("up.log")));
    Process::start(spec).unwrap()
}

async fn ready(up: &mut Process, home: &Path) {
    up.ready(READY, async || home.join("run.json").is_file())
        .await
        .unwrap();
}

fn json(path: &Path) -> Option<Value> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

fn first_gateway(home: &Path) -> Option<i32> {
    let pid = json(&home.join("run.json"))?["gateways"][0]["pid"].as_i64()?;
    i32::try_from(pid).ok()
}

/// Id and last message of each of the first trainer's conversations, as chat-history tells them.
async fn people(home: &Path) -> Vec<(String, String)> {
    let demo = json(&home.join("demo.json")).unwrap();
    let url = format!(
        "{}/api/chat/conversations",
        demo["services"]["history"].as_str().unwrap()
    );
    let token = demo["people"][0]["token"].as_str().unwrap();
    let answer = dev::http::client()
        .unwrap()
        .get(url)
        .bearer_auth(token)
        .send()
        .await
        .unwrap();
    let list: Value = answer.json().await.unwrap();
    let entries = list["data"].as_array().unwrap().iter();
    entries
        .map(|entry| {
            (
                entry["conversationId"].to_string(),
                entry["lastMessage"]["text"].to_string(),
            )
        })
        .collect()
}
