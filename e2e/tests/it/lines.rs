//! Lines between a device, a gateway and the broker that carry badly, or in one direction only.

use std::time::Duration;

use testkit::{
    Kit, Options, Person,
    proxy::{Proxy, Weather},
};

#[tokio::test]
async fn a_gateway_that_hears_nothing_from_the_broker_recovers_by_itself() {
    outlast(Weather::Deaf).await;
}

#[tokio::test]
async fn a_black_hole_between_gateway_and_broker_ends_in_recovery() {
    outlast(Weather::BlackHole).await;
}

/// Sockets are told within 3 s, text goes out over HTTP, and everything is live again afterwards.
async fn outlast(weather: Weather) {
    let kit = Kit::start(Options {
        gateways: 2,
        proxied_broker: true,
        ..Options::default()
    })
    .await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let mut phone = kit.gateway(0).connect(&anna).await;
    let mut desk = kit.gateway(1).connect(&tom).await;
    phone.send_text("before").await;
    desk.expect_text("before").await;

    kit.broker_line().set(weather);
    for device in [&phone, &desk] {
        device
            .wait_within("status", Duration::from_secs(4), |state| !state.link().is_live())
            .await;
    }
    phone.send_text("during").await;
    phone.expect_confirmation().await;
    desk.expect_text("during").await;
    kit.broker_line().reset();
    kit.broker_line().set(Weather::Fine);

    for device in [&phone, &desk] {
        device.wait("live again", |state| state.link().is_live()).await;
    }
    desk.send_text("after").await;
    for device in [&phone, &desk] {
        device.expect_text("after").await;
        assert_eq!(device.texts(), ["before", "during", "after"]);
    }
}

#[tokio::test]
async fn a_device_on_a_line_of_single_bytes_sees_the_same_thread() {
    let kit = Kit::with_gateways(1).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let line = Proxy::start(([127, 0, 0, 1], kit.gateway(0).port()).into()).await;
    line.set(Weather::Thin {
        bytes: 1,
        pause: Duration::ZERO,
    });
    let mut options = kit.gateway(0).options(&anna);
    options.gateways = vec![format!("ws://127.0.0.1:{}/ws/chat", line.port())];
    let mut phone = kit.gateway(0).start(options);
    phone.synced().await;
    let mut desk = kit.gateway(0).connect(&tom).await;

    phone.send_text("one byte at a time").await;
    desk.expect_text("one byte at a time").await;
    desk.send_text("so I see").await;
    phone.expect_text("so I see").await;

    assert_eq!(digests(&phone, &anna), kit.log(anna.conversation()).await);
}

#[tokio::test]
async fn a_message_comes_to_both_people_with_one_interest_for_all_gateways() {
    let options = Options {
        gateways: 2,
        ..Options::default()
    };
    let kit = Kit::start(options.with("SPOTTER_INTEREST", "all")).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let mut phone = kit.gateway(0).connect(&anna).await;
    let mut desk = kit.gateway(1).connect(&tom).await;

    phone.send_text("to all").await;
    desk.expect_text("to all").await;
    desk.send_text("heard").await;
    phone.expect_text("heard").await;
    desk.expect_text("heard").await;

    assert_eq!(digests(&phone, &anna), digests(&desk, &anna));
}

#[tokio::test]
async fn no_log_of_a_conversation_holds_its_text_or_a_token() {
    let options = Options {
        gateways: 2,
        ..Options::default()
    };
    let kit = Kit::start(options.with("SPOTTER_LOG", "debug")).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let mut phone = kit.gateway(0).connect(&anna).await;
    let mut desk = kit.gateway(1).connect(&tom).await;
    phone.send_text("a secret between us").await;
    desk.expect_text("a secret between us").await;
    desk.send_text("kept").await;
    phone.expect_text("kept").await;
    phone.stop().await;
    let ended = sandbox::until("the end of a socket in the log", Duration::from_secs(10), || {
        std::future::ready(kit.gateway(0).log().contains("Socket ended"))
    });
    ended.await.unwrap();

    let services = [kit.gateway(0), kit.gateway(1)]
        .into_iter()
        .map(|gateway| gateway.log());
    let logs: String = services
        .chain([kit.history(0).log(), kit.roster().log()])
        .collect();

    for secret in ["a secret between us", &anna.token, &tom.token, "bearer.ey"] {
        assert!(!logs.contains(secret), "a log holds {secret}");
    }
}

fn digests(device: &client::Device, person: &Person) -> Vec<client::Digest> {
    device
        .rows(person.conversation())
        .iter()
        .map(client::Digest::from)
        .collect()
}
