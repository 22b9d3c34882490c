//! Who is writing, over two gateways: told at once, to the other person alone, and kept nowhere.

use std::time::Duration;

use client::Socket;
use serde_json::{Value, json};
use testkit::{Kit, Options, Person};

#[tokio::test]
async fn typing_reaches_every_device_of_the_other_person_and_none_of_ones_own() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let (mut phone, _) = kit.gateway(0).greeted(&anna).await;
    let (mut tablet, _) = kit.gateway(1).greeted(&anna).await;
    let (mut desk, _) = kit.gateway(0).greeted(&tom).await;
    let (mut laptop, _) = kit.gateway(1).greeted(&tom).await;

    phone.send_json(&typing(&anna)).await.unwrap();

    let told = json!({
        "type": "typing", "conversationId": anna.conversation(), "userId": anna.id, "ttlMs": 6_000,
    });
    for socket in [&mut desk, &mut laptop] {
        assert_eq!(socket.expect("typing").await, told);
    }
    for socket in [&mut phone, &mut tablet] {
        assert_eq!(typings(&kit, socket, &tom).await, 0);
    }
}

#[tokio::test]
async fn typing_again_within_three_seconds_is_told_once() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let (mut phone, _) = kit.gateway(0).greeted(&anna).await;
    let (mut desk, _) = kit.gateway(1).greeted(&tom).await;

    for _ in 0..20 {
        phone.send_json(&typing(&anna)).await.unwrap();
    }

    desk.expect("typing").await;
    assert_eq!(typings(&kit, &mut desk, &anna).await, 0);
}

#[tokio::test]
async fn nobody_is_shown_as_typing_where_they_may_not_write() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let (mut phone, _) = kit.gateway(0).greeted(&anna).await;
    let (mut desk, _) = kit.gateway(1).greeted(&tom).await;
    let block = |on: &str| format!("/api/user/trainers/{}/{on}", tom.id);
    kit.http(&anna).post(&block("block"), &Value::Null).await;
    closed(&mut desk, &tom, false).await;

    desk.send_json(&typing(&tom)).await.unwrap();
    // A device that comes later knows as well.
    let (mut laptop, _) = kit.gateway(0).greeted(&tom).await;
    laptop.send_json(&typing(&tom)).await.unwrap();
    assert_eq!(answers(&mut laptop).await, [""; 0]);
    assert_eq!(answers(&mut desk).await, [""; 0]);
    kit.http(&anna).post(&block("unblock"), &Value::Null).await;
    closed(&mut desk, &tom, true).await;

    assert_eq!(typings(&kit, &mut phone, &tom).await, 0);
    desk.send_json(&typing(&tom)).await.unwrap();
    phone.expect("typing").await;
}

#[tokio::test]
async fn typing_costs_as_much_as_any_command_and_is_told_to_nobody_without_a_broker() {
    let options = Options {
        gateways: 2,
        ..Options::default()
    };
    let kit = Kit::start(options.with("SPOTTER_RATE_COMMANDS", "1/10")).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let (mut phone, _) = kit.gateway(0).greeted(&anna).await;
    let (mut desk, _) = kit.gateway(1).greeted(&tom).await;

    kit.nats().await.stop().unwrap();
    for socket in [&mut phone, &mut desk] {
        assert_eq!(socket.expect("status").await["live"], false);
    }
    phone.send_json(&typing(&anna)).await.unwrap();
    assert_eq!(answers(&mut phone).await, [""; 0]);
    kit.nats().await.resume().unwrap();
    assert_eq!(desk.expect("status").await["live"], true);
    assert_eq!(typings(&kit, &mut desk, &anna).await, 0);

    for _ in 0..20 {
        phone.send_json(&typing(&anna)).await.unwrap();
    }
    let error = phone.expect("error").await;
    assert_eq!(error["code"], "rate_limited");
    assert!(error["retryAfterMs"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn a_device_shows_who_types_until_what_they_wrote_has_come() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let mut phone = kit.gateway(0).connect(&anna).await;
    let desk = kit.gateway(1).connect(&tom).await;
    let conversation = anna.conversation();

    phone.typing().await;
    desk.wait("who types", |state| state.typing(conversation).is_some())
        .await;
    phone.send_text("ready").await;

    desk.wait("the message instead", |state| {
        state.typing(conversation).is_none()
    })
    .await;
    desk.expect_text("ready").await;
}

fn typing(person: &Person) -> Value {
    json!({"type": "typing", "conversationId": person.conversation()})
}

/// Typing frames until a message of `writer` has come, which was written after them.
async fn typings(kit: &Kit, socket: &mut Socket, writer: &Person) -> usize {
    let id = uuid::Uuid::now_v7();
    let body = json!({"conversationId": writer.conversation(), "id": id, "text": "after all that"});
    let sent = kit.http(writer).post("/api/chat/messages", &body).await;
    assert_eq!(sent.status, 201, "{}", sent.body);
    let mut typings = 0;
    loop {
        let frame = socket.next_frame().await.unwrap();
        match frame["type"].as_str().unwrap() {
            "typing" => typings += 1,
            "message" if frame["message"]["id"] == json!(id) => return typings,
            _ => {}
        }
    }
}

/// The codes of the errors that come before the answer to a question asked now.
async fn answers(socket: &mut Socket) -> Vec<String> {
    let mark = json!({"type": "sync", "ref": 77, "conversationId": "no-id", "after": 0});
    socket.send_json(&mark).await.unwrap();
    let mut codes = Vec::new();
    loop {
        let error = socket.expect("error").await;
        if error["ref"] == 77 {
            return codes;
        }
        codes.push(error["code"].to_string());
    }
}

/// Waits until the person is told whether they may write.
async fn closed(socket: &mut Socket, person: &Person, can_send: bool) {
    let told = async {
        loop {
            let access = socket.expect("access").await;
            if access["userId"] == json!(person.id) && access["canSend"] == can_send {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), told).await.unwrap();
}
