//! Before the upgrade, and the first frame.

use client::socket::{Options, Refused};
use protocol::{ConversationId, UserId, error::Role};
use serde_json::json;
use testkit::{Kit, ORIGIN, Options as KitOptions, TokenOptions};
use time::Duration;
use uuid::Uuid;

use crate::{hello, refusal};

/// Status and code of a refused upgrade.
fn refused(outcome: Result<client::Socket, Refused>) -> (u16, String) {
    let refused = outcome.expect_err("the upgrade is refused");
    let code = refused
        .problem()
        .map(|problem| problem.code.to_string())
        .unwrap_or_default();
    (refused.status().unwrap_or_default(), code)
}

#[tokio::test]
async fn nobody_enters_without_a_valid_token() {
    let kit = Kit::with_gateways(1).await;
    let tom = kit.person("Tom", Role::Trainer).await;
    let gateway = kit.gateway(0);
    let nobody = Options {
        subprotocols: vec!["chat.v1".to_owned()],
        ..Options::default()
    };
    let an_hour_ago = TokenOptions {
        issued: -Duration::hours(2),
        lifetime: Duration::hours(1),
    };
    let expired = kit.token(&tom, an_hour_ago);

    assert_eq!(
        refused(gateway.upgrade(&nobody).await),
        (401, "unauthenticated".to_owned())
    );
    for token in ["garbage", "a.b.c", &"x".repeat(5_000)] {
        let outcome = gateway.upgrade(&Options::native(token)).await;
        assert_eq!(refused(outcome), (401, "unauthenticated".to_owned()), "{token}");
    }
    let outcome = gateway.upgrade(&Options::native(&expired)).await;
    assert_eq!(refused(outcome), (401, "token_expired".to_owned()));
}

#[tokio::test]
async fn only_origins_on_the_list_enter_and_no_tricks_on_them() {
    let kit = Kit::with_gateways(1).await;
    let tom = kit.person("Tom", Role::Trainer).await;
    let gateway = kit.gateway(0);

    for origin in [
        "https://evil.test",
        "null",
        &format!("{ORIGIN}.evil.test"),
        &ORIGIN.replace("https", "http"),
    ] {
        let outcome = gateway.upgrade(&Options::browser(&tom.token, origin)).await;
        assert_eq!(refused(outcome), (403, "forbidden".to_owned()), "{origin}");
    }

    let mut socket = gateway
        .upgrade(&Options::browser(&tom.token, ORIGIN))
        .await
        .expect("our own front end");
    socket.send_json(&hello()).await.unwrap();
    socket.expect("welcome").await;
}

#[tokio::test]
async fn a_service_token_and_an_unknown_protocol_do_not_enter() {
    let kit = Kit::with_gateways(1).await;
    let tom = kit.person("Tom", Role::Trainer).await;
    let gateway = kit.gateway(0);
    let platform = testkit::Person {
        role: Role::Platform,
        ..tom.clone()
    };
    let token = kit.token(&platform, TokenOptions::default());
    let old = Options {
        subprotocols: vec!["chat.v0".to_owned()],
        ..Options::native(&tom.token)
    };

    assert_eq!(
        refused(gateway.upgrade(&Options::native(&token)).await),
        (403, "forbidden".to_owned())
    );
    assert_eq!(
        refused(gateway.upgrade(&old).await),
        (400, "bad_frame".to_owned())
    );
}

#[tokio::test]
async fn welcome_tells_a_person_about_their_conversations_and_limits() {
    let kit = Kit::with_gateways(1).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;

    let (_socket, welcome) = kit.gateway(0).greeted(&anna).await;

    assert_eq!(welcome["protocol"], 1);
    assert_eq!(welcome["user"], json!({"id": anna.id, "role": "User"}));
    assert_eq!(
        welcome["heartbeat"],
        json!({"intervalMs": 25_000, "graceMs": 10_000})
    );
    assert_eq!(welcome["backoff"], json!({"minMs": 250, "maxMs": 30_000}));
    assert_eq!(welcome["limits"]["frameBytes"], 65_536);
    assert_eq!(welcome["more"], false);
    let entry = &welcome["conversations"][0];
    assert_eq!(entry["conversationId"], json!(anna.conversation()));
    assert_eq!(
        (&entry["peerId"], &entry["position"]),
        (&json!(tom.id), &json!(0))
    );
    assert_eq!(
        (&entry["canSend"], &entry["lastMessage"]),
        (&json!(true), &json!(null))
    );
}

