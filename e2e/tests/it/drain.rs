//! A gateway is rolled under live sockets.

use std::time::Duration;

use client::device::record::Event;
use testkit::{Kit, Options};

const WINDOW: Duration = Duration::from_secs(6);

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
