//! The database is there and does not answer.

use std::time::{Duration, Instant};

use client::Socket;
use e2e::talk::Talk;
use serde_json::{Value, json};
use testkit::{Kit, Options, Person, proxy::Weather};
use uuid::Uuid;

use crate::grown::grown;

/// A client sends again after 5 s: the refusal comes first.
const REFUSED_WITHIN: Duration = Duration::from_secs(5);
/// Over HTTP a change waits at most 4 s for its turn and 3 s for the database.
const ANSWERED_WITHIN: Duration = Duration::from_secs(8);
/// The aim is 2 s; the rest is for a busy machine.
const BACK_WITHIN: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_black_hole_between_chat_history_and_its_database_refuses_in_time_and_recovers_by_itself() {
    let options = Options {
        gateways: 2,
        proxied_database: true,
        ..Options::default()
    };
    let kit = Kit::start(options.unlimited()).await;
    let (eva, _) = kit.client_with_trainer("Eva", "Max").await;
    let (mut socket, _) = kit.gateway(0).greeted(&eva).await;
    let mut talk = Talk::begin(&kit).await;
    let conversation = talk.conversation();

    let back = talk.throughout(async {
        grown(&kit, conversation, 20).await;
        kit.database_line().set(Weather::BlackHole);
        refused_over_the_socket(&mut socket, &eva).await;
        refused_over_http(&kit, &eva).await;
        kit.database_line().reset();
        kit.database_line().set(Weather::Fine);
        grown(&kit, conversation, 20).await
    });
    let back = back.await;

    println!("the log grew by 20 within {back:?} of the reset");
    assert!(back < BACK_WITHIN, "took {back:?}");
    let verdict = talk.verdict(&kit).await;
    assert!(verdict.anomalies.is_empty(), "{verdict:?}");
    assert!(verdict.acked >= 40, "{verdict:?}");
}

async fn refused_over_the_socket(socket: &mut Socket, person: &Person) {
    for r#ref in 1..=2 {
        let mut send = message(person);
        send["type"] = json!("send");
        send["ref"] = json!(r#ref);
        let asked = Instant::now();
        socket.send_json(&send).await.unwrap();
        let refused = socket.expect("error").await;
        assert!(asked.elapsed() < REFUSED_WITHIN, "took {:?}", asked.elapsed());
        assert_eq!(
            (&refused["code"], &refused["ref"], &refused["retryable"]),
            (&json!("unavailable"), &json!(r#ref), &json!(true))
        );
    }
}

async fn refused_over_http(kit: &Kit, person: &Person) {
    let http = kit.http(person);
    let asked = Instant::now();
    let sent = http.post("/api/chat/messages", &message(person)).await;
    let read = http.get("/api/chat/conversations").await;
    assert!(asked.elapsed() < 2 * ANSWERED_WITHIN, "took {:?}", asked.elapsed());
    assert_eq!((sent.status, sent.code()), (503, "unavailable"));
    assert_eq!((read.status, read.code()), (503, "unavailable"));
}

fn message(person: &Person) -> Value {
    json!({"conversationId": person.conversation(), "id": Uuid::now_v7(), "text": "hello?"})
}
