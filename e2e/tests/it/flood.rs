//! The broker brings more than a gateway reads.

use std::time::Duration;

use bus::{ChatKind, Headers, Subject};
use client::device::State;
use protocol::{ConversationId, UserId};
use serde_json::json;
use testkit::{Kit, Options};
use uuid::Uuid;

use crate::neighbour::Neighbour;

/// Many times what one subscription holds, which is 4,096.
const FLOOD: u64 = 40_000;
/// Sooner than the sweep that compares everyone's heads within 22 s can be counted on.
const REPAIRED: Duration = Duration::from_secs(10);

#[tokio::test]
async fn what_a_flooded_gateway_dropped_is_found_because_it_notices_the_flood() {
    let options = Options {
        gateways: 2,
        ..Options::default()
    };
    // With one thread, what reads from the broker runs far ahead of what hands messages on.
    let options = options.with_replica(("gateway", 1), &[("TOKIO_WORKER_THREADS", "1".to_owned())]);
    let kit = Kit::start(options.with("SPOTTER_INTEREST", "all")).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let mut phone = kit.gateway(0).connect(&anna).await;
    let desk = kit.gateway(1).connect(&tom).await;
    phone.send_text("before").await;
    desk.expect_text("before").await;
    let neighbour = Neighbour::of(&kit).await;
    let before = resyncs(&kit).await;

    // Frozen, the gateway finds all of it at once when it wakes.
    kit.gateway(1).stop();
    flood(&neighbour, FLOOD / 2).await;
    phone.send_text("in the flood").await;
    phone.expect_confirmation().await;
    flood(&neighbour, FLOOD / 2).await;
    kit.gateway(1).resume();

    let arrived = |state: &State| {
        let copy = state.copy(anna.conversation());
        copy.is_some_and(|copy| copy.position() == 2)
    };
    let took = desk.wait_within("what was dropped", REPAIRED, arrived).await;
    let told = sandbox::until("the gateway to notice", REPAIRED, || async {
        resyncs(&kit).await > before
    });
    told.await.unwrap();
    let noticed = resyncs(&kit).await - before;
    println!("the gateway noticed {noticed} times; repaired after {took:?}");
    assert!(
        noticed <= 60.0,
        "the log is asked at most twice a second: {noticed}"
    );
    assert_eq!(desk.texts(), ["before", "in the flood"]);
    phone.send_text("after").await;
    desk.expect_text("after").await;
}

/// How often the gateway has looked again because messages may have been lost.
async fn resyncs(kit: &Kit) -> f64 {
    kit.gateway(1).metric("bus_resyncs_total").await
}

/// Events of people who are not here.
async fn flood(neighbour: &Neighbour, events: u64) {
    let strangers = ConversationId::new(UserId(Uuid::new_v4()), UserId(Uuid::new_v4()));
    let frame = json!({"type": "message", "conversationId": strangers}).to_string();
    for position in 1..=events {
        let headers = Headers {
            position: Some(position),
            ..Headers::default()
        };
        let subject = Subject::chat(ChatKind::Event, strangers);
        let published = neighbour.bus.publish(subject, headers, frame.clone().into());
        published.await.unwrap();
    }
}
