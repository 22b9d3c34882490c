//! The real process: its flags, its end, and its death between two steps.

use std::{path::Path, time::Duration};

use bus::{ChatKind, Pattern, Subject};
use futures_util::StreamExt;
use protocol::frame::Ack;
use sandbox::{Output, Process, Scratch, Spec, free_port};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::rig::{AUDIENCE, ISSUER, LINK_KEY, Rig, SECRET, signed_in};

const SOON: Duration = Duration::from_secs(10);
const BINARY: &str = env!("CARGO_BIN_EXE_chat-history");

fn spec(rig: &Rig, log: &Path) -> Spec {
    Spec::new("chat-history", BINARY)
        .env("SPOTTER_DATABASE_URL", signed_in(&rig.url))
        .env("SPOTTER_NATS_URL", rig.nats.url())
        .env("SPOTTER_JWT_SECRET", SECRET)
        .env("SPOTTER_JWT_ISSUER", ISSUER)
        .env("SPOTTER_JWT_AUDIENCE", AUDIENCE)
        .env("SPOTTER_FILE_LINK_KEYS", LINK_KEY)
        .output(Output::File(log.to_owned()))
}

/// Starts a process that answers, and waits until it is ready.
async fn started(spec: Spec) -> Process {
    let port = free_port();
    let spec = spec
        .env("SPOTTER_LISTEN", "127.0.0.1:0")
        .env("SPOTTER_INTERNAL_LISTEN", format!("127.0.0.1:{port}"));
    let mut process = Process::start(spec).unwrap();
    process.ready(SOON, move || is_ready(port)).await.unwrap();
    process
}

async fn is_ready(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)).await else {
        return false;
    };
    let request = b"GET /readyz HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n";
    let mut reply = String::new();
    stream.write_all(request).await.is_ok()
        && stream.read_to_string(&mut reply).await.is_ok()
        && reply.starts_with("HTTP/1.1 200")
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_commit_and_publish_the_retry_gets_the_first_answer_and_rings() {
    for step in ["after_commit", "after_publish"] {
        let rig = Rig::start().await;
        let (tom, anna) = rig.booked().await;
        let scratch = Scratch::new("failpoint").unwrap();
        let armed = scratch.path().join("armed");
        let failpoint = format!("{step}:{}", armed.display());
        let spec = spec(&rig, &scratch.path().join("log")).env("SPOTTER_FAILPOINT", failpoint);
        let mut process = started(spec).await;
        let mut heard = rig.bus.subscribe(Pattern::every_conversation()).await.unwrap();
        let send = anna.text(tom, "hello");

        std::fs::write(&armed, "").unwrap();
        let first = rig
            .bus
            .ask::<_, Ack>(Subject::HISTORY_APPEND, &send, Duration::from_secs(2))
            .await;
        assert!(first.is_err(), "nobody answered");
        process.ended(SOON).await.unwrap();
        process.restart().unwrap();
        let again = || async {
            let asked = rig
                .bus
                .ask::<_, Ack>(Subject::HISTORY_APPEND, &send, Duration::from_secs(2))
                .await;
            asked.is_ok_and(|ack| ack.is_ok_and(|ack| ack.duplicate && ack.seq == Some(1)))
        };
        sandbox::until("the first answer", SOON, again).await.unwrap();

        // The event may have died in the process' buffers: the head says that there is something to fetch.
        let mut message = timeout(SOON, heard.next()).await.unwrap().unwrap();
        if bus::subject::parse_chat(&message.subject) == Some((ChatKind::Event, anna.with(tom))) {
            assert_eq!(step, "after_publish");
            message = timeout(SOON, heard.next()).await.unwrap().unwrap();
        }
        assert_eq!(
            bus::subject::parse_chat(&message.subject),
            Some((ChatKind::Head, anna.with(tom)))
        );
        assert_eq!(message.headers.position, Some(1));
        assert_eq!(rig.count("select count(*) from chat.message").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_migrates_again_without_harm_rotates_the_epoch_and_ends_when_told() {
    let rig = Rig::start().await;
    let scratch = Scratch::new("process").unwrap();
    let log = scratch.path().join("log");
    let before = rig.epoch().await;

    for flag in ["--migrate", "--rotate-epoch"] {
        // Which change more than rows: they are the owner's.
        let owner = rig.url.replacen("postgres://postgres@", "postgres://chat@", 1);
        let spec = spec(&rig, &log).env("SPOTTER_DATABASE_URL", owner);
        let mut process = Process::start(spec.arg(flag)).unwrap();
        assert!(process.ended(SOON).await.unwrap().success(), "{flag}");
    }
    assert_ne!(rig.epoch().await, before);

    let mut process = started(spec(&rig, &log)).await;
    process.terminate().unwrap();
    assert!(process.ended(Duration::from_secs(5)).await.unwrap().success());
}
