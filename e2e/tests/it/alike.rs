//! A foreign thing takes as long to refuse as an absent one.

use std::time::{Duration, Instant};

use client::Socket;
use protocol::{ConversationId, UserId};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::json;
use testkit::{Http, Kit, Options};
use uuid::Uuid;

/// Pairs of questions, a foreign and an absent one after each other, in a random order.
const PAIRS: usize = 300;
/// A difference below this says nothing to anyone who asks over a network.
const UNSEEN: f64 = 250.0;
/// Medians of resampled pairs, and how many of them may lie beyond `UNSEEN`: one that is truly alike has none
/// there, one that truly differs by more has nearly all.
const RESAMPLES: usize = 400;
const PROOF: usize = RESAMPLES * 99 / 100;

#[tokio::test]
async fn refusals_for_foreign_and_absent_things_are_alike_in_time() {
    let options = Options {
        files: true,
        ..Options::default()
    };
    let kit = Kit::start(options.unlimited().with("SPOTTER_LOG", "error")).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let (eva, _) = kit.client_with_trainer("Eva", "Max").await;
    let mut phone = kit.gateway(0).connect(&anna).await;
    phone.send_text("between us").await;
    phone.expect_confirmation().await;
    let file = kit
        .http(&anna)
        .upload("front.png", "image/png", crate::rolled::PHOTO.to_vec())
        .await;
    let file: Uuid = file.body["id"].as_str().unwrap().parse().unwrap();
    let (http, conversations) = (kit.http(&eva), [anna.conversation(), absent()]);
    let (mut socket, _) = kit.gateway(0).greeted(&eva).await;

    let history = compare(async |which| ask_history(&http, conversations[which]).await).await;
    let message = compare(async |which| ask_message(&http, conversations[which]).await).await;
    let sync = compare(async |which| ask_sync(&mut socket, conversations[which]).await).await;
    let files = [file, Uuid::new_v4()];
    let status = compare(async |which| ask_file(&http, files[which]).await).await;
    // Tom exists and somebody else has written to him; the other trainer does not exist.
    let strangers = [tom.id, UserId(Uuid::new_v4())];
    let people = compare(async |which| ask_person(&http, strangers[which]).await).await;

    for (what, differences) in [
        ("GET history", history),
        ("POST messages", message),
        ("sync", sync),
        ("GET files", status),
        (
            "(for scale) GET people, a known trainer and an absent one",
            people,
        ),
    ] {
        println!(
            "{what}: a foreign one takes {:+.0} µs longer",
            median(&differences)
        );
        if !what.starts_with('(') {
            assert!(
                !differs(&differences),
                "{what} tells foreign from absent: {differences:?}"
            );
        }
    }
}

/// Microseconds by which the foreign question took longer, pair by pair. Both of a pair meet the same weather,
/// and a coin decides which goes first.
async fn compare(mut ask: impl AsyncFnMut(usize)) -> Vec<f64> {
    let mut coin = StdRng::seed_from_u64(7);
    let mut differences = Vec::new();
    for _ in 0..PAIRS {
        let first = usize::from(coin.random_bool(0.5));
        let mut took = [Duration::ZERO; 2];
        for which in [first, 1 - first] {
            let asked = Instant::now();
            ask(which).await;
            took[which] = asked.elapsed();
        }
        differences.push((took[0].as_secs_f64() - took[1].as_secs_f64()) * 1e6);
    }
    differences
}

/// Whether the medians of nearly all resamples lie beyond what can be seen, on the same side.
fn differs(differences: &[f64]) -> bool {
    let mut chance = StdRng::seed_from_u64(11);
    let medians: Vec<_> = std::iter::repeat_with(|| {
        let draw = std::iter::repeat_with(|| differences[chance.random_range(0..differences.len())]);
        median(&draw.take(differences.len()).collect::<Vec<_>>())
    })
    .take(RESAMPLES)
    .collect();
    let beyond = |far: fn(f64) -> bool| medians.iter().filter(|median| far(**median)).count() >= PROOF;
    beyond(|median| median > UNSEEN) || beyond(|median| median < -UNSEEN)
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

#[test]
fn a_difference_that_can_be_seen_is_told_from_noise() {
    let mut chance = StdRng::seed_from_u64(3);
    let mut noisy = |shift: f64| -> Vec<f64> {
        let noise = std::iter::repeat_with(|| shift + chance.random_range(-800.0..800.0));
        noise.take(PAIRS).collect()
    };

    assert!(!differs(&noisy(0.0)));
    assert!(!differs(&noisy(100.0)));
    assert!(differs(&noisy(500.0)));
    assert!(differs(&noisy(-500.0)));
}

async fn ask_history(http: &Http, conversation: ConversationId) {
    let (client, trainer) = (conversation.client, conversation.trainer);
    let path = format!("/api/chat/history?userId={client}&trainerId={trainer}");
    assert_eq!(http.get(&path).await.status, 404);
}

async fn ask_message(http: &Http, conversation: ConversationId) {
    let body = json!({"conversationId": conversation, "id": Uuid::now_v7(), "text": "let me in"});
    assert_eq!(http.post("/api/chat/messages", &body).await.status, 404);
}

async fn ask_sync(socket: &mut Socket, conversation: ConversationId) {
    let sync = json!({"type": "sync", "ref": 1, "conversationId": conversation, "after": 0});
    socket.send_json(&sync).await.unwrap();
    assert_eq!(socket.expect("error").await["code"], "not_found");
}

async fn ask_file(http: &Http, file: Uuid) {
    assert_eq!(http.get(&format!("/api/files/{file}")).await.status, 404);
}

async fn ask_person(http: &Http, person: UserId) {
    assert_eq!(http.get(&format!("/api/people?id={person}")).await.status, 200);
}

fn absent() -> ConversationId {
    ConversationId::new(UserId(Uuid::new_v4()), UserId(Uuid::new_v4()))
}
