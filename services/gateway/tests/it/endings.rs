//! How sockets end: signed out, drained, unanswered.

use std::time::Duration;

use protocol::error::Role;
use serde_json::json;
use testkit::{Kit, Options};
use tokio::time::Instant;

use crate::hello;

#[tokio::test]
async fn signing_out_ends_live_sockets_and_tokens() {
    let kit = Kit::with_gateways(1).await;
    let tom = kit.person("Tom", Role::Trainer).await;
    let (mut socket, _) = kit.gateway(0).greeted(&tom).await;

    let begun = Instant::now();
    kit.sign_out(&tom).await;

    assert_eq!(socket.expect_close().await, 4505);
    assert!(
        begun.elapsed() < Duration::from_millis(2_500),
        "{:?}",
        begun.elapsed()
    );
    let refused = kit
        .gateway(0)
        .upgrade(&client::socket::Options::native(&tom.token))
        .await
        .unwrap_err();
    assert_eq!(refused.status(), Some(401));
}

#[tokio::test]
async fn a_draining_gateway_asks_sockets_to_leave_and_lets_nobody_in() {
    let kit = Kit::start(Options::default().with("SPOTTER_DRAIN_SECONDS", "4")).await;
    let tom = kit.person("Tom", Role::Trainer).await;
    let gateway = kit.gateway(0);
    let mut sockets = Vec::new();
    for _ in 0..5 {
        sockets.push(gateway.greeted(&tom).await.0);
    }

    gateway.terminate();

    let mut waits = Vec::new();
    for socket in &mut sockets {
        waits.push(socket.expect("reconnect").await["afterMs"].as_u64().unwrap());
    }
    assert!(waits.iter().all(|wait| *wait <= 4_000), "{waits:?}");
    waits.dedup();
    assert!(waits.len() > 1, "all were asked to leave at once: {waits:?}");
    let refused = gateway
        .upgrade(&client::socket::Options::native(&tom.token))
        .await
        .unwrap_err();
    assert_eq!(refused.status(), Some(503));
    assert!(refused.retry_after().is_some());
    for socket in &mut sockets {
        assert_eq!(socket.expect_close().await, 4000);
    }
    assert!(gateway.ended(Duration::from_secs(10)).await);
}

#[tokio::test]
async fn a_ping_without_an_answer_closes_4004() {
    let options = Options::default()
        .with("SPOTTER_HEARTBEAT_SECONDS", "1")
        .with("SPOTTER_HEARTBEAT_GRACE_SECONDS", "1");
    let kit = Kit::start(options).await;
    let tom = kit.person("Tom", Role::Trainer).await;
    let (mut silent, _) = kit.gateway(0).greeted(&tom).await;
    let (mut awake, _) = kit.gateway(0).greeted(&tom).await;

    for _ in 0..3 {
        awake.expect("ping").await;
        awake.send_json(&json!({"type": "pong"})).await.unwrap();
    }

    assert_eq!(silent.expect_close().await, 4004);
    awake.expect("ping").await;
}

#[tokio::test]
async fn sockets_hear_within_three_seconds_that_the_broker_is_silent_and_stay_open() {
    let kit = Kit::with_gateways(1).await;
    let tom = kit.person("Tom", Role::Trainer).await;
    let (mut socket, _) = kit.gateway(0).greeted(&tom).await;

    let begun = Instant::now();
    kit.nats().await.stop().unwrap();
    let silent = socket.expect("status").await;
    let took = begun.elapsed();
    let refused = kit
        .gateway(0)
        .upgrade(&client::socket::Options::native(&tom.token))
        .await
        .unwrap_err();
    kit.nats().await.resume().unwrap();
    let back = socket.expect("status").await;

    assert_eq!((&silent["live"], &back["live"]), (&json!(false), &json!(true)));
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert_eq!(refused.status(), Some(503));
    let mut other = kit.gateway(0).socket(&tom).await;
    other.send_json(&hello()).await.unwrap();
    other.expect("welcome").await;
}
