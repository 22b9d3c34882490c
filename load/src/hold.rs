//! The other side of `idle`: opens sockets, lets each do everything once, and keeps them.

use std::{io::Read, path::PathBuf, sync::Arc};

use client::Socket;
use futures_util::{StreamExt, stream};
use protocol::frame::ClientFrame;
use serde_json::{Value, json};
use tokio::{sync::Semaphore, task::JoinSet};
use uuid::Uuid;

use crate::crowd::{Pair, greet};

/// Handshakes at once.
const AT_ONCE: usize = 64;

#[derive(Debug, Clone, clap::Args)]
pub struct Plan {
    /// The gateway's socket endpoint
    #[arg(long)]
    url: String,
    /// A file with pairs of people
    #[arg(long)]
    pairs: PathBuf,
}

/// Prints `idle` when every socket is, and holds them until its input closes.
pub async fn run(plan: Plan) {
    let json = std::fs::read(&plan.pairs).expect("the pairs can be read");
    let pairs: Vec<Pair> = serde_json::from_slice(&json).expect("the pairs are JSON");
    let sockets: Vec<_> = stream::iter(pairs)
        .map(|pair| talk(&plan.url, pair))
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<_>>()
        .await;

    let pinged = Arc::new(Semaphore::new(0));
    let mut tasks = JoinSet::new();
    let sockets: Vec<_> = sockets.into_iter().flatten().collect();
    let count = u32::try_from(sockets.len()).expect("fewer sockets than that");
    for socket in sockets {
        tasks.spawn(answer_pings(socket, pinged.clone()));
    }
    drop(pinged.acquire_many(count).await.expect("nobody closes the count"));
    println!("idle");
    let closed = tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0]));
    drop(closed.await);
}

/// Both people connect; the client writes, and both see it.
async fn talk(url: &str, pair: Pair) -> [Socket; 2] {
    let mut trainer = greet(url, &pair.trainer_token).await;
    let mut client = greet(url, &pair.client_token).await;
    let send = json!({
        "type": "send", "ref": 1, "conversationId": pair.conversation, "id": Uuid::now_v7(), "text": "hello",
    });
    client.send_json(&send).await.expect("a live socket");
    client.expect("ack").await;
    client.expect("message").await;
    trainer.expect("message").await;
    [trainer, client]
}

/// Counts the first ping, answers all.
async fn answer_pings(mut socket: Socket, pinged: Arc<Semaphore>) {
    let mut first = true;
    while let Ok(frame) = socket.next_frame().await {
        if frame.get("type").and_then(Value::as_str) == Some("ping") {
            if socket.send_json(&ClientFrame::Pong).await.is_err() {
                return;
            }
            if std::mem::take(&mut first) {
                pinged.add_permits(1);
            }
        }
    }
}
