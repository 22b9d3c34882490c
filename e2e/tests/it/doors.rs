//! Nobody learns anything of a conversation that is not theirs, not even that it exists.

use protocol::{ConversationId, UserId};
use serde_json::{Value, json};
use testkit::{Kit, Person, Role};
use uuid::Uuid;

#[tokio::test]
async fn frames_for_a_foreign_conversation_are_refused_as_for_an_absent_one() {
    let kit = Kit::with_gateways(1).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let mut phone = kit.gateway(0).connect(&anna).await;
    phone.send_text("between us").await;
    phone.expect_confirmation().await;

    for stranger in strangers(&kit).await {
        let (mut socket, _) = kit.gateway(0).greeted(&stranger).await;
        for (kind, fields) in commands() {
            let mut answers = Vec::new();
            for conversation in [anna.conversation(), absent(&tom)] {
                let mut frame = fields.clone();
                frame["type"] = json!(kind);
                frame["ref"] = json!(1);
                frame["conversationId"] = json!(conversation);
                socket.send_json(&frame).await.unwrap();
                let mut answer = socket.expect("error").await;
                answer.as_object_mut().unwrap().remove("conversationId");
                answers.push(answer);
            }
            assert_eq!(answers[0]["code"], "not_found", "{kind}");
            assert_eq!(answers[0], answers[1], "{kind}");
        }
    }
    assert_eq!(kit.log(anna.conversation()).await.len(), 1);
}

#[tokio::test]
async fn calls_for_a_foreign_conversation_are_refused_as_for_an_absent_one() {
    let kit = Kit::with_gateways(1).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let mut phone = kit.gateway(0).connect(&anna).await;
    phone.send_text("between us").await;
    phone.expect_confirmation().await;

    for stranger in strangers(&kit).await {
        let http = kit.http(&stranger);
        let mut answers = Vec::new();
        for conversation in [anna.conversation(), absent(&tom)] {
            let page = format!(
                "/api/chat/history?userId={}&trainerId={}",
                conversation.client, conversation.trainer
            );
            let read = http.get(&page).await;
            let body = json!({"conversationId": conversation, "id": Uuid::now_v7(), "text": "let me in"});
            let wrote = http.post("/api/chat/messages", &body).await;
            answers.push([
                (read.status, without_trace(read.body)),
                (wrote.status, without_trace(wrote.body)),
            ]);
        }
        assert_eq!(answers[0][0].0, 404);
        assert_eq!(answers[0][1].0, 404);
        assert_eq!(answers[0], answers[1]);
    }
    assert_eq!(kit.log(anna.conversation()).await.len(), 1);
}

#[tokio::test]
async fn polling_with_the_position_of_a_foreign_conversation_shows_nothing() {
    let kit = Kit::with_gateways(1).await;
    let (anna, _) = kit.client_with_trainer("Anna", "Tom").await;
    let mut phone = kit.gateway(0).connect(&anna).await;
    phone.send_text("between us").await;
    phone.expect_confirmation().await;
    let epoch = phone.state().epoch().unwrap();

    for stranger in strangers(&kit).await {
        let positions = json!({anna.conversation().to_string(): 0});
        let body = json!({"epoch": epoch, "positions": positions});
        let answer = kit.http(&stranger).post("/api/chat/sync", &body).await;

        assert!(!answer.body.to_string().contains("between us"));
        assert!(
            answer.body["syncs"].as_array().is_none_or(Vec::is_empty),
            "{}",
            answer.body
        );
    }
}

#[tokio::test]
async fn nothing_of_others_reaches_a_live_socket() {
    let kit = Kit::with_gateways(1).await;
    let (anna, _) = kit.client_with_trainer("Anna", "Tom").await;
    let (eva, _) = kit.client_with_trainer("Eva", "Max").await;
    let mut phone = kit.gateway(0).connect(&anna).await;
    let mut other = kit.gateway(0).connect(&eva).await;

    phone.send_text("between us").await;
    phone.expect_confirmation().await;
    other.send_text("mine").await;
    other.expect_text("mine").await;

    let own: Vec<_> = other.state().conversations().into_iter().collect();
    assert_eq!(own, [eva.conversation()]);
}

/// One of each role, with conversations of their own.
async fn strangers(kit: &Kit) -> [Person; 2] {
    let (eva, max) = kit.client_with_trainer("Eva", "Max").await;
    [eva, max]
}

fn absent(trainer: &Person) -> ConversationId {
    assert_eq!(trainer.role, Role::Trainer);
    ConversationId::new(UserId(Uuid::new_v4()), UserId(Uuid::new_v4()))
}

fn commands() -> Vec<(&'static str, Value)> {
    vec![
        ("send", json!({"id": Uuid::now_v7(), "text": "let me in"})),
        ("edit", json!({"seq": 1, "text": "changed"})),
        ("delete", json!({"seq": 1})),
        ("sync", json!({"after": 0})),
    ]
}

fn without_trace(mut problem: Value) -> Value {
    problem.as_object_mut().map(|fields| fields.remove("traceId"));
    problem
}
