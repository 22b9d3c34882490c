//! Every service gets half of the time it needs.

use std::{
    convert::Infallible,
    time::{Duration, Instant},
};

use e2e::talk::Talk;
use futures_util::future::join_all;
use serde_json::json;
use testkit::{Answer, Kit, Options, Person, Service};
use tokio::time::{interval, sleep};
use uuid::Uuid;

use crate::neighbour::Neighbour;

/// Frozen for as long as it runs: what a container gets whose CPU is limited to half. Nobody beside it suffers.
const SHARE: Duration = Duration::from_millis(20);
const STARVED: Duration = Duration::from_secs(8);
/// More in 10 ms than is committed in 10 ms.
const POUR: usize = 50;
/// Who write while others pour.
const WRITERS: usize = 8;
const HEALTHY_WITHIN: Duration = Duration::from_secs(5);

#[tokio::test]
async fn starved_of_half_their_time_services_shed_load_stay_healthy_and_lose_nothing() {
    let kit = Kit::start(
        Options {
            gateways: 2,
            ..Options::default()
        }
        .unlimited()
        .with("SPOTTER_LOG", "error"),
    )
    .await;
    let (eva, _) = kit.client_with_trainer("Eva", "Max").await;
    let neighbour = Neighbour::of(&kit).await;
    let mut talk = Talk::begin(&kit).await;
    let services: [&Service; 4] = [kit.gateway(0), kit.gateway(1), kit.history(0), kit.roster()];

    let load = async {
        let pour = neighbour.pour(&eva, "too much", (POUR, STARVED));
        tokio::join!(
            pour,
            join_all((0..WRITERS).map(|_| writes(&kit, &eva))),
            healthy(services)
        )
        .1
    };
    let answers = talk.throughout(starving(services, load)).await;
    let statuses: Vec<_> = answers.iter().flatten().map(|answer| answer.status).collect();

    let count = |status| statuses.iter().filter(|told| **told == status).count();
    let (taken, shed) = (count(201), count(503));
    println!(
        "of {} writes over HTTP {taken} were taken and {shed} shed",
        statuses.len()
    );
    assert_eq!(taken + shed, statuses.len(), "{statuses:?}");
    assert!(shed > 0, "there was no shortage");
    let verdict = talk.verdict(&kit).await;
    assert!(verdict.anomalies.is_empty(), "{verdict:?}");
}

/// Freezes the services for half of the time until the story is done.
async fn starving<const N: usize, T>(services: [&Service; N], story: impl Future<Output = T>) -> T {
    let done = tokio::select! {
        done = story => done,
        never = starve(services) => match never {},
    };
    resume(services);
    done
}

async fn starve<const N: usize>(services: [&Service; N]) -> Infallible {
    loop {
        for service in services {
            service.stop();
        }
        sleep(SHARE).await;
        resume(services);
        sleep(SHARE).await;
    }
}

fn resume<const N: usize>(services: [&Service; N]) {
    for service in services {
        service.resume();
    }
}

/// One write after the other into the conversation that others fill; answers what each was told.
async fn writes(kit: &Kit, person: &Person) -> Vec<Answer> {
    let http = kit.http(person);
    let until = Instant::now() + STARVED;
    let mut answers = Vec::new();
    while Instant::now() < until {
        let body = json!({"conversationId": person.conversation(), "id": Uuid::now_v7(), "text": "and me?"});
        answers.push(http.post("/api/chat/messages", &body).await);
    }
    answers
}

/// Asks each service all the time whether it lives.
async fn healthy<const N: usize>(services: [&Service; N]) {
    let mut ticks = interval(Duration::from_millis(500));
    let until = Instant::now() + STARVED;
    while Instant::now() < until {
        ticks.tick().await;
        for service in services {
            let asked = Instant::now();
            assert!(service.is_healthy().await, "a service is not healthy");
            assert!(asked.elapsed() < HEALTHY_WITHIN, "took {:?}", asked.elapsed());
        }
    }
}
