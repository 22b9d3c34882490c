//! What `docs/integrate.md` tells integrators to type, and what it says they will see.

use std::{io::Read, time::Duration};

use e2e::guide::is_like;
use protocol::{UserId, error::Role};
use sandbox::{Output, Process, Scratch, Spec};
use serde_json::{Value, json};
use testkit::{Kit, Options, TokenOptions};
use uuid::Uuid;

const GUIDE: &str = include_str!("../../../docs/integrate.md");
const WITHIN: Duration = Duration::from_mins(1);
/// Printed between two blocks.
const NEXT: &str = "--- the next block ---";

#[tokio::test]
async fn the_commands_of_the_guide_work_as_written() {
    let options = Options {
        directory_stream: true,
        ..Options::default()
    };
    let kit = Kit::start(options).await;
    let folder = Scratch::new("guide").unwrap();
    left_by_make_up(&kit, &folder).await;

    let typed: Vec<_> = blocks("sh").filter(|block| !is_settings(block)).collect();
    let script = typed.join(&format!("\necho '{NEXT}'\n"));
    let printed = run(Spec::new("guide", "/bin/bash")
        .args(["-euc", &script])
        .directory(folder.path()))
    .await;

    let printed: Vec<_> = printed.split(&format!("{NEXT}\n")).collect();
    assert_eq!(printed.len(), typed.len(), "{printed:?}");
    for (block, printed) in typed.iter().zip(printed) {
        let (told, seen) = (told(block), printed.lines().collect::<Vec<_>>());
        let alike =
            told.len() == seen.len() && told.iter().zip(&seen).all(|(told, seen)| is_like(told, seen));
        assert!(alike, "{block}\nprints\n{printed}");
    }
}

#[tokio::test]
async fn whatever_name_of_a_claim_the_guide_tells_is_read() {
    let kit = Kit::with_gateways(1).await;
    let (anna, _) = kit.client_with_trainer("Anna", "Tom").await;
    let names = |claim: &str| -> Vec<&str> {
        let line = GUIDE
            .lines()
            .rfind(|line| line.starts_with(&format!("| `{claim}`")))
            .unwrap();
        let quoted = line.split('`').skip(1).step_by(2);
        quoted
            .filter(|name| *name == claim || name.contains('/') || *name == "nameid")
            .collect()
    };
    let (subjects, roles) = (names("sub"), names("role"));
    assert_eq!((subjects.len(), roles.len()), (3, 2), "{subjects:?} {roles:?}");

    for (subject, role) in subjects
        .iter()
        .flat_map(|subject| roles.iter().map(move |role| (subject, role)))
    {
        let token = testkit::sign_claims(&json!({*subject: anna.id, *role: ["Guest", "User"]}));
        let trainers = kit.http_with(&token).get("/api/user/trainers").await;
        assert_eq!(trainers.status, 200, "{subject} {role}: {}", trainers.body);
        assert_eq!(trainers.body["data"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn every_variable_of_the_guide_is_one_of_the_services() {
    for service in ["gateway", "chat-history", "trainer-roster", "file-upload"] {
        let help = run(Spec::new("help", sandbox::binary(service)).args(["--help"])).await;
        for line in blocks("sh").filter(is_settings).flat_map(str::lines) {
            let name = line.split('=').next().unwrap();
            assert!(help.contains(&format!("[env: {name}")), "{service}: {name}");
        }
    }
}

/// The files that the guide's commands read.
async fn left_by_make_up(kit: &Kit, folder: &Scratch) {
    let tom = kit.person("Tom", Role::Trainer).await;
    let platform = testkit::sign(UserId(Uuid::new_v4()), Role::Platform, TokenOptions::default());
    let broker = kit.nats_url().await;
    let address = broker.trim_start_matches("nats://");
    let demo: Value = json!({
        "url": kit.roster().url(),
        "platformToken": platform,
        "broker": { "address": address, "password": kit.platform_password() },
        "people": [{ "id": tom.id, "role": "Trainer", "token": tom.token }],
    });
    let dev = folder.path().join(".dev");
    std::fs::create_dir(&dev).unwrap();
    std::fs::write(dev.join("demo.json"), demo.to_string()).unwrap();
}

/// Runs to the end; everything printed.
async fn run(spec: Spec) -> String {
    let mut process = Process::start(spec.output(Output::Pipe)).unwrap();
    let status = process.ended(WITHIN).await.unwrap();
    let mut printed = String::new();
    process
        .take_output()
        .unwrap()
        .read_to_string(&mut printed)
        .unwrap();
    assert!(status.success(), "{status}: {printed}");
    printed
}

fn blocks(language: &str) -> impl Iterator<Item = &'static str> {
    let fence = format!("```{language}\n");
    let blocks: Vec<_> = GUIDE.split(&fence).skip(1).collect();
    blocks.into_iter().filter_map(|rest| rest.split("```").next())
}

fn is_settings(block: &&str) -> bool {
    block.starts_with("SPOTTER_")
}

/// What the block says that its commands print: comments after a command.
fn told(block: &str) -> Vec<&str> {
    let commands = block.lines().skip_while(|line| line.starts_with('#'));
    commands.filter_map(|line| line.strip_prefix("# ")).collect()
}
