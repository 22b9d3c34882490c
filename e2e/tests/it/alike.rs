//! A foreign thing takes as long to refuse as an absent one.

use std::time::{Duration, Instant};

use client::Socket;
use protocol::{ConversationId, UserId};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::json;
use testkit::{Http, Kit, Options};
use uuid::Uuid;

/// Pairs of questions, a foreign and an absent one after each other; in half of them the absent one first.
const PAIRS: usize = 200;
/// A difference below this, in microseconds, says nothing to anyone who asks over a network.
const UNSEEN: f64 = 400.0;
/// Resampled estimates, and how many of them must lie beyond `UNSEEN` to prove something: of a true
/// difference nearly all do, of none hardly any.
const RESAMPLES: usize = 400;
const PROOF: usize = RESAMPLES * 99 / 100;

#[tokio::test]
async fn refusals_for_foreign_and_absent_things_are_alike_in_time() {
    let options = Options {
        files: true,
        ..Options::default()
    };
    let kit = Kit::start(options.unlimited().with("SPOTTER_LOG", "error")).await;
    let (anna, _) = kit.client_with_trainer("Anna", "Tom").await;
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
    for (what, differences) in [
        ("GET history", history),
        ("POST messages", message),
        ("sync", sync),
        ("GET files", status),
    ] {
        let longer = estimate(&differences);
        println!("{what}: a foreign one takes {longer:+.0} µs longer");
        assert!(
            !differs(&differences),
            "{what}: {longer:+.0} µs tell foreign from absent"
        );
    }
}

/// Microseconds by which the foreign question took longer, pair by pair: where it went first, and where it
/// went second. Both of a pair meet the same weather, and what going first costs cancels out between the two.
type Differences = [Vec<f64>; 2];

async fn compare(mut ask: impl AsyncFnMut(usize)) -> Differences {
    let mut differences = Differences::default();
    for first in (0..PAIRS).map(|pair| pair % 2) {
        let mut took = [Duration::ZERO; 2];
        for which in [first, 1 - first] {
            let asked = Instant::now();
            ask(which).await;
            took[which] = asked.elapsed();
        }
        differences[first].push((took[0].as_secs_f64() - took[1].as_secs_f64()) * 1e6);
    }
    differences
}

/// Whether nearly all resamples lie beyond what can be seen, on the same side.
fn differs(differences: &Differences) -> bool {
    let mut chance = StdRng::seed_from_u64(11);
    let mut resample = |values: &Vec<f64>| -> Vec<f64> {
        let draw = std::iter::repeat_with(|| values[chance.random_range(0..values.len())]);
        draw.take(values.len()).collect()
    };
    let estimates = std::iter::repeat_with(|| estimate(&differences.each_ref().map(&mut resample)));
    let estimates: Vec<_> = estimates.take(RESAMPLES).collect();
    let beyond = |far: fn(f64) -> bool| estimates.iter().filter(|longer| far(**longer)).count() >= PROOF;
    beyond(|longer| longer > UNSEEN) || beyond(|longer| longer < -UNSEEN)
}

fn estimate(differences: &Differences) -> f64 {
    let [first, second] = differences.each_ref().map(|values| median(values));
    f64::midpoint(first, second)
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

#[test]
fn a_difference_that_can_be_seen_is_told_from_noise_and_from_the_cost_of_going_first() {
    let mut chance = StdRng::seed_from_u64(3);
    let mut noisy = |shift: f64| -> Differences {
        [1_000.0, -1_000.0].map(|going_first| {
            let noise = std::iter::repeat_with(|| going_first + shift + chance.random_range(-800.0..800.0));
            noise.take(PAIRS / 2).collect()
        })
    };

    assert!(!differs(&noisy(0.0)));
    assert!(!differs(&noisy(200.0)));
    assert!(differs(&noisy(1_000.0)));
    assert!(differs(&noisy(-1_000.0)));
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

fn absent() -> ConversationId {
    ConversationId::new(UserId(Uuid::new_v4()), UserId(Uuid::new_v4()))
}
