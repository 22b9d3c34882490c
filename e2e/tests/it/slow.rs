//! A socket that does not read.

use client::socket;
use serde_json::{Value, json};
use testkit::{Kit, Options};
use uuid::Uuid;

const MESSAGES: usize = 120;

#[tokio::test]
async fn a_socket_that_does_not_read_is_closed_4005_disturbs_nobody_and_resumes() {
    let kit = small_queues().await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let mut options = socket::Options::native(&anna.token);
    options.receive_buffer = Some(4_096);
    let mut slow = kit.gateway(0).upgrade(&options).await.unwrap();
    slow.send_json(&json!({"type": "hello", "device": Uuid::new_v4()}))
        .await
        .unwrap();
    let welcome = slow.expect("welcome").await;
    slow.expect("synced").await;
    let quick = kit.gateway(0).connect(&anna).await;
    let mut desk = kit.gateway(0).connect(&tom).await;

    // 16 KB each, so that no kernel buffer swallows them all.
    let long = "\u{1f4aa}".repeat(3_990);
    for number in 0..MESSAGES {
        desk.send_text(&format!("{long} {number}")).await;
    }
    desk.flushed().await;
    quick.wait_until(anna.conversation(), MESSAGES as u64).await;
    let code = slow.expect_close().await;

    assert_eq!(code, 4_005);
    let (rows, to) = resumed(&kit, &anna, &welcome).await;
    assert_eq!((rows, to), (MESSAGES, MESSAGES as u64));
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
        let page = socket.expect("sync").await;
        assert_eq!(page["from"], to, "pages follow one another");
        rows += page["messages"].as_array().unwrap().len();
        to = page["to"].as_u64().unwrap();
        if page["more"] == false {
            return (rows, to);
        }
    }
}

async fn small_queues() -> Kit {
    let options = Options::default()
        .with("SPOTTER_QUEUE_FRAMES", "16")
        .with("SPOTTER_RATE_MESSAGES", "100000/100000");
    Kit::start(options).await
}
