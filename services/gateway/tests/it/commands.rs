//! What a client may say, and what it hears.

use protocol::{ConversationId, UserId, error::Role};
use serde_json::json;
use testkit::{Kit, TokenOptions};
use time::Duration;
use uuid::Uuid;

use crate::{refusal, send};

#[tokio::test]
async fn a_message_is_acked_once_and_comes_to_both() {
    let kit = Kit::with_gateways(1).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let (mut phone, _) = kit.gateway(0).greeted(&anna).await;
    let (mut desk, _) = kit.gateway(0).greeted(&tom).await;
    let message = send(&anna, 7, "ready for Monday");

    phone.send_json(&message).await.unwrap();
    let ack = phone.expect("ack").await;
    phone.send_json(&message).await.unwrap();
    let again = phone.expect("ack").await;

    assert_eq!(
        (&ack["ref"], &ack["id"], &ack["duplicate"]),
        (&json!(7), &message["id"], &json!(false))
    );
    assert_eq!((&ack["seq"], &ack["position"]), (&json!(1), &json!(1)));
    assert_eq!(again["duplicate"], true);
    for key in ["id", "seq", "position", "sentAt", "conversationId"] {
        assert_eq!(ack[key], again[key], "{key}");
    }
    for socket in [&mut phone, &mut desk] {
        let frame = socket.expect("message").await;
        assert_eq!(
            (&frame["position"], &frame["message"]["text"]),
            (&json!(1), &json!("ready for Monday"))
        );
        assert_eq!(frame["message"]["senderId"], json!(anna.id));
    }
}

#[tokio::test]
async fn an_edit_and_a_delete_reach_the_other_side() {
    let kit = Kit::with_gateways(1).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let (mut phone, _) = kit.gateway(0).greeted(&anna).await;
    let (mut desk, _) = kit.gateway(0).greeted(&tom).await;
    phone.send_json(&send(&anna, 1, "fisrt")).await.unwrap();
    desk.expect("message").await;

    let conversation = anna.conversation();
    let edit = json!({"type": "edit", "ref": 2, "conversationId": conversation, "seq": 1, "text": "first"});
    phone.send_json(&edit).await.unwrap();
    let edited = desk.expect("message").await;
    let delete = json!({"type": "delete", "ref": 3, "conversationId": conversation, "seq": 1});
    phone.send_json(&delete).await.unwrap();
    let deleted = desk.expect("message").await;

    assert_eq!(
        (&edited["position"], &edited["message"]["text"]),
        (&json!(2), &json!("first"))
    );
    assert_eq!(
        (&deleted["position"], &deleted["message"]["text"]),
        (&json!(3), &json!(null))
    );
    assert!(deleted["message"]["deletedAt"].is_string());
}

#[tokio::test]
async fn foreign_and_absent_conversations_are_refused_alike() {
    let kit = Kit::with_gateways(1).await;
    let (anna, _tom) = kit.client_with_trainer("Anna", "Tom").await;
    let (bert, tina) = kit.client_with_trainer("Bert", "Tina").await;
    let (mut phone, _) = kit.gateway(0).greeted(&anna).await;
    let absent = format!("conversation:{}:{}", Uuid::new_v4(), bert.id);

    let mut answers = Vec::new();
    for (r#ref, conversation) in [
        (1, bert.conversation().to_string()),
        (2, tina.conversation().to_string()),
        (3, absent),
    ] {
        let frame = json!({"type": "sync", "ref": r#ref, "conversationId": conversation, "after": 0});
        phone.send_json(&frame).await.unwrap();
        let mut error = phone.expect("error").await;
        assert_eq!(refusal(&error), ("not_found", None, Some(r#ref)));
        error["ref"] = json!(0);
        answers.push(error);
    }

    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
}

#[tokio::test]
async fn a_sync_answers_what_changed_after_a_position() {
    let kit = Kit::with_gateways(1).await;
    let (anna, _tom) = kit.client_with_trainer("Anna", "Tom").await;
    let (mut phone, _) = kit.gateway(0).greeted(&anna).await;
    for n in 1..=3 {
        phone
            .send_json(&send(&anna, n, &format!("number {n}")))
            .await
            .unwrap();
        phone.expect("ack").await;
    }

    let sync = json!({"type": "sync", "ref": 9, "conversationId": anna.conversation(), "after": 1});
    phone.send_json(&sync).await.unwrap();
    let page = phone.expect("sync").await;

    assert_eq!(
        (&page["ref"], &page["from"], &page["to"], &page["more"]),
        (&json!(9), &json!(1), &json!(3), &json!(false))
    );
    let texts: Vec<_> = page["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["text"])
        .collect();
    assert_eq!(texts, ["number 2", "number 3"]);
}

#[tokio::test]
async fn a_fresh_token_keeps_the_socket_and_anothers_ends_it() {
    let kit = Kit::with_gateways(1).await;
    let tom = kit.person("Tom", Role::Trainer).await;
    let tina = kit.person("Tina", Role::Trainer).await;
    let (mut socket, welcome) = kit.gateway(0).greeted(&tom).await;
    let longer = kit.token(
        &tom,
        TokenOptions {
            issued: Duration::seconds(1),
            ..TokenOptions::default()
        },
    );

    socket
        .send_json(&json!({"type": "auth", "ref": 1, "token": longer}))
        .await
        .unwrap();
    let renewed = socket.expect("authOk").await;
    socket
        .send_json(&json!({"type": "auth", "ref": 2, "token": "garbage"}))
        .await
        .unwrap();
    let refused = socket.expect("error").await;
    socket
        .send_json(&json!({"type": "auth", "ref": 3, "token": tina.token}))
        .await
        .unwrap();

    assert!(renewed["expiresAt"].as_str() > welcome["expiresAt"].as_str());
    assert_eq!(refusal(&refused), ("unauthenticated", None, Some(2)));
    assert_eq!(socket.expect_close().await, 4401);
}

#[tokio::test]
async fn an_expiring_token_is_announced_and_then_ends_the_socket() {
    let kit = Kit::with_gateways(1).await;
    let mut tom = kit.person("Tom", Role::Trainer).await;
    tom.token = kit.token(&tom, TokenOptions::lasting(Duration::seconds(5)));
    let (mut socket, _) = kit.gateway(0).greeted(&tom).await;

    let notice = socket.expect("authExpiring").await;

    assert!(notice["inMs"].as_u64().unwrap() <= 5_000);
    assert_eq!(socket.expect_close().await, 4401);
}

#[tokio::test]
async fn two_questions_about_an_absent_conversation_get_an_answer_each() {
    let kit = Kit::with_gateways(1).await;
    let (anna, _) = kit.client_with_trainer("Anna", "Tom").await;
    let (mut socket, _) = kit.gateway(0).greeted(&anna).await;
    let absent = ConversationId::new(UserId(Uuid::new_v4()), anna.id);

    for r#ref in [1, 2] {
        let sync = json!({"type": "sync", "ref": r#ref, "conversationId": absent, "after": 0});
        socket.send_json(&sync).await.unwrap();
    }

    for r#ref in [1, 2] {
        let answer = socket.expect("error").await;
        assert_eq!(refusal(&answer), ("not_found", None, Some(r#ref)));
    }
}
