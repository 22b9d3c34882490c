//! Marks and unread counts over two gateways.

use std::time::Duration;

use client::{Device, device::State};
use protocol::Seq;
use serde_json::json;
use testkit::{Kit, Options, Person, proxy::Weather};

#[tokio::test]
async fn a_read_mark_reaches_every_device_of_both_people_on_every_gateway() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let phone = kit.gateway(0).connect(&anna).await;
    let tablet = kit.gateway(1).connect(&anna).await;
    let mut desk = kit.gateway(1).connect(&tom).await;
    let laptop = kit.gateway(0).connect(&tom).await;
    for text in ["one", "two", "three"] {
        desk.send_text(text).await;
    }
    phone.expect_text("three").await;

    phone.read(2).await;

    for device in [&phone, &tablet] {
        device
            .wait("the own mark", |state| own(state, &anna) == (2, 2, 1))
            .await;
    }
    for device in [&desk, &laptop] {
        device
            .wait("the peer's mark", |state| peers(state, &anna) == (2, 2))
            .await;
    }
    tablet.delivered(3).await;
    for device in [&phone, &tablet] {
        device
            .wait("a later mark", |state| own(state, &anna) == (2, 3, 1))
            .await;
    }
    desk.wait("the peer's later mark", |state| peers(state, &anna) == (2, 3))
        .await;
}

#[tokio::test]
async fn a_lost_receipt_is_found_by_the_check_of_heads() {
    let (kit, anna, desk) = read_without_a_broker().await;

    desk.wait_within("the lost receipt", Duration::from_secs(30), |state| {
        peers(state, &anna) == (1, 1)
    })
    .await;
    drop(kit);
}

#[tokio::test]
async fn a_device_that_comes_back_is_told_the_marks_it_missed() {
    let (kit, anna, desk) = read_without_a_broker().await;

    desk.cut().await;

    desk.wait("the mark in `welcome`", |state| peers(state, &anna) == (1, 1))
        .await;
    drop(kit);
}

#[tokio::test]
async fn marks_that_found_no_socket_are_said_again_on_the_next() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let phone = kit.gateway(0).connect(&anna).await;
    let mut desk = kit.gateway(1).connect(&tom).await;
    desk.send_text("one").await;
    phone.expect_text("one").await;

    kit.gateway(0).kill();
    phone.read(1).await;
    kit.gateway(0).revive();

    desk.wait("the mark", |state| peers(state, &anna) == (1, 1)).await;
    phone.wait("its answer", State::is_marked).await;
}

#[tokio::test]
async fn marks_answer_their_ref_and_stay_within_the_thread() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let mut desk = kit.gateway(1).connect(&tom).await;
    desk.send_text("one").await;
    desk.flushed().await;
    let (mut phone, _) = kit.gateway(0).greeted(&anna).await;
    let (mut tablet, _) = kit.gateway(1).greeted(&anna).await;
    let conversation = anna.conversation();

    let far = json!({"type": "read", "ref": 4, "conversationId": conversation, "seq": 900});
    phone.send_json(&far).await.unwrap();

    let ack = phone.expect("ack").await;
    assert_eq!(
        ack,
        json!({"type": "ack", "ref": 4, "conversationId": conversation, "duplicate": false})
    );
    let receipt = json!({
        "type": "receipt", "conversationId": conversation, "userId": anna.id,
        "deliveredSeq": 1, "readSeq": 1, "unread": 0,
    });
    for socket in [&mut phone, &mut tablet] {
        assert_eq!(socket.expect("receipt").await, receipt);
    }
    desk.wait("the mark", |state| peers(state, &anna) == (1, 1)).await;

    let foreign = json!({"type": "read", "ref": 5, "conversationId":
        format!("conversation:{}:{}", tom.id, uuid::Uuid::new_v4()), "seq": 1});
    phone.send_json(&foreign).await.unwrap();
    let absent = json!({"type": "delivered", "ref": 6, "conversationId":
        format!("conversation:{}:{}", uuid::Uuid::new_v4(), anna.id), "seq": 1});
    phone.send_json(&absent).await.unwrap();
    for r#ref in [5, 6] {
        let error = phone.expect("error").await;
        assert_eq!(
            (&error["ref"], &error["code"]),
            (&json!(r#ref), &json!("not_found"))
        );
    }
}

/// Anna has read Tom's first message, and the broker never heard of it.
async fn read_without_a_broker() -> (Kit, Person, Device) {
    let kit = Kit::start(Options {
        gateways: 2,
        proxied_history: true,
        ..Options::default()
    })
    .await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let mut desk = kit.gateway(1).connect(&tom).await;
    desk.send_text("one").await;
    desk.expect_confirmation().await;

    kit.history_line().set(Weather::Cut);
    let body = json!({"conversationId": anna.conversation(), "readSeq": 1});
    let answer = kit.http(&anna).post("/api/chat/marks", &body).await;
    assert_eq!((answer.status, &answer.body["readSeq"]), (200, &json!(1)));
    kit.history_line().set(Weather::Fine);
    kit.history(0).ready().await;
    assert_eq!(peers(&desk.state(), &anna), (0, 0));
    (kit, anna, desk)
}

/// Read, delivered and unread of the device's own person.
fn own(state: &State, anna: &Person) -> (Seq, Seq, u64) {
    state
        .entry(anna.conversation())
        .map(|entry| (entry.read_seq, entry.delivered_seq, entry.unread))
        .unwrap_or_default()
}

/// Read and delivered of the other person.
fn peers(state: &State, anna: &Person) -> (Seq, Seq) {
    state
        .entry(anna.conversation())
        .map(|entry| (entry.peer_read_seq, entry.peer_delivered_seq))
        .unwrap_or_default()
}
