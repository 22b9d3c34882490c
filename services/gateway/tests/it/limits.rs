//! Limits and rates: each has a clear answer, and the socket's neighbours notice nothing.

use protocol::error::Role;
use serde_json::json;
use testkit::{Kit, Options};
use tokio::time::{Duration, Instant};
use uuid::Uuid;

use crate::{hello, refusal, send};

#[tokio::test]
async fn the_tenth_bad_frame_closes_4500() {
    let kit = Kit::with_gateways(1).await;
    let tom = kit.person("Tom", Role::Trainer).await;
    let (mut socket, _) = kit.gateway(0).greeted(&tom).await;

    for bad in [
        "",
        "[1]",
        r#"{"type":"dance"}"#,
        r#"{"type":"send","ref":-1}"#,
        "{\"type\":\"pong\"",
        "NaN",
    ] {
        socket.send_text(bad).await.unwrap();
        assert_eq!(socket.expect("error").await["code"], "bad_frame", "{bad}");
    }
    for _ in 6..10 {
        socket.send_text("nonsense").await.unwrap();
    }

    assert_eq!(socket.expect_close().await, 4500);
}

#[tokio::test]
async fn a_binary_frame_closes_1003() {
    let kit = Kit::with_gateways(1).await;
    let tom = kit.person("Tom", Role::Trainer).await;
    let (mut socket, _) = kit.gateway(0).greeted(&tom).await;

    socket.send_binary(vec![1, 2, 3]).await.unwrap();

    assert_eq!(socket.expect_close().await, 1003);
}

#[tokio::test]
async fn a_frame_over_the_limit_closes_1009() {
    let kit = Kit::with_gateways(1).await;
    let tom = kit.person("Tom", Role::Trainer).await;
    let (mut socket, _) = kit.gateway(0).greeted(&tom).await;

    socket.send_text("x".repeat(65_537)).await.unwrap();

    assert_eq!(socket.expect_close().await, 1009);
}

#[tokio::test]
async fn text_that_is_not_utf8_closes_1007_and_broken_framing_1002() {
    let kit = Kit::with_gateways(1).await;
    let tom = kit.person("Tom", Role::Trainer).await;
    // A final, masked text frame of one byte that no UTF-8 text has.
    let not_utf8 = [0x81, 0x81, 0, 0, 0, 0, 0xff];
    // A frame with all reserved bits set.
    let reserved = [0xf1, 0x80, 0, 0, 0, 0];
    // An unmasked frame, which only servers may send.
    let unmasked = [0x81, 0x01, b'x'];

    for (bytes, code) in [
        (&not_utf8[..], 1007),
        (&reserved[..], 1002),
        (&unmasked[..], 1002),
    ] {
        let (mut socket, _) = kit.gateway(0).greeted(&tom).await;
        socket.send_raw(bytes).await.unwrap();
        assert_eq!(socket.expect_close().await, code, "{bytes:x?}");
    }
}

/// A masked frame of a client, with the mask zero.
fn frame(opcode: u8, is_final: bool, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).expect("a short frame").to_be_bytes();
    let mut bytes = vec![
        opcode | if is_final { 0x80 } else { 0 },
        // Masked, with a length of two bytes.
        0xfe,
        length[0],
        length[1],
        0,
        0,
        0,
        0,
    ];
    bytes.extend_from_slice(payload);
    bytes
}

#[tokio::test]
async fn a_message_of_fragments_without_an_end_closes_1009() {
    let kit = Kit::with_gateways(1).await;
    let tom = kit.person("Tom", Role::Trainer).await;
    let (mut socket, _) = kit.gateway(0).greeted(&tom).await;

    socket.send_raw(&frame(0x1, false, &[b'x'; 1_000])).await.unwrap();
    for _ in 0..66 {
        // The gateway may have closed already.
        let _ = socket.send_raw(&frame(0x0, false, &[b'x'; 1_000])).await;
    }

    assert_eq!(socket.expect_close().await, 1009);
}

#[tokio::test]
async fn empty_fragments_without_an_end_disturb_nobody_and_end_as_idle() {
    let options = Options::default()
        .with("SPOTTER_HEARTBEAT_SECONDS", "1")
        .with("SPOTTER_HEARTBEAT_GRACE_SECONDS", "2");
    let kit = Kit::start(options).await;
    let tom = kit.person("Tom", Role::Trainer).await;
    let (mut hostile, _) = kit.gateway(0).greeted(&tom).await;
    let (mut neighbour, _) = kit.gateway(0).greeted(&tom).await;
    let before = kit.gateway(0).metric("process_resident_memory_bytes").await;

    hostile.send_raw(&frame(0x1, false, b"")).await.unwrap();
    let many: Vec<u8> = frame(0x0, false, b"").repeat(1_000);
    for _ in 0..100 {
        let _ = hostile.send_raw(&many).await;
    }
    neighbour
        .send_json(&json!({"type": "auth", "ref": 1, "token": tom.token}))
        .await
        .unwrap();
    neighbour.expect("authOk").await;

    assert_eq!(hostile.expect_close().await, 4004);
    let after = kit.gateway(0).metric("process_resident_memory_bytes").await;
    assert!(after - before < 8_000_000.0, "{before} to {after}");
}

