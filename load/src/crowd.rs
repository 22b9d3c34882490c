//! Many pairs of people at once, put where they belong without a call for each.

use client::{Socket, socket};
use protocol::{ConversationId, UserId, error::Role};
use serde::{Deserialize, Serialize};
use serde_json::json;
use testkit::{Kit, Options, TokenOptions, sign};
use uuid::Uuid;

/// A trainer and a client who may talk.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pair {
    pub conversation: ConversationId,
    pub trainer_token: String,
    pub client_token: String,
}

/// Limits and logs that do not slow a measurement down.
pub fn unlimited(options: Options) -> Options {
    options.unlimited().with("SPOTTER_LOG", "warn")
}

/// Makes pairs as the roster's relations would.
pub async fn pairs(kit: &Kit, count: usize) -> Vec<Pair> {
    let conversations: Vec<_> =
        std::iter::repeat_with(|| ConversationId::new(UserId(Uuid::new_v4()), UserId(Uuid::new_v4())))
            .take(count)
            .collect();
    let trainers: Vec<_> = conversations
        .iter()
        .map(|conversation| conversation.trainer.0)
        .collect();
    let clients: Vec<_> = conversations
        .iter()
        .map(|conversation| conversation.client.0)
        .collect();
    sqlx::query(
        "insert into chat.conversation
             (trainer_id, client_id, related, answered, access_changed_at, last_activity_at)
         select trainer_id, client_id, true, true, now(), now()
         from unnest($1::uuid[], $2::uuid[]) pair(trainer_id, client_id)",
    )
    .bind(trainers)
    .bind(clients)
    .execute(kit.pool())
    .await
    .expect("pairs can be stored");
    conversations
        .into_iter()
        .map(|conversation| Pair {
            conversation,
            trainer_token: sign(conversation.trainer, Role::Trainer, TokenOptions::default()),
            client_token: sign(conversation.client, Role::User, TokenOptions::default()),
        })
        .collect()
}

/// Connects, says hello and reads up to `synced`.
pub async fn greet(url: &str, token: &str) -> Socket {
    let options = socket::Options::native(token);
    let mut socket = Socket::connect(url, &options)
        .await
        .expect("the gateway lets everyone in");
    let hello = json!({"type": "hello", "device": Uuid::new_v4()});
    socket.send_json(&hello).await.expect("a live socket");
    socket.expect("welcome").await;
    socket.expect("synced").await;
    socket
}
