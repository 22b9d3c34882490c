//! The edge in front of everything, as it is deployed: what passes it, what it hides, and what it is believed.

use std::time::Duration;

use client::{
    Socket,
    device::record::Event,
    socket::{Options as SocketOptions, Refused},
};
use e2e::{front::Front, talk::Talk};
use serde_json::json;
use testkit::{Kit, ORIGIN, Options, Person, Service};
use tokio::sync::watch;
use uuid::Uuid;

use crate::rolled::PHOTO;

const ROLLED_WITHIN: Duration = Duration::from_secs(20);
/// Longer than the edge takes to hear that a replica leaves.
const WINDOW: &str = "4";

#[tokio::test]
async fn a_message_crosses_the_edge_and_two_gateways() {
    let kit = behind_an_edge(&[]).await;
    let front = Front::before(&kit).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;

    let mut phone = front.connect(&kit, &anna).await;
    let desk = front.connect(&kit, &tom).await;
    phone.send_text("ready for Monday").await;

    desk.expect_text("ready for Monday").await;
    phone.expect_confirmation().await;
    for gateway in kit.gateways() {
        let has_one = gateway.metric("gateway_sockets").await > 0.0;
        assert!(has_one, "the edge gives a socket to whoever has the fewest");
    }
}

#[tokio::test]
async fn a_browsers_socket_passes_the_edge_with_its_token_and_its_close_code() {
    let kit = behind_an_edge(&[]).await;
    let front = Front::before(&kit).await;
    let (anna, _) = kit.client_with_trainer("Anna", "Tom").await;
    let browser = front.believing(SocketOptions::browser(&anna.token, ORIGIN));

    let mut socket = Socket::connect(&front.socket_url(), &browser).await.unwrap();
    let hello = json!({"type": "hello", "device": Uuid::new_v4()});
    socket.send_json(&hello).await.unwrap();
    socket.expect("synced").await;
    kit.sign_out(&anna).await;

    assert_eq!(socket.expect_close().await, 4_505);
}

#[tokio::test]
async fn forwarded_addresses_are_believed_from_the_edge_alone() {
    let kit = behind_an_edge(&[("SPOTTER_RATE_HANDSHAKES", "1/3")]).await;
    let front = Front::before(&kit).await;
    let (anna, _) = kit.client_with_trainer("Anna", "Tom").await;
    let from = |host: u8, forged: u8| SocketOptions {
        from: Some([127, 0, 2, host].into()),
        headers: vec![("x-forwarded-for".to_owned(), format!("203.0.113.{forged}"))],
        ..front.believing(SocketOptions::native(&anna.token))
    };

    // Through the edge each address is counted as itself, whatever it says.
    let edge = front.socket_url();
    assert!(limited(&edge, |forged| from(1, forged)).await, "one address");
    assert!(
        Socket::connect(&edge, &from(2, 1)).await.is_ok(),
        "another address"
    );

    // Past the edge nobody is believed.
    let gateway = kit.gateway(0).socket_url();
    assert!(limited(&gateway, |forged| from(3, forged)).await, "past the edge");
}

/// Whether ten sockets that each claim another address are too many.
async fn limited(url: &str, options: impl Fn(u8) -> SocketOptions) -> bool {
    let mut sockets = Vec::new();
    for forged in 0..10 {
        match Socket::connect(url, &options(forged)).await {
            Ok(socket) => sockets.push(socket),
            Err(Refused::Answered { status: 429, .. }) => return true,
            Err(other) => panic!("{other}"),
        }
    }
    false
}

#[tokio::test]
async fn every_replica_rolled_behind_the_edge_under_load_loses_and_repeats_nothing() {
    let kit = behind_an_edge(&[]).await;
    let front = Front::before(&kit).await;
    let people = kit.client_with_trainer("Anna", "Tom").await;
    let phone = front.connect(&kit, &people.0).await;
    let desk = front.connect(&kit, &people.1).await;
    let client = people.0.clone();
    let uploaded = kit
        .http(&client)
        .upload("front.png", "image/png", PHOTO.to_vec())
        .await;
    let file = uploaded.body["id"].as_str().unwrap();
    let mut talk = Talk::between(people, phone, desk).await;

    let rolled = watch::Sender::new(false);
    let roll = async {
        for service in kit.services() {
            roll(service).await;
        }
        rolled.send_replace(true);
    };
    let reading = read(&front, &client, file, rolled.subscribe());
    let (read, ()) = talk.throughout(async { tokio::join!(reading, roll) }).await;

    for device in [&talk.phone, &talk.desk] {
        for event in device.record() {
            assert!(
                !matches!(event, Event::Closed { code } if code != Some(4_000)),
                "{event:?}"
            );
        }
    }
    let verdict = talk.verdict(&kit).await;
    println!(
        "{} messages and {read} calls while 8 replicas were rolled",
        verdict.messages
    );
    assert!(verdict.anomalies.is_empty(), "{verdict:?}");
    assert!(verdict.acked > 100, "{verdict:?}");
    assert!(read > 20, "only {read} calls");
}

/// Lets it drain, starts it again, and waits until it is ready.
async fn roll(service: &Service) {
    service.terminate();
    assert!(service.ended(ROLLED_WITHIN).await, "the process ends by itself");
    service.restart().await;
}

/// Asks each service through the edge until everything is rolled; every answer must be a good one.
async fn read(front: &Front, person: &Person, file: &str, rolled: watch::Receiver<bool>) -> usize {
    let http = front.http();
    let peer = person.peer.unwrap();
    let paths = [
        format!("/api/chat/history?userId={}&trainerId={peer}", person.id),
        "/api/user/trainers".to_owned(),
        format!("/api/files/{file}"),
    ];
    let mut answered = 0;
    while !*rolled.borrow() {
        for path in &paths {
            let call = http.get(format!("{}{path}", front.url()));
            let answer = call.bearer_auth(&person.token).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{path}");
            answered += 1;
        }
    }
    answered
}

/// Two of everything, told that the edge alone forwards.
async fn behind_an_edge(more: &[(&'static str, &str)]) -> Kit {
    let options = Options {
        gateways: 2,
        histories: 2,
        rosters: 2,
        files: true,
        uploads: 2,
        addresses: true,
        ..Options::default()
    };
    let options = options
        .unlimited()
        .with("SPOTTER_TRUSTED_PROXIES", "127.0.0.1")
        .with("SPOTTER_DRAIN_SECONDS", WINDOW);
    let options = more
        .iter()
        .fold(options, |options, (name, value)| options.with(name, value));
    Kit::start(options).await
}