#[tokio::test]
async fn a_socket_that_says_nothing_is_closed_4002() {
    let kit = Kit::start(KitOptions::default().with("SPOTTER_HELLO_SECONDS", "1")).await;
    let tom = kit.person("Tom", Role::Trainer).await;

    let mut socket = kit.gateway(0).socket(&tom).await;

    assert_eq!(socket.expect_close().await, 4002);
}

#[tokio::test]
async fn a_first_frame_that_is_no_hello_closes_4500() {
    let kit = Kit::with_gateways(1).await;
    let tom = kit.person("Tom", Role::Trainer).await;

    for first in [json!({"type": "pong"}), json!({"type": "dance"}), json!([])] {
        let mut socket = kit.gateway(0).socket(&tom).await;
        socket.send_json(&first).await.unwrap();
        assert_eq!(socket.expect_close().await, 4500, "{first}");
    }
}

#[tokio::test]
async fn a_hello_with_a_malformed_field_names_it() {
    let kit = Kit::with_gateways(1).await;
    let tom = kit.person("Tom", Role::Trainer).await;
    let mut socket = kit.gateway(0).socket(&tom).await;

    socket
        .send_json(&json!({"type": "hello", "device": "my tab"}))
        .await
        .unwrap();

    let error = socket.expect("error").await;
    assert_eq!(refusal(&error), ("invalid_field", Some("device"), None));
    assert_eq!(socket.expect_close().await, 4500);
}

#[tokio::test]
async fn a_second_hello_closes_4500() {
    let kit = Kit::with_gateways(1).await;
    let tom = kit.person("Tom", Role::Trainer).await;
    let (mut socket, _) = kit.gateway(0).greeted(&tom).await;

    socket.send_json(&hello()).await.unwrap();

    assert_eq!(socket.expect_close().await, 4500);
}

#[tokio::test]
async fn a_newer_socket_of_a_device_replaces_the_older() {
    let kit = Kit::with_gateways(1).await;
    let tom = kit.person("Tom", Role::Trainer).await;
    let hello = json!({"type": "hello", "device": Uuid::new_v4()});
    let mut older = kit.gateway(0).socket(&tom).await;
    older.send_json(&hello).await.unwrap();
    older.expect("synced").await;

    let mut newer = kit.gateway(0).socket(&tom).await;
    newer.send_json(&hello).await.unwrap();

    newer.expect("synced").await;
    assert_eq!(older.expect_close().await, 4504);
}

#[tokio::test]
async fn a_token_that_is_revoked_before_the_hello_opens_no_session() {
    let kit = Kit::with_gateways(1).await;
    let tom = kit.person("Tom", Role::Trainer).await;
    let mut socket = kit.gateway(0).socket(&tom).await;

    kit.sign_out(&tom).await;
    let refused = async || {
        kit.gateway(0)
            .upgrade(&Options::native(&tom.token))
            .await
            .is_err()
    };
    sandbox::until("the revocation here", std::time::Duration::from_secs(5), refused)
        .await
        .unwrap();
    socket.send_json(&hello()).await.unwrap();

    assert_eq!(socket.expect_close().await, 4505);
}

#[tokio::test]
async fn a_resume_with_anothers_conversation_is_welcome_and_told_that_it_is_not_found() {
    let kit = Kit::with_gateways(1).await;
    let (anna, _) = kit.client_with_trainer("Anna", "Tom").await;
    let foreign = ConversationId::new(UserId(Uuid::new_v4()), UserId(Uuid::new_v4()));
    let mut socket = kit.gateway(0).socket(&anna).await;

    let resume = json!({"epoch": Uuid::new_v4(), "positions": {foreign.to_string(): 3}});
    let hello = json!({"type": "hello", "device": Uuid::new_v4(), "resume": resume});
    socket.send_json(&hello).await.unwrap();

    socket.expect("welcome").await;
    let told = socket.expect("error").await;
    assert_eq!(told["code"], "not_found");
    assert_eq!(told["conversationId"], json!(foreign));
    socket.expect("synced").await;
}
