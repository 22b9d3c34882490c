//! Every service is rolled under load, and nobody notices.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use client::Device;
use e2e::talk::Talk;
use futures_util::{StreamExt, future::join_all, stream};
use serde_json::json;
use testkit::{Answer, Kit, Options, Person, Service};
use tokio::sync::watch;
use uuid::Uuid;

const ROLLED_WITHIN: Duration = Duration::from_secs(20);
/// A red square of two by two.
pub const PHOTO: &[u8] =
    b"\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x02\x00\x00\x00\x02\
      \x08\x02\x00\x00\x00\xfd\xd4\x9a\x73\x00\x00\x00\x10\x49\x44\x41\x54\x78\x9c\x63\x38\xa1\xa1\x01\
      \x44\x0c\x10\x0a\x00\x21\x2e\x04\x61\x1e\xe0\x6d\xc2\x00\x00\x00\x00\x49\x45\x4e\x44\xae\x42\x60\
      \x82";

#[tokio::test]
async fn every_service_rolled_three_times_under_load_loses_and_repeats_nothing() {
    let options = Options {
        gateways: 2,
        histories: 2,
        files: true,
        ..Options::default()
    };
    let options = options.with("SPOTTER_DRAIN_SECONDS", "2").unlimited();
    let kit = Kit::start(options.with("SPOTTER_RATE_UPLOADS", "10000")).await;
    let (eva, max) = kit.client_with_trainer("Eva", "Max").await;
    let album = kit.gateway(1).connect(&max).await;
    let mut talk = Talk::begin(&kit).await;

    let rolled = watch::Sender::new(false);
    let roll = async {
        for _ in 0..3 {
            roll_all(&kit).await;
        }
        rolled.send_replace(true);
    };
    let photos = async { tokio::join!(roll, send_photos(&kit, &eva, rolled.subscribe())).1 };
    let photos = talk.throughout(photos).await;

    let verdict = talk.verdict(&kit).await;
    assert!(verdict.anomalies.is_empty(), "{verdict:?}");
    assert!(verdict.acked > 100, "{verdict:?}");
    assert!(photos > 3, "only {photos} photos");
    album.wait_until(eva.conversation(), photos as u64).await;
    let rows = album.rows(eva.conversation());
    assert_eq!(rows.len(), photos);
    assert!(rows.iter().all(|row| row.attachments.len() == 1));
}

async fn roll_all(kit: &Kit) {
    let histories = [kit.history(0), kit.history(1)];
    let gateways: [&Service; 2] = [kit.gateway(0), kit.gateway(1)];
    let singles = [kit.roster(), kit.files()];
    for service in histories.into_iter().chain(singles).chain(gateways) {
        service.terminate();
        assert!(service.ended(ROLLED_WITHIN).await, "the process ends by itself");
        service.restart().await;
    }
}

/// Uploads photos and sends each, again and again until it is taken; answers how many.
async fn send_photos(kit: &Kit, person: &Person, rolled: watch::Receiver<bool>) -> usize {
    let http = kit.http(person);
    let mut sent = 0;
    while !*rolled.borrow() {
        let uploaded = insisted(|| http.attempt(http.form("front.png", "image/png", PHOTO.to_vec()))).await;
        let body = json!({
            "conversationId": person.conversation(), "id": Uuid::now_v7(), "attachments": [uploaded.body["id"]],
        });
        let path = "/api/chat/messages";
        insisted(|| http.attempt(http.request("POST".parse().unwrap(), path).json(&body))).await;
        sent += 1;
    }
    sent
}

/// Asks until the answer is a good one; what is not may only be a refusal that passes.
async fn insisted<A: Future<Output = Option<Answer>>>(ask: impl Fn() -> A) -> Answer {
    let taken = Mutex::new(None);
    let good = sandbox::until("a good answer", Duration::from_secs(30), || async {
        let answer = ask().await;
        let passing = answer
            .as_ref()
            .is_none_or(|answer| [200, 201, 503].contains(&answer.status));
        assert!(passing, "{answer:?}");
        let good = answer.filter(|answer| answer.status < 300);
        let is_good = good.is_some();
        *taken.lock().unwrap() = good;
        is_good
    });
    good.await.unwrap();
    taken.into_inner().unwrap().unwrap()
}

/// With 300 devices a second's share is about 54, give or take 7.
const PEOPLE: usize = 30;
const DEVICES: usize = 10;
const WINDOW: usize = 8;
/// The part of the window in which devices are asked to leave, of ten.
const SPREAD: usize = 7;

#[tokio::test]
async fn no_second_of_a_drain_holds_more_than_twice_its_share_of_reconnects() {
    let options = Options {
        gateways: 2,
        ..Options::default()
    };
    let options = options.with("SPOTTER_DRAIN_SECONDS", &WINDOW.to_string());
    let kit = Kit::start(options.unlimited()).await;
    let devices = crowd(&kit).await;

    kit.gateway(0).terminate();
    let begun = Instant::now();
    let moments = join_all(devices.iter().map(|device| moved(&kit, device, begun))).await;

    let mut seconds = [0_usize; WINDOW + 1];
    for moment in moments {
        let second = usize::try_from(moment.as_secs()).unwrap();
        seconds[second.min(WINDOW)] += 1;
    }
    println!("reconnects per second of the drain: {seconds:?}");
    let share = devices.len() * 10 / (WINDOW * SPREAD);
    assert!(seconds.iter().all(|count| *count < 2 * share), "{seconds:?}");
}

/// Devices of many people at the first gateway.
async fn crowd(kit: &Kit) -> Vec<Device> {
    let mut devices = Vec::new();
    for pair in 0..PEOPLE / 2 {
        let (client, trainer) = kit
            .client_with_trainer(&format!("Anna {pair}"), &format!("Tom {pair}"))
            .await;
        for person in [client, trainer] {
            devices.extend((0..DEVICES).map(|_| kit.gateway(0).start(kit.gateway(0).options(&person))));
        }
    }
    stream::iter(&devices)
        .for_each_concurrent(None, Device::synced)
        .await;
    devices
}

/// When a device has come to the other gateway.
async fn moved(kit: &Kit, device: &Device, begun: Instant) -> Duration {
    let there = Some(kit.gateway(1).socket_url());
    let moved = sandbox::until("the other gateway", ROLLED_WITHIN, || {
        std::future::ready(device.connected_to() == there)
    });
    moved.await.unwrap();
    begun.elapsed()
}
