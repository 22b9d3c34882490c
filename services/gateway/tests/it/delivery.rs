//! What reaches a socket, and in which order.

use std::time::Duration;

use protocol::{error::Role, http::BookingStatus};
use serde_json::json;
use testkit::{Kit, Options};
use uuid::Uuid;

use crate::send;

#[tokio::test]
async fn a_conversation_is_told_before_its_first_message() {
    let kit = Kit::with_gateways(1).await;
    let tom = kit.person("Tom", Role::Trainer).await;
    let mut anna = kit.person("Anna", Role::User).await;
    anna.peer = Some(tom.id);
    let (mut desk, welcome) = kit.gateway(0).greeted(&tom).await;
    assert_eq!(welcome["conversations"], json!([]));

    let (mut phone, _) = kit.gateway(0).greeted(&anna).await;
    phone
        .send_json(&send(&anna, 1, "do you have time on Monday?"))
        .await
        .unwrap();
    phone.expect("ack").await;

    let told = desk
        .find(|frame| frame["type"] == "conversation" || frame["type"] == "message")
        .await
        .unwrap();
    assert_eq!(
        (&told["type"], &told["peerId"]),
        (&json!("conversation"), &json!(anna.id))
    );
    let message = desk.expect("message").await;
    assert_eq!(message["position"], 1);
}

#[tokio::test]
async fn a_booking_opens_the_conversation_on_live_sockets() {
    let kit = Kit::with_gateways(1).await;
    let tom = kit.person("Tom", Role::Trainer).await;
    let anna = kit.person("Anna", Role::User).await;
    let (mut desk, _) = kit.gateway(0).greeted(&tom).await;

    kit.book(&anna, &tom, BookingStatus::Active).await;

    let told = desk.expect("conversation").await;
    assert_eq!(
        (&told["peerId"], &told["canSend"]),
        (&json!(anna.id), &json!(true))
    );
}

#[tokio::test]
async fn a_cancelled_booking_takes_the_trainers_right_to_write() {
    let kit = Kit::with_gateways(1).await;
    let tom = kit.person("Tom", Role::Trainer).await;
    let anna = kit.person("Anna", Role::User).await;
    let (mut desk, _) = kit.gateway(0).greeted(&tom).await;
    let booking = kit.book(&anna, &tom, BookingStatus::Active).await;
    desk.expect("conversation").await;

    kit.rebook(booking, &anna, &tom, BookingStatus::Cancelled).await;

    let access = desk
        .find(|frame| frame["type"] == "access" && frame["userId"] == json!(tom.id))
        .await
        .unwrap();
    assert_eq!(access["canSend"], false);
}

#[tokio::test]
async fn a_device_that_was_away_gets_exactly_what_it_missed_before_live_frames() {
    let kit = Kit::with_gateways(1).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let (mut phone, welcome) = kit.gateway(0).greeted(&anna).await;
    for n in 1..=5 {
        phone
            .send_json(&send(&anna, n, &format!("number {n}")))
            .await
            .unwrap();
        phone.expect("ack").await;
    }

    let mut desk = kit.gateway(0).socket(&tom).await;
    let positions = json!({ anna.conversation().to_string(): 2 });
    let hello = json!({
        "type": "hello", "device": Uuid::new_v4(),
        "resume": {"epoch": welcome["epoch"], "positions": positions},
    });
    desk.send_json(&hello).await.unwrap();
    let page = desk.expect("sync").await;
    desk.expect("synced").await;
    phone.send_json(&send(&anna, 6, "number 6")).await.unwrap();
    let live = desk.expect("message").await;

    assert_eq!((&page["from"], &page["to"]), (&json!(2), &json!(5)));
    assert_eq!(page["messages"].as_array().unwrap().len(), 3);
    assert_eq!(live["position"], 6);
}