#[tokio::test]
async fn malformed_fields_are_named() {
    let kit = Kit::with_gateways(1).await;
    let (anna, _tom) = kit.client_with_trainer("Anna", "Tom").await;
    let (mut phone, _) = kit.gateway(0).greeted(&anna).await;
    let change = |key: &str, value: serde_json::Value| {
        let mut frame = send(&anna, 1, "hi");
        frame[key] = value;
        frame
    };
    let cases = [
        (change("id", json!(Uuid::new_v4())), "invalid_field", Some("id")),
        (
            change("conversationId", json!("conversation:1:2")),
            "invalid_field",
            Some("conversationId"),
        ),
        (change("text", json!("a\u{0}b")), "invalid_field", Some("text")),
        (
            change("text", json!("x".repeat(4_001))),
            "text_too_long",
            Some("text"),
        ),
        (change("text", json!(" \n\t ")), "empty_message", None),
        (
            change("attachments", json!(["front.jpg"])),
            "invalid_field",
            Some("attachments"),
        ),
        (change("replyTo", json!(99)), "invalid_field", Some("replyTo")),
    ];

    for (frame, code, field) in cases {
        phone.send_json(&frame).await.unwrap();
        let error = phone.expect("error").await;
        assert_eq!(refusal(&error), (code, field, Some(1)));
    }
}

#[tokio::test]
async fn a_sender_over_the_rate_is_told_when_to_come_back_and_ends_4029() {
    let kit = Kit::start(Options::default().with("SPOTTER_RATE_MESSAGES", "1/2")).await;
    let (anna, _tom) = kit.client_with_trainer("Anna", "Tom").await;
    let (mut phone, _) = kit.gateway(0).greeted(&anna).await;

    for n in 1..=3 {
        phone.send_json(&send(&anna, n, "hi")).await.unwrap();
    }
    let error = phone.expect("error").await;
    assert_eq!(refusal(&error), ("rate_limited", None, Some(3)));
    assert!(
        error["retryAfterMs"]
            .as_u64()
            .is_some_and(|wait| (1..=1_000).contains(&wait)),
        "{error}"
    );
    assert_eq!(error["retryable"], true);

    let begun = Instant::now();
    let mut pause = tokio::time::interval(Duration::from_millis(100));
    while phone.send_json(&send(&anna, 9, "hi")).await.is_ok() && begun.elapsed() < Duration::from_secs(15) {
        pause.tick().await;
    }
    assert_eq!(phone.expect_close().await, 4029);
}

#[tokio::test]
async fn an_eleventh_device_is_refused_and_the_others_stay() {
    let kit = Kit::start(Options::default().with("SPOTTER_DEVICES", "2")).await;
    let tom = kit.person("Tom", Role::Trainer).await;
    let (mut first, _) = kit.gateway(0).greeted(&tom).await;
    let _second = kit.gateway(0).greeted(&tom).await;

    let mut third = kit.gateway(0).socket(&tom).await;
    third.send_json(&hello()).await.unwrap();

    let refused = third.expect("error").await;
    assert_eq!(refused["code"], "rate_limited");
    assert!(
        refused["retryAfterMs"].as_u64().is_some_and(|wait| wait > 0),
        "{refused}"
    );
    assert_eq!(third.expect_close().await, 4029);
    first
        .send_json(&json!({"type": "auth", "ref": 1, "token": tom.token}))
        .await
        .unwrap();
    first.expect("authOk").await;
}

#[tokio::test]
async fn handshakes_of_one_address_are_limited_before_authentication() {
    let kit = Kit::start(Options::default().with("SPOTTER_RATE_HANDSHAKES", "1/3")).await;
    let gateway = kit.gateway(0);
    let nobody = client::socket::Options::native("garbage");

    let mut statuses = Vec::new();
    for _ in 0..4 {
        let refused = gateway.upgrade(&nobody).await.unwrap_err();
        statuses.push((refused.status(), refused.retry_after().is_some()));
    }

    assert_eq!(statuses[..3], [(Some(401), false); 3]);
    assert_eq!(statuses[3], (Some(429), true));
}

#[tokio::test]
async fn an_ipv6_client_cannot_shake_hands_from_ever_new_addresses_of_its_network() {
    let options = Options::default()
        .with("SPOTTER_RATE_HANDSHAKES", "1/3")
        .with("SPOTTER_TRUSTED_PROXIES", "127.0.0.1");
    let kit = Kit::start(options).await;

    let mut statuses = Vec::new();
    for host in 1..=4 {
        let nobody = client::socket::Options {
            headers: vec![("x-forwarded-for".to_owned(), format!("2001:db8::{host}"))],
            ..client::socket::Options::native("garbage")
        };
        let refused = kit.gateway(0).upgrade(&nobody).await.unwrap_err();
        statuses.push(refused.status());
    }

    assert_eq!(statuses, [Some(401), Some(401), Some(401), Some(429)]);
}

#[tokio::test]
async fn frames_that_are_refused_count_against_the_rate_too() {
    let kit = Kit::start(Options::default().with("SPOTTER_RATE_COMMANDS", "1/3")).await;
    let (anna, _) = kit.client_with_trainer("Anna", "Tom").await;
    let (mut socket, _) = kit.gateway(0).greeted(&anna).await;

    let mut codes = Vec::new();
    for n in 0..4 {
        socket.send_json(&send(&anna, n, " ")).await.unwrap();
        codes.push(socket.expect("error").await["code"].clone());
    }

    assert_eq!(
        codes,
        ["empty_message", "empty_message", "empty_message", "rate_limited"]
    );
}
