//! The broker goes away for ten seconds, in two ways.

use std::time::Duration;

use client::{Device, device::record::Event};
use testkit::Kit;
use tokio::time::{Instant, sleep_until};

const OUTAGE: Duration = Duration::from_secs(10);
/// What people are promised, and a moment for a busy machine.
const TOLD: Duration = Duration::from_secs(3);
const POLLED: Duration = Duration::from_secs(6);
const GRACE: Duration = Duration::from_secs(1);

#[tokio::test]
async fn while_the_broker_is_down_sockets_are_told_and_text_goes_over_http() {
    let kit = Kit::with_gateways(2).await;
    let (mut phone, mut desk) = talk(&kit).await;

    kit.nats().await.kill();
    let begun = Instant::now();

    survive(&mut phone, &mut desk).await;
    sleep_until(begun + OUTAGE).await;
    kit.nats().await.restart().await.unwrap();

    recover(&mut phone, &mut desk).await;
}

#[tokio::test]
async fn a_broker_that_hangs_is_treated_like_one_that_is_gone() {
    let kit = Kit::with_gateways(2).await;
    let (mut phone, mut desk) = talk(&kit).await;

    kit.nats().await.stop().unwrap();
    let begun = Instant::now();

    survive(&mut phone, &mut desk).await;
    sleep_until(begun + OUTAGE).await;
    kit.nats().await.resume().unwrap();

    recover(&mut phone, &mut desk).await;
}

async fn talk(kit: &Kit) -> (Device, Device) {
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let mut phone = kit.gateway(0).connect(&anna).await;
    let desk = kit.gateway(1).connect(&tom).await;
    phone.send_text("before").await;
    desk.expect_text("before").await;
    (phone, desk)
}

/// Both are told in time, a text is acknowledged over HTTP and arrives by polling.
async fn survive(phone: &mut Device, desk: &mut Device) {
    for device in [&*phone, &*desk] {
        device
            .wait_within("status", TOLD + GRACE, |state| !state.link().is_live())
            .await;
        assert!(device.state().link().is_welcomed(), "the socket stays open");
    }

    phone.send_text("during").await;
    phone.expect_confirmation().await;
    let arrived = |state: &client::device::State| {
        let mut copies = state.conversations().into_iter().filter_map(|id| state.copy(id));
        copies.any(|copy| copy.rows().any(|row| row.text.as_deref() == Some("during")))
    };
    desk.wait_within("the text by polling", POLLED + GRACE, arrived)
        .await;
}

/// Sockets are live again without having been closed, and carry what follows.
async fn recover(phone: &mut Device, desk: &mut Device) {
    for device in [&*phone, &*desk] {
        device.wait("live again", |state| state.link().is_live()).await;
    }
    desk.send_text("after").await;
    desk.expect_confirmation().await;

    for device in [&*phone, &*desk] {
        device.expect_text("after").await;
        assert_eq!(device.texts(), ["before", "during", "after"]);
        let closed = |event: &Event| matches!(event, Event::Closed { .. });
        assert!(!device.record().iter().any(closed), "the socket stayed open");
    }
}
