//! A gateway is rolled under live sockets.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use client::device::record::Event;
use testkit::{Kit, Options, Service};

const WINDOW: Duration = Duration::from_secs(6);
const ROLLED_WITHIN: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_draining_gateway_asks_its_sockets_to_reconnect_and_closes_4000() {
    let kit = rolling().await;
    let (anna, _) = kit.client_with_trainer("Anna", "Tom").await;
    let (mut socket, _) = kit.gateway(0).greeted(&anna).await;

    kit.gateway(0).terminate();

    let asked = socket.expect("reconnect").await;
    let after = Duration::from_millis(asked["afterMs"].as_u64().unwrap());
    assert!(after <= WINDOW);
    assert_eq!(socket.expect_close().await, 4_000);
    assert!(
        kit.gateway(0).ended(WINDOW * 2).await,
        "the process ends by itself"
    );
}

#[tokio::test]
async fn devices_move_to_another_gateway_and_nothing_is_lost_on_the_way() {
    let kit = rolling().await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let mut phone = kit.gateway(0).connect(&anna).await;
    let desk = kit.gateway(0).connect(&tom).await;

    kit.gateway(0).terminate();
    let mut written = Vec::new();
    while kit.gateway(0).is_running() {
        let text = format!("message {}", written.len());
        phone.send_text(&text).await;
        phone.expect_confirmation().await;
        written.push(text);
    }

    desk.expect_text(written.last().unwrap()).await;
    assert_eq!(desk.texts(), written);
    assert_eq!(phone.connected_to(), Some(kit.gateway(1).socket_url()));
    for device in [&phone, &desk] {
        let codes = device.record().into_iter().filter_map(|event| match event {
            Event::Closed { code } => Some(code),
            _ => None,
        });
        assert!(codes.into_iter().all(|code| code == Some(4_000)));
    }
}

#[tokio::test]
async fn every_service_rolled_three_times_under_load_loses_and_repeats_nothing() {
    let options = Options {
        gateways: 2,
        histories: 2,
        ..Options::default()
    };
    let options = options.with("SPOTTER_DRAIN_SECONDS", "2");
    let kit = Kit::start(options.with("SPOTTER_RATE_MESSAGES", "1000/1000")).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let mut phone = kit.gateway(0).connect(&anna).await;
    let desk = kit.gateway(1).connect(&tom).await;

    let rolled = AtomicBool::new(false);
    let roll = async {
        for _ in 0..3 {
            let histories = [kit.history(0), kit.history(1)];
            let gateways: [&Service; 2] = [kit.gateway(0), kit.gateway(1)];
            for service in histories.into_iter().chain([kit.roster()]).chain(gateways) {
                service.terminate();
                assert!(service.ended(ROLLED_WITHIN).await, "the process ends by itself");
                service.restart().await;
            }
        }
        rolled.store(true, Ordering::Relaxed);
    };
    let write = async {
        let mut written = Vec::new();
        let mut pace = tokio::time::interval(Duration::from_millis(20));
        while !rolled.load(Ordering::Relaxed) {
            pace.tick().await;
            let text = format!("message {}", written.len());
            phone.send_text(&text).await;
            phone.expect_confirmation().await;
            written.push(text);
        }
        written
    };
    let ((), written) = tokio::join!(roll, write);

    desk.expect_text(written.last().unwrap()).await;
    assert!(written.len() > 100, "only {} messages", written.len());
    assert_eq!(desk.texts(), written);
    let digests: Vec<_> = desk
        .rows(anna.conversation())
        .iter()
        .map(client::Digest::from)
        .collect();
    assert_eq!(digests, kit.log(anna.conversation()).await);
}

async fn rolling() -> Kit {
    let options = Options {
        gateways: 2,
        ..Options::default()
    };
    let window = WINDOW.as_secs().to_string();
    let rates = "1000/1000";
    Kit::start(
        options
            .with("SPOTTER_DRAIN_SECONDS", &window)
            .with("SPOTTER_RATE_MESSAGES", rates),
    )
    .await
}