#[tokio::test]
async fn a_device_of_another_epoch_or_ahead_of_the_log_is_told_to_start_over() {
    let kit = Kit::with_gateways(1).await;
    let (anna, _tom) = kit.client_with_trainer("Anna", "Tom").await;
    let (mut phone, welcome) = kit.gateway(0).greeted(&anna).await;
    phone.send_json(&send(&anna, 1, "hi")).await.unwrap();
    phone.expect("ack").await;

    for (epoch, position, reset) in [
        (json!(Uuid::new_v4()), 1, "epoch_changed"),
        (welcome["epoch"].clone(), 99, "ahead"),
    ] {
        let mut tablet = kit.gateway(0).socket(&anna).await;
        let positions = json!({ anna.conversation().to_string(): position });
        let hello = json!({"type": "hello", "device": Uuid::new_v4(), "resume": {"epoch": epoch, "positions": positions}});
        tablet.send_json(&hello).await.unwrap();
        let page = tablet.expect("sync").await;
        assert_eq!((&page["reset"], &page["to"]), (&json!(reset), &json!(1)));
        tablet.expect("synced").await;
    }
}

#[tokio::test]
async fn one_interest_for_all_delivers_to_both_people() {
    let kit = Kit::start(Options::default().with("SPOTTER_INTEREST", "all")).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let (mut phone, _) = kit.gateway(0).greeted(&anna).await;
    let (mut desk, _) = kit.gateway(0).greeted(&tom).await;

    phone.send_json(&send(&anna, 1, "hi")).await.unwrap();

    for socket in [&mut phone, &mut desk] {
        assert_eq!(socket.expect("message").await["position"], 1);
        assert!(
            !socket.comes_within("message", Duration::from_millis(300)).await,
            "once only"
        );
    }
}

#[tokio::test]
async fn a_slow_socket_closes_4005_and_its_neighbour_notices_nothing() {
    let options = Options::default()
        .with("SPOTTER_RATE_MESSAGES", "10000/10000")
        .with("SPOTTER_QUEUE_BYTES", "65536")
        .with("SPOTTER_HEARTBEAT_SECONDS", "600");
    let kit = Kit::start(options).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let (mut sleepy, _) = kit.gateway(0).greeted(&tom).await;
    let (mut desk, _) = kit.gateway(0).greeted(&tom).await;
    let (mut phone, _) = kit.gateway(0).greeted(&anna).await;
    let text = "x".repeat(4_000);

    let mut sent = 0;
    while kit
        .gateway(0)
        .metric("gateway_closes_total{code=\"4005\",reason=\"too_slow\"}")
        .await
        < 1.0
    {
        for _ in 0..50 {
            sent += 1;
            phone.send_json(&send(&anna, sent, &text)).await.unwrap();
            phone.expect("ack").await;
            assert_eq!(desk.expect("message").await["position"], sent);
        }
        assert!(sent < 20_000, "a socket that reads nothing is never too slow");
    }

    assert_eq!(sleepy.expect_close().await, 4005);
}

#[tokio::test]
async fn a_socket_that_was_quiet_for_longer_than_the_grace_hears_everything() {
    let kit = Kit::start(Options::default().with("SPOTTER_INTEREST_GRACE_SECONDS", "1")).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let (mut desk, _) = kit.gateway(0).greeted(&tom).await;

    // Who comes later and leaves is let go after the grace: by then Tom was here for longer.
    let (phone, _) = kit.gateway(0).greeted(&anna).await;
    let within = Duration::from_secs(20);
    let both = async || kit.gateway(0).metric("gateway_people").await >= 2.0;
    sandbox::until("both are counted", within, both).await.unwrap();
    phone.close().await;
    let one = async || kit.gateway(0).metric("gateway_people").await <= 1.0;
    sandbox::until("Anna is let go", within, one).await.unwrap();
    let (mut phone, _) = kit.gateway(0).greeted(&anna).await;
    phone.send_json(&send(&anna, 1, "still there?")).await.unwrap();

    assert_eq!(desk.expect("message").await["message"]["text"], "still there?");
    kit.sign_out(&tom).await;
    assert_eq!(desk.expect_close().await, 4505);
}
