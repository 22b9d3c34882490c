//! Messages of a stream, against a real nats-server that keeps streams.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use boot::Lifecycle;
use bus::{Durable, Kept, Settle};
use sandbox::{Nats, NatsLine, NatsOptions};

use crate::connect;

const WITHIN: Duration = Duration::from_secs(30);

/// A stream with these messages.
async fn stream(messages: &[&str]) -> Nats {
    let options = NatsOptions {
        jetstream: true,
        ..NatsOptions::default()
    };
    let nats = Nats::start(options).await.expect("nats-server starts");
    let mut line = NatsLine::open(&nats).await.expect("it answers");
    let stream = br#"{"name":"POST","subjects":["post.*"],"storage":"file"}"#;
    let made = line.ask("$JS.API.STREAM.CREATE.POST", stream).await.unwrap();
    assert!(made["error"].is_null(), "{made}");
    for message in messages {
        line.ask("post.letter", message.as_bytes()).await.unwrap();
    }
    nats
}

fn letters() -> Durable {
    Durable {
        stream: "POST".to_owned(),
        name: "reader",
        subjects: &["post.letter"],
        unsettled: 10,
    }
}

/// What was handed over: its text, its delivery, and when.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<(String, u64, Instant)>>>);

impl Seen {
    fn note(&self, kept: &Kept) {
        let text = String::from_utf8(kept.payload.to_vec()).unwrap();
        self.0
            .lock()
            .unwrap()
            .push((text, kept.deliveries, Instant::now()));
    }

    fn list(&self) -> Vec<(String, u64)> {
        let seen = self.0.lock().unwrap();
        seen.iter()
            .map(|(text, delivery, _)| (text.clone(), *delivery))
            .collect()
    }

    async fn reaches(&self, count: usize) {
        let reached = sandbox::until("messages", WITHIN, || async { self.list().len() >= count });
        reached.await.unwrap();
    }
}

/// Ends whoever takes messages in this life.
struct Taking(Lifecycle);

impl Drop for Taking {
    fn drop(&mut self) {
        self.0.soft.cancel();
        self.0.hard.cancel();
    }
}

#[tokio::test]
async fn a_message_is_handed_over_until_it_is_settled_and_never_after() {
    let nats = stream(&["one", "two"]).await;
    let first = Taking(Lifecycle::new());
    let seen = Seen::default();
    let bus = connect(&nats, &first.0).await;
    let noting = seen.clone();
    bus.take(letters(), &first.0, move |kept| {
        noting.note(&kept);
        let is_put_off = kept.payload == "one" && kept.deliveries < 3;
        let settle = if is_put_off {
            Settle::Again(Duration::from_millis(300))
        } else {
            Settle::Done
        };
        async move { settle }
    });
    seen.reaches(4).await;
    let noted = seen.0.lock().unwrap().clone();
    let of_one: Vec<_> = noted.iter().filter(|(text, ..)| text == "one").collect();
    assert_eq!(
        of_one
            .iter()
            .map(|(_, delivery, _)| *delivery)
            .collect::<Vec<_>>(),
        [1, 2, 3]
    );
    assert!(of_one[1].2 - of_one[0].2 >= Duration::from_millis(300), "put off");
    drop(first);

    let mut line = NatsLine::open(&nats).await.unwrap();
    line.ask("post.letter", b"three").await.unwrap();
    let (second, again) = (Taking(Lifecycle::new()), Seen::default());
    let noting = again.clone();
    connect(&nats, &second.0)
        .await
        .take(letters(), &second.0, move |kept| {
            noting.note(&kept);
            async { Settle::Done }
        });
    again.reaches(1).await;

    // Whoever has just ended may have been handed it too, and settles nothing any more.
    let texts: Vec<_> = again.list().into_iter().map(|(text, _)| text).collect();
    assert_eq!(texts, ["three"], "the broker remembers");
}

#[tokio::test]
async fn whoever_takes_long_with_a_message_keeps_it() {
    let nats = stream(&["slow"]).await;
    // Two of the same name: the other one would get it.
    let lives = [Taking(Lifecycle::new()), Taking(Lifecycle::new())];
    let seen = Seen::default();
    for life in &lives {
        let noting = seen.clone();
        connect(&nats, &life.0)
            .await
            .take(letters(), &life.0, move |kept| {
                noting.note(&kept);
                async {
                    // Longer than the broker waits without a sign of life.
                    tokio::time::sleep(Duration::from_secs(20)).await;
                    Settle::Done
                }
            });
    }
    let settled = sandbox::until("a settled message", WITHIN, || async {
        let mut line = NatsLine::open(&nats).await.unwrap();
        let info = line.ask("$JS.API.CONSUMER.INFO.POST.reader", b"").await.unwrap();
        info["ack_floor"]["stream_seq"] == 1
    });
    settled.await.unwrap();

    assert_eq!(seen.list(), [("slow".to_owned(), 1)]);
}

#[tokio::test]
async fn a_message_in_work_is_finished_before_the_service_stops() {
    let nats = stream(&["last"]).await;
    let life = Taking(Lifecycle::new());
    let seen = Seen::default();
    let noting = seen.clone();
    connect(&nats, &life.0)
        .await
        .take(letters(), &life.0, move |kept| {
            noting.note(&kept);
            async {
                tokio::time::sleep(Duration::from_millis(500)).await;
                Settle::Done
            }
        });
    seen.reaches(1).await;

    life.0.soft.cancel();
    tokio::time::timeout(WITHIN, life.0.tasks.drained())
        .await
        .unwrap();

    let mut line = NatsLine::open(&nats).await.unwrap();
    let info = line.ask("$JS.API.CONSUMER.INFO.POST.reader", b"").await.unwrap();
    assert_eq!(info["ack_floor"]["stream_seq"], 1, "{info}");
}
