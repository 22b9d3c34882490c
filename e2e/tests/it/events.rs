//! A broken neighbour on the broker repeats, reorders, withholds and invents events.

use std::time::Duration;

use bus::{ChatKind, Headers, Message, Pattern, Subject};
use client::device::record::Event;
use futures_util::StreamExt;
use protocol::ConversationId;
use serde_json::{Value, json};
use testkit::{Kit, Options, Person, proxy::Weather};
use uuid::Uuid;

use crate::neighbour::Neighbour;

#[tokio::test]
async fn repeated_and_late_events_are_shown_once_and_in_order() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let mut phone = kit.gateway(0).connect(&anna).await;
    let desk = kit.gateway(1).connect(&tom).await;
    let neighbour = Neighbour::of(&kit).await;
    let mut heard = neighbour
        .bus
        .subscribe(Pattern::every_conversation())
        .await
        .unwrap();

    let mut events = Vec::new();
    for text in ["one", "two", "three"] {
        phone.send_text(text).await;
        events.push(next_event(&mut heard).await);
        neighbour.repeat(anna.conversation(), events.iter().rev()).await;
    }
    phone.send_text("four").await;

    desk.expect_text("four").await;
    assert_eq!(desk.texts(), ["one", "two", "three", "four"]);
    assert_eq!(live_positions(&desk.record()), [1, 2, 3, 4]);
}

#[tokio::test]
async fn events_published_out_of_order_are_shown_in_order() {
    let (kit, anna, tom) = withheld().await;
    let desk = kit.gateway(1).connect(&tom).await;
    let neighbour = Neighbour::of(&kit).await;

    let rows = write_without_a_broker(&kit, &anna, &["one", "two", "three"]).await;
    for index in [1, 2, 0] {
        neighbour.publish(&anna, &rows[index]).await;
    }

    desk.expect_text("three").await;
    assert_eq!(desk.texts(), ["one", "two", "three"]);
}

#[tokio::test]
async fn a_dropped_event_is_fetched_when_the_next_one_comes() {
    let (kit, anna, tom) = withheld().await;
    let desk = kit.gateway(1).connect(&tom).await;
    let neighbour = Neighbour::of(&kit).await;

    let rows = write_without_a_broker(&kit, &anna, &["one", "two", "three"]).await;
    neighbour.publish(&anna, &rows[2]).await;

    desk.expect_text("three").await;
    assert_eq!(desk.texts(), ["one", "two", "three"]);
    let paged = |event: &Event| matches!(event, Event::Page { from: 0, to: 3, .. });
    assert!(
        desk.record().iter().any(paged),
        "the hole was repaired with a page"
    );
}

#[tokio::test]
async fn dropped_last_events_are_found_by_the_check_of_heads() {
    let (kit, anna, tom) = withheld().await;
    let desk = kit.gateway(1).connect(&tom).await;

    write_without_a_broker(&kit, &anna, &["one", "two"]).await;

    let caught_up = |state: &client::device::State| {
        state
            .copy(anna.conversation())
            .is_some_and(|copy| copy.position() == 2)
    };
    desk.wait_within("the dropped events", Duration::from_secs(30), caught_up)
        .await;
    assert_eq!(desk.texts(), ["one", "two"]);
}

#[tokio::test]
async fn an_event_of_the_future_is_never_shown() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let mut phone = kit.gateway(0).connect(&anna).await;
    let desk = kit.gateway(1).connect(&tom).await;
    phone.send_text("one").await;
    desk.expect_text("one").await;
    let neighbour = Neighbour::of(&kit).await;
    let mut row = kit.http(&anna).get(&history_of(&anna)).await.body[0].clone();

    row["text"] = json!("from the future");
    row["seq"] = json!(500);
    row["position"] = json!(500);
    neighbour.publish(&anna, &row).await;
    phone.send_text("two").await;

    desk.expect_text("two").await;
    assert_eq!(desk.texts(), ["one", "two"]);
}

impl Neighbour {
    async fn repeat(&self, conversation: ConversationId, events: impl Iterator<Item = &Message>) {
        for event in events {
            let subject = Subject::chat(ChatKind::Event, conversation);
            self.bus
                .publish(subject, event.headers.clone(), event.payload.clone())
                .await
                .unwrap();
        }
    }

    /// Rings for a row as chat-history does.
    async fn publish(&self, person: &Person, row: &Value) {
        let frame = json!({
            "type": "message", "conversationId": person.conversation(), "position": row["position"], "message": row,
        });
        let headers = Headers {
            position: row["position"].as_u64(),
            ..Headers::default()
        };
        let subject = Subject::chat(ChatKind::Event, person.conversation());
        let payload = serde_json::to_vec(&frame).unwrap();
        self.bus.publish(subject, headers, payload.into()).await.unwrap();
    }
}

/// Two gateways, and a chat-history whose line to the broker can be cut.
async fn withheld() -> (Kit, Person, Person) {
    let kit = Kit::start(Options {
        gateways: 2,
        proxied_history: true,
        ..Options::default()
    })
    .await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    (kit, anna, tom)
}

/// Stores messages of which the broker never hears; answers their rows.
async fn write_without_a_broker(kit: &Kit, person: &Person, texts: &[&str]) -> Vec<Value> {
    kit.history_line().set(Weather::Cut);
    let http = kit.http(person);
    for text in texts {
        let body = json!({"conversationId": person.conversation(), "id": Uuid::now_v7(), "text": text});
        let answer = http.post("/api/chat/messages", &body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
    }
    kit.history_line().set(Weather::Fine);
    kit.history(0).ready().await;
    let page = http.get(&history_of(person)).await;
    page.body.as_array().unwrap().clone()
}

fn history_of(person: &Person) -> String {
    let conversation = person.conversation();
    format!(
        "/api/chat/history?userId={}&trainerId={}",
        conversation.client, conversation.trainer
    )
}

async fn next_event(heard: &mut bus::Subscription) -> Message {
    loop {
        let message = tokio::time::timeout(Duration::from_secs(10), heard.next())
            .await
            .unwrap()
            .unwrap();
        if message.subject.starts_with("chat.event.") {
            return message;
        }
    }
}

fn live_positions(record: &[Event]) -> Vec<u64> {
    let positions = record.iter().filter_map(|event| match event {
        Event::Live { position, .. } => Some(*position),
        _ => None,
    });
    positions.collect()
}
