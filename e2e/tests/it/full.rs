//! PostgreSQL's disk is full.

use std::{io::Write, time::Duration};

use client::Socket;
use e2e::talk::Talk;
use sandbox::SmallDisk;
use serde_json::{Value, json};
use testkit::{Kit, Options, Person};
use uuid::Uuid;

use crate::grown::grown;

const MEBIBYTES: u32 = 192;
/// Sends until the pages that PostgreSQL still has are used up.
const UNTIL_FULL: usize = 5_000;
const REFUSALS: usize = 10;

#[tokio::test]
async fn a_full_disk_refuses_and_with_room_again_every_acknowledged_message_is_there() {
    let disk = match SmallDisk::mount(MEBIBYTES).await {
        Ok(disk) => disk,
        Err(refused) => return not_shown(&refused),
    };
    let options = Options {
        own_postgres: true,
        database_data: Some(disk.path().join("data")),
        ..Options::default()
    };
    let kit = Kit::start(options.unlimited()).await;
    let (eva, _) = kit.client_with_trainer("Eva", "Max").await;
    let (mut socket, _) = kit.gateway(0).greeted(&eva).await;
    let mut talk = Talk::begin(&kit).await;
    let conversation = talk.conversation();

    let (acked, back) = talk
        .throughout(Box::pin(async {
            grown(&kit, conversation, 20).await;
            disk.fill().unwrap();
            let acked = write_until_refused(&mut socket, &eva).await;
            disk.free().unwrap();
            if !kit.postgres().await.process().is_running() {
                // Without room for its own log it gives up, as the runbook says.
                kit.postgres().await.restart().await.unwrap();
            }
            (acked, grown(&kit, conversation, 20).await)
        }))
        .await;

    println!(
        "{} went in before the disk was full; back after {back:?}",
        acked.len()
    );
    assert!(back < Duration::from_secs(10), "took {back:?}");
    let log: Vec<_> = kit.log(eva.conversation()).await;
    let log: Vec<_> = log.into_iter().map(|row| row.id.to_string()).collect();
    assert!(acked.iter().all(|id| log.contains(id)), "{acked:?}");
    let verdict = talk.verdict(&kit).await;
    assert!(verdict.anomalies.is_empty(), "{verdict:?}");
}

/// Sends long texts until some in a row were refused, each as `unavailable`; answers the acknowledged ids.
async fn write_until_refused(socket: &mut Socket, person: &Person) -> Vec<String> {
    let mut acked = Vec::new();
    let mut refusals = 0;
    for r#ref in 1..UNTIL_FULL {
        let id = Uuid::now_v7().to_string();
        // Random, so that it is not made small on its way to the disk.
        let text: String = std::iter::repeat_with(|| Uuid::new_v4().to_string())
            .take(100)
            .collect();
        let send = json!({
            "type": "send", "ref": r#ref, "conversationId": person.conversation(), "id": id, "text": text,
        });
        socket.send_json(&send).await.unwrap();
        let answered = |frame: &Value| frame["ref"] == r#ref;
        let answer = tokio::time::timeout(Duration::from_secs(6), socket.find(answered));
        let answer = answer.await.unwrap().unwrap();
        if answer["type"] == "ack" {
            refusals = 0;
            acked.push(id);
            continue;
        }
        assert_eq!(answer["code"], "unavailable", "{answer}");
        refusals += 1;
        if refusals == REFUSALS {
            return acked;
        }
    }
    panic!("the disk was never full");
}

/// Not captured, so that nobody takes this story's word for what it did not see.
fn not_shown(why: &dyn std::fmt::Display) {
    let mut stderr = std::io::stderr();
    writeln!(
        stderr,
        "NOT SHOWN: this machine mounts no small disk for a full one ({why})"
    )
    .unwrap();
}
