//! What every socket is told at once: the broker's state, revoked tokens, our going away.

use std::{sync::Arc, time::Duration};

use axum::extract::ws::Utf8Bytes;
use protocol::{CloseCode, error::Role, frame::ServerFrame};
use rand::Rng;
use tokio::{sync::broadcast::error::RecvError, time};
use tracing::info;

use crate::{Gateway, hub::Party, session::sendqueue::Delivery};

/// Part of the drain in which clients are asked to come back elsewhere, spread evenly; what is left of it
/// is for those that did not.
const SPREAD: f64 = 0.7;

/// Tells sockets and the load balancer whether the broker can be reached: without it a gateway can let
/// nobody in.
pub async fn tell_status(gateway: Arc<Gateway>) {
    let ready = gateway.life.health.probe("live");
    let mut status = gateway.bus.status();
    let mut told = true;
    loop {
        let live = status.borrow_and_update().live;
        ready.set(live);
        if live != told {
            told = live;
            tell(&gateway, &ServerFrame::Status { live });
        }
        tokio::select! {
            () = gateway.life.hard.cancelled() => return,
            changed = status.changed() => if changed.is_err() { return },
        }
    }
}

/// Lets sockets whose tokens were revoked find out.
pub async fn close_revoked(gateway: Arc<Gateway>) {
    let mut revoked = gateway.revocations.changes();
    loop {
        let sockets = tokio::select! {
            () = gateway.life.hard.cancelled() => return,
            user = revoked.recv() => match user {
                Ok(user) => [Role::Trainer, Role::User]
                    .into_iter()
                    .flat_map(|role| gateway.hub.sockets_of(Party { user, role }))
                    .collect(),
                Err(RecvError::Lagged(_)) => gateway.hub.sockets(),
                Err(RecvError::Closed) => return,
            },
        };
        for socket in sockets {
            socket.queue.push(Delivery::Revoked);
        }
    }
}

/// On soft stop asks every client to reconnect, spread over the drain, then closes who is left.
pub async fn drain(gateway: Arc<Gateway>, window: Duration) {
    let guard = gateway.life.tasks.drain_guard();
    gateway.life.soft.cancelled().await;
    let sockets = gateway.hub.sockets();
    info!(sockets = sockets.len(), "Asking sockets to reconnect");
    let spread = u64::try_from(window.mul_f64(SPREAD).as_millis()).unwrap_or(u64::MAX);
    for socket in sockets {
        let after_ms = rand::rng().random_range(0..=spread);
        if let Ok(frame) = serde_json::to_string(&ServerFrame::Reconnect { after_ms }) {
            socket.queue.push(Delivery::Frame(frame.into()));
        }
    }
    // Whoever entered while the stop began has not been asked.
    let deadline = time::Instant::now() + window.mul_f64(SPREAD + 0.1);
    while time::Instant::now() < deadline && !gateway.hub.sockets().is_empty() {
        time::sleep(Duration::from_millis(50)).await;
    }
    for socket in gateway.hub.sockets() {
        socket.queue.end(CloseCode::GoingAway);
    }
    drop(guard);
    gateway.life.hard.cancelled().await;
    for socket in gateway.hub.sockets() {
        socket.queue.end(CloseCode::GoingAway);
    }
}

fn tell(gateway: &Gateway, frame: &ServerFrame) {
    let Ok(text) = serde_json::to_string(frame) else {
        return;
    };
    let text = Utf8Bytes::from(text);
    for socket in gateway.hub.sockets() {
        socket.queue.push(Delivery::Frame(text.clone()));
    }
}
