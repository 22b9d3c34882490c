//! Search, and people with more conversations than one answer holds, over two gateways.

use std::{fmt::Write, time::Duration};

use serde_json::{Value, json};
use testkit::{Kit, Person};
use uuid::Uuid;

#[tokio::test]
async fn what_was_written_on_one_gateway_is_found_by_both_people_until_it_is_deleted() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let (eva, _) = kit.client_with_trainer("Eva", "Max").await;
    let mut phone = kit.gateway(0).connect(&anna).await;
    let mut desk = kit.gateway(1).connect(&tom).await;
    phone.send_text("Überzug für die Hanteln, 训练 💪").await;
    let seq = phone.expect_confirmation().await.seq.unwrap();
    desk.send_text("which one?").await;
    desk.expect_confirmation().await;

    for person in [&anna, &tom] {
        for (q, start, end) in [("uber", 0, 4), ("HANTEL", 16, 22), ("练", 26, 27), ("💪", 28, 29)] {
            let found = search(&kit, person, q).await;
            let highlight = json!([{"start": start, "end": end}]);
            assert_eq!(
                (&found[0]["seq"], &found[0]["highlight"]),
                (&json!(seq), &highlight),
                "{q}"
            );
        }
        assert!(search(&kit, person, "berzug").await.is_empty());
    }
    assert!(search(&kit, &eva, "uber").await.is_empty(), "it is not hers");

    let gone = phone.delete(seq).await;
    phone.expect_ack(gone).await;
    for person in [&anna, &tom] {
        assert!(search(&kit, person, "uber").await.is_empty());
    }
}

#[tokio::test]
async fn a_search_is_refused_where_there_is_nothing_to_look_for_or_nothing_of_ones_own() {
    let kit = Kit::with_gateways(2).await;
    let (anna, _) = kit.client_with_trainer("Anna", "Tom").await;
    let (eva, max) = kit.client_with_trainer("Eva", "Max").await;
    let http = kit.http(&anna);
    let absent = format!("conversation:{}:{}", max.id, anna.id);

    for (query, code, field) in [
        ("q=", "invalid_field", Some("q")),
        ("q=%20.,", "invalid_field", Some("q")),
        ("q=a&after=x", "invalid_field", Some("after")),
        ("q=a&conversationId=x", "invalid_field", Some("conversationId")),
        (
            &format!("q=a&conversationId={}", eva.conversation()),
            "not_found",
            None,
        ),
        (&format!("q=a&conversationId={absent}"), "not_found", None),
    ] {
        let answer = http.get(&format!("/api/chat/search?{query}")).await;
        assert_eq!(answer.code(), code, "{query}");
        assert_eq!(answer.body["field"].as_str(), field, "{query}");
    }
    assert_eq!(http.get("/api/chat/search").await.status, 422);
}

/// Several answers of the broker.
const MANY: i64 = 25_000;

#[tokio::test]
async fn a_trainer_with_more_conversations_than_an_answer_holds_connects_and_hears_all_of_them() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    sqlx::query(
        "insert into chat.conversation
             (trainer_id, client_id, head, related, answered, access_changed_at, last_activity_at)
         select $1, gen_random_uuid(), 3, true, true, now(), now() + make_interval(secs => n)
         from generate_series(1, $2) n",
    )
    .bind(tom.id.0)
    .bind(MANY)
    .execute(kit.pool())
    .await
    .unwrap();
    let mut phone = kit.gateway(0).connect(&anna).await;

    let (mut desk, welcome) = kit.gateway(1).greeted(&tom).await;
    phone.send_text("from the oldest of them").await;

    assert_eq!(welcome["conversations"].as_array().unwrap().len(), 50);
    assert_eq!(welcome["more"], true);
    let told = tokio::time::timeout(Duration::from_secs(10), desk.expect("message"));
    let message = told.await.unwrap();
    assert_eq!(message["message"]["text"], "from the oldest of them");
    // It was among the pages, so it is no page of a conversation that nobody knew.
    let entry = desk.find(|frame| frame["type"] == "conversation").await.unwrap();
    assert_eq!(entry["conversationId"], json!(anna.conversation()));
    assert!(!desk.comes_within("sync", Duration::from_secs(2)).await);
}

async fn search(kit: &Kit, person: &Person, q: &str) -> Vec<Value> {
    let mut query = String::new();
    for byte in q.bytes() {
        write!(query, "%{byte:02X}").unwrap();
    }
    let answer = kit
        .http(person)
        .get(&format!("/api/chat/search?q={query}&ignored={}", Uuid::nil()))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["data"].as_array().unwrap().clone()
}
