//! Replicas whose clocks are wrong by an hour.

use std::{io::Write, path::PathBuf};

use e2e::talk::Talk;
use testkit::{Kit, Options};
use time::{Duration, OffsetDateTime};

use crate::grown::grown;

/// A clock that is right, give or take what a busy machine needs.
const RIGHT: Duration = Duration::minutes(10);

#[tokio::test]
async fn replicas_an_hour_ahead_and_behind_change_no_order_and_lose_nothing() {
    let Some(library) = faketime() else {
        return not_shown();
    };
    let wrong = |by: &str| {
        [
            ("LD_PRELOAD", library.display().to_string()),
            ("FAKETIME", by.to_owned()),
            // Timers must go on as they do on a machine whose wall clock alone is wrong.
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("FAKETIME_DISABLE_SHM", "1".to_owned()),
        ]
    };
    let options = Options {
        gateways: 2,
        histories: 3,
        ..Options::default()
    };
    // A gateway an hour behind takes no fresh token, as it must: it was issued in its future. Devices would
    // simply go elsewhere, so the one that is wrong here is ahead. chat-history reads no token on the broker.
    let options = options
        .with_replica(("gateway", 1), &wrong("+3600s"))
        .with_replica(("chat-history", 1), &wrong("+3600s"))
        .with_replica(("chat-history", 2), &wrong("-3600s"));
    let kit = Kit::start(options.unlimited()).await;
    let mut talk = Talk::begin(&kit).await;
    let conversation = talk.conversation();

    talk.throughout(grown(&kit, conversation, 100)).await;
    let edited = talk.phone.edit(1, "hello, corrected an hour off").await;
    talk.phone.expect_ack(edited).await;

    talk.healed(&kit).await;
    let clocks = clocks(&talk);
    println!("written by clocks that were behind, right, ahead: {clocks:?}");
    assert!(clocks.iter().all(|written| *written > 0), "{clocks:?}");
    let verdict = talk.verdict(&kit).await;
    assert!(verdict.anomalies.is_empty(), "{verdict:?}");
}

/// How many messages were numbered by a clock that was behind, right and ahead.
fn clocks(talk: &Talk) -> [usize; 3] {
    let now = OffsetDateTime::now_utc();
    let mut clocks = [0; 3];
    for row in talk.desk.rows(talk.conversation()) {
        let ahead = row.sent_at - now;
        let place = if ahead > RIGHT {
            2
        } else {
            usize::from(ahead > -RIGHT)
        };
        clocks[place] += 1;
    }
    clocks
}

/// Where Debian and Ubuntu keep the library that turns a program's clock.
fn faketime() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?.filter_map(Result::ok);
    folders
        .map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"))
        .find(|library| library.is_file())
}

/// Not captured, so that nobody takes this story's word for what it did not see.
fn not_shown() {
    let mut stderr = std::io::stderr();
    writeln!(
        stderr,
        "NOT SHOWN: this machine has no libfaketime to turn clocks with"
    )
    .unwrap();
}
