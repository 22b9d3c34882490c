//! A socket that does not read.

use std::time::Duration;

use client::{Socket, socket};
use futures_util::{StreamExt, stream};
use protocol::{frame::Sync, limits};
use serde_json::{Value, json};
use testkit::{Kit, Options};
use uuid::Uuid;

/// Together more than the kernel keeps for a socket: 4 MiB on each side at most.
const MESSAGES: usize = 640;
const AT_ONCE: usize = 16;

#[tokio::test]
async fn a_socket_that_does_not_read_is_closed_4005_disturbs_nobody_and_resumes() {
    let kit = small_queues().await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let mut options = socket::Options::native(&anna.token);
    options.receive_buffer = Some(65_536);
    let mut slow = kit.gateway(0).upgrade(&options).await.unwrap();
    slow.send_json(&json!({"type": "hello", "device": Uuid::new_v4()}))
        .await
        .unwrap();
    let welcome = slow.expect("welcome").await;
    slow.expect("synced").await;
    let quick = kit.gateway(0).connect(&anna).await;

    let (code, ()) = tokio::join!(wake_when_closed(&kit, &mut slow), flood(&kit, &tom));
    quick.wait_until(anna.conversation(), MESSAGES as u64).await;

    assert_eq!(code, 4_005);
    let (rows, to) = resumed(&kit, &anna, &welcome).await;
    assert_eq!((rows, to), (MESSAGES, MESSAGES as u64));
}

/// Reads nothing until the gateway has given up on it, then what is left and the close code.
async fn wake_when_closed(kit: &Kit, slow: &mut Socket) -> u16 {
    let closes = "gateway_closes_total{code=\"4005\",reason=\"too_slow\"}";
    let closed = sandbox::until("a close", Duration::from_mins(1), || async {
        kit.gateway(0).metric(closes).await >= 1.0
    });
    closed.await.unwrap();
    slow.expect_close().await
}

/// Writes 16 KB again and again, over HTTP because that may be done side by side. Each again, with its id,
/// when the log had no room for it, as a device does.
async fn flood(kit: &Kit, person: &testkit::Person) {
    let long = "\u{1f4aa}".repeat(limits::TEXT_CHARS);
    let http = kit.http(person);
    let sends = (0..MESSAGES).map(|_| {
        let body = json!({"conversationId": person.conversation(), "id": Uuid::now_v7(), "text": long});
        let http = &http;
        async move {
            let is_stored = async || matches!(http.post("/api/chat/messages", &body).await.status, 200 | 201);
            let stored = sandbox::until("a send to be stored", Duration::from_secs(20), is_stored);
            stored.await.unwrap();
        }
    });
    stream::iter(sends)
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<()>>()
        .await;
}

/// Comes back from position 0 and counts what the pages bring.
async fn resumed(kit: &Kit, anna: &testkit::Person, welcome: &Value) -> (usize, u64) {
    let mut socket = kit.gateway(0).socket(anna).await;
    let positions = json!({anna.conversation().to_string(): 0});
    let resume = json!({"epoch": welcome["epoch"], "positions": positions});
    let hello = json!({"type": "hello", "device": Uuid::new_v4(), "resume": resume});
    socket.send_json(&hello).await.unwrap();
    let (mut rows, mut to) = (0, 0);
    loop {
        let page: Sync = serde_json::from_value(socket.expect("sync").await).unwrap();
        assert_eq!(page.from, to, "pages follow one another");
        rows += page.messages.len();
        to = page.to;
        if !page.more {
            return (rows, to);
        }
    }
}

async fn small_queues() -> Kit {
    let options = Options::default()
        .with("SPOTTER_QUEUE_FRAMES", "16")
        .with("SPOTTER_RATE_MESSAGES", "100000/100000")
        .with("SPOTTER_RATE_HTTP", "100000/100000");
    Kit::start(options).await
}
