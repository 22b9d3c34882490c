//! The bus against a real nats-server that is stopped, killed and started again.
#![cfg(test)]

mod durable;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use boot::Lifecycle;
use bus::{Bus, ChatKind, Config, Error, Headers, Pattern, Subject};
use bytes::Bytes;
use clap::Parser;
use futures_util::StreamExt;
use protocol::{ConversationId, UserId, error::Role};
use sandbox::{Nats, NatsOptions};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

const SOON: Duration = Duration::from_secs(10);

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    bus: Config,
}

async fn connect(nats: &Nats, life: &Lifecycle) -> Bus {
    let settings = Settings::parse_from(["test", "--nats-url", &nats.url()]);
    Bus::connect(&settings.bus, "test", life)
        .await
        .expect("the broker answers")
}

async fn broker() -> Nats {
    Nats::start(NatsOptions::default())
        .await
        .expect("nats-server starts")
}

async fn live(bus: &Bus, live: bool) {
    let mut status = bus.status();
    let waited = timeout(SOON, status.wait_for(|status| status.live == live)).await;
    waited.expect("the status changes").expect("the bus lives");
}

fn person(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

#[tokio::test]
async fn a_question_is_answered_by_one_of_a_group() {
    let (nats, asker) = (broker().await, Lifecycle::new());
    let bus = connect(&nats, &asker).await;
    let answers = Arc::new(AtomicU32::new(0));
    for _ in 0..2 {
        let life = Lifecycle::new();
        let (replica, answers) = (connect(&nats, &life).await, answers.clone());
        let double = move |n: u32| {
            answers.fetch_add(1, Ordering::Relaxed);
            async move { n * 2 }
        };
        replica
            .answer(Subject::HISTORY_OPEN, 4, &life, double)
            .await
            .expect("the desk opens");
        // Asked over its own connection, so that its subscription is at the broker.
        let own: u32 = replica
            .request(Subject::HISTORY_OPEN, &1, SOON)
            .await
            .expect("an answer");
        assert_eq!(own, 2);
    }

    for n in 0..20_u32 {
        let answer: u32 = bus
            .request(Subject::HISTORY_OPEN, &n, SOON)
            .await
            .expect("an answer");
        assert_eq!(answer, n * 2);
    }

    assert_eq!(answers.load(Ordering::Relaxed), 22);
}

#[tokio::test]
async fn a_question_that_nobody_answers_fails_at_once() {
    let (nats, life) = (broker().await, Lifecycle::new());
    let bus = connect(&nats, &life).await;

    let begun = Instant::now();
    let answer: Result<u32, Error> = bus.request(Subject::HISTORY_OPEN, &1, SOON).await;

    assert!(matches!(answer, Err(Error::NoResponders)), "{answer:?}");
    assert!(begun.elapsed() < SOON);
}

#[tokio::test]
async fn a_person_hears_of_own_conversations_only() {
    let (nats, life) = (broker().await, Lifecycle::new());
    let bus = connect(&nats, &life).await;
    let (tom, anna, bert) = (person(1), person(2), person(3));
    let pattern = Pattern::person(anna, Role::User).expect("clients have conversations");
    let mut heard = bus.subscribe(pattern).await.expect("a subscription");

    for (client, position) in [(bert, 1), (anna, 2)] {
        let subject = Subject::chat(ChatKind::Event, ConversationId::new(tom, client));
        let headers = Headers {
            position: Some(position),
            ..Headers::default()
        };
        bus.publish(subject, headers, Bytes::from_static(b"{}"))
            .await
            .expect("published");
    }

    let first = timeout(SOON, heard.next())
        .await
        .expect("a message")
        .expect("a message");
    assert_eq!(first.headers.position, Some(2));
}

#[tokio::test]
async fn a_broker_that_hangs_is_noticed_within_three_seconds_and_nothing_waits_for_it() {
    let (mut nats, life) = (broker().await, Lifecycle::new());
    let bus = connect(&nats, &life).await;
    let before = bus.status().borrow().generation;

    let begun = Instant::now();
    nats.stop().expect("stopped");
    live(&bus, false).await;
    let noticed = begun.elapsed();
    let published = bus
        .publish(Subject::ROSTER_CHANGED, Headers::default(), Bytes::new())
        .await;
    nats.resume().expect("resumed");
    live(&bus, true).await;

    assert!(noticed < Duration::from_secs(3), "{noticed:?}");
    assert!(matches!(published, Err(Error::Down)), "{published:?}");
    assert!(
        bus.status().borrow().generation > before,
        "what was missed is not looked for"
    );
}

#[tokio::test]
async fn a_follower_looks_at_once_and_when_the_bell_rings_and_when_the_broker_comes_back() {
    let (mut nats, life) = (broker().await, Lifecycle::new());
    let bus = connect(&nats, &life).await;
    let (looked, mut looks) = tokio::sync::mpsc::channel(16);
    bus.follow("test", Subject::ROSTER_CHANGED.into(), &life, move || {
        let looked = looked.clone();
        async move {
            looked.send(Instant::now()).await?;
            Ok(false)
        }
    });
    timeout(SOON, looks.recv()).await.expect("looks at once");

    let begun = Instant::now();
    bus.publish(Subject::ROSTER_CHANGED, Headers::default(), Bytes::new())
        .await
        .expect("rung");
    timeout(SOON, looks.recv())
        .await
        .expect("looks when the bell rings");
    nats.kill();
    live(&bus, false).await;
    while looks.try_recv().is_ok() {}
    nats.restart().await.expect("restarted");
    timeout(SOON, looks.recv())
        .await
        .expect("looks when the broker comes back");

    // Without bell and broker it would look after 15 s at the earliest.
    assert!(begun.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn a_desk_leaves_promptly_also_while_the_broker_is_down() {
    let (mut nats, life) = (broker().await, Lifecycle::new());
    let bus = connect(&nats, &life).await;
    bus.answer(Subject::HISTORY_OPEN, 4, &life, |n: u32| async move { n })
        .await
        .expect("the desk opens");

    nats.kill();
    live(&bus, false).await;
    life.soft.cancel();

    timeout(SOON, life.tasks.drained())
        .await
        .expect("the desk is closed");
}

#[tokio::test]
async fn what_was_dropped_is_told_once_a_moment_however_much_it_was() {
    let (nats, life) = (broker().await, Lifecycle::new());
    let reader = connect(&nats, &life).await;
    let other = Lifecycle::new();
    let writer = connect(&nats, &other).await;
    live(&writer, true).await;
    live(&reader, true).await;
    // Nobody reads: it holds 4,096 messages, and the broker's client drops the others.
    let _unread = reader
        .subscribe(Pattern::every_conversation())
        .await
        .expect("a subscription");
    let mut status = reader.status();
    let before = status.borrow_and_update().generation;

    let pair = ConversationId::new(person(1), person(2));
    for _ in 0..20_000 {
        let subject = Subject::chat(ChatKind::Typing, pair);
        let published = writer.publish(subject, Headers::default(), Bytes::from_static(b"{}"));
        published.await.expect("room on the way");
    }

    let told = status.wait_for(|status| status.generation > before);
    timeout(SOON, told)
        .await
        .expect("it is told in time")
        .expect("the bus lives");
    let again = timeout(
        Duration::from_secs(2),
        status.wait_for(|status| status.generation > before + 20),
    );
    assert!(again.await.is_err(), "told for each message");
}
