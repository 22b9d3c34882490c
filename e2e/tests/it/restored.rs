//! The database is restored from an older backup, as the runbook says, under live sockets.

use std::time::Duration;

use client::device::record::Event;
use e2e::talk::Talk;
use serde_json::json;
use testkit::{Kit, Options};

use crate::grown::grown;

const OUTBOX: [&str; 3] = ["written while it is down", "and another", "still in the outbox"];

#[tokio::test]
async fn a_restore_of_an_older_backup_resets_live_devices_and_brings_their_outboxes_back() {
    let options = Options {
        gateways: 2,
        own_postgres: true,
        ..Options::default()
    };
    let kit = Kit::start(options.unlimited()).await;
    let mut talk = Talk::begin(&kit).await;
    let conversation = talk.conversation();
    let old = talk.phone.state().epoch().unwrap();

    let kept = talk.throughout(Box::pin(async {
        grown(&kit, conversation, 20).await;
        let backup = kit.postgres().await.back_up().await.unwrap();
        let kept = kit.log(conversation).await;
        grown(&kit, conversation, 20).await;
        (backup, kept)
    }));
    let (backup, kept) = kept.await;
    talk.healed(&kit).await;
    let before = kit.log(conversation).await;
    kit.history(0).kill();
    for text in OUTBOX {
        talk.phone.send_text(text).await;
    }
    kit.postgres().await.restore(&backup).await.unwrap();
    kit.rotate_epoch().await;
    kit.history(0).restart().await;

    for device in [&talk.phone, &talk.desk] {
        let another = |state: &client::device::State| state.epoch() != Some(old) && state.is_synced();
        device
            .wait_within("the other epoch", Duration::from_secs(40), another)
            .await;
    }
    talk.healed(&kit).await;
    let after = kit.log(conversation).await;
    let head = kept.len();
    assert_eq!(after[..head], kept, "the backup's own messages are there");
    assert!(before.len() >= head + 20, "{head} kept of {}", before.len());
    assert_eq!(
        after.len(),
        head + OUTBOX.len(),
        "and after them the outbox alone"
    );
    for device in [&talk.phone, &talk.desk] {
        assert!(device.texts().ends_with(&OUTBOX.map(ToOwned::to_owned)));
        let record = device.record();
        assert!(record.contains(&Event::Closed { code: Some(4_000) }));
        assert!(record.contains(&Event::Dropped { conversation }));
    }
    assert_eq!(resume(&kit, &talk, old).await, "epoch_changed");
    let new = talk.phone.state().epoch().unwrap();
    let verdict = talk.verdict_since(&kit, new).await;
    assert!(verdict.anomalies.is_empty(), "{verdict:?}");
}

/// What a device is told that slept through all of it.
async fn resume(kit: &Kit, talk: &Talk, old: protocol::Epoch) -> String {
    let mut socket = kit.gateway(1).socket(&talk.people.0).await;
    let positions = json!({talk.conversation().to_string(): 40});
    let resume = json!({"epoch": old, "positions": positions});
    let hello = json!({"type": "hello", "device": uuid::Uuid::new_v4(), "resume": resume});
    socket.send_json(&hello).await.unwrap();
    let page = socket.expect("sync").await;
    page["reset"].as_str().unwrap_or_default().to_owned()
}
