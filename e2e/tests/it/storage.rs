//! PostgreSQL is killed with all its backends, and comes back.

use serde_json::json;
use testkit::{Kit, Options};
use uuid::Uuid;

#[tokio::test]
async fn while_the_database_is_down_sends_are_refused_and_nothing_pretends() {
    let kit = own_database(1).await;
    let (anna, _) = kit.client_with_trainer("Anna", "Tom").await;
    let (mut socket, _) = kit.gateway(0).greeted(&anna).await;

    kit.postgres().await.kill();
    let send = json!({
        "type": "send", "ref": 7, "conversationId": anna.conversation(), "id": Uuid::now_v7(), "text": "hello?",
    });
    socket.send_json(&send).await.unwrap();

    let refused = socket.expect("error").await;
    assert_eq!(refused["ref"], 7);
    assert_eq!(refused["code"], "unavailable");
    assert_eq!(refused["retryable"], true);
}

#[tokio::test]
async fn after_a_database_restart_every_acknowledged_message_is_there_and_the_outbox_leaves() {
    let kit = own_database(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let mut phone = kit.gateway(0).connect(&anna).await;
    let desk = kit.gateway(1).connect(&tom).await;
    for number in 0..10 {
        phone.send_text(&format!("message {number}")).await;
    }
    phone.in_flight(anna.conversation()).await;

    kit.postgres().await.kill();
    phone.send_text("while it is down").await;
    kit.postgres().await.restart().await.unwrap();

    phone.flushed().await;
    desk.expect_text("while it is down").await;
    let mut written: Vec<_> = (0..10).map(|number| format!("message {number}")).collect();
    written.push("while it is down".to_owned());
    assert_eq!(desk.texts(), written);
    let digests: Vec<_> = desk
        .rows(anna.conversation())
        .iter()
        .map(client::Digest::from)
        .collect();
    assert_eq!(digests, kit.log(anna.conversation()).await);
}

async fn own_database(gateways: usize) -> Kit {
    Kit::start(Options {
        gateways,
        own_postgres: true,
        ..Options::default()
    })
    .await
}
