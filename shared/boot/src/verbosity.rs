//! Logs that say more for a while: `PUT /log-level` on the internal port, and back by itself.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::put,
};
use serde::{Deserialize, Serialize};
use telemetry::verbosity::{self, Level};
use tokio::{task::AbortHandle, time};
use tracing::info;

use crate::Lifecycle;

const BODY_BYTES: usize = 1_024;
/// Unless told otherwise, and the longest.
const SECONDS: u32 = 600;
const MOST_SECONDS: u32 = 3_600;

/// How much the service's own crates log, and for how long.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    level: Level,
    #[serde(default = "usual")]
    seconds: u32,
}

fn usual() -> u32 {
    SECONDS
}

#[derive(Clone)]
struct Desk {
    life: Lifecycle,
    /// What puts the configured level back; a later wish takes its place.
    end: Arc<Mutex<Option<AbortHandle>>>,
}

pub(crate) fn routes(life: &Lifecycle) -> Router {
    let desk = Desk {
        life: life.clone(),
        end: Arc::default(),
    };
    Router::new()
        .route("/log-level", put(change).delete(restore))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .with_state(desk)
}

async fn change(State(desk): State<Desk>, Json(wish): Json<Wish>) -> Response {
    if wish.seconds == 0 || wish.seconds > MOST_SECONDS {
        let why = format!("seconds must be from 1 to {MOST_SECONDS}\n");
        return (StatusCode::UNPROCESSABLE_ENTITY, why).into_response();
    }
    if let Err(error) = verbosity::set(wish.level) {
        return (StatusCode::CONFLICT, format!("{error}\n")).into_response();
    }
    desk.end_after(Duration::from_secs(wish.seconds.into()));
    info!(level = %wish.level, seconds = wish.seconds, "Log level changed");
    Json(wish).into_response()
}

async fn restore(State(desk): State<Desk>) -> StatusCode {
    desk.replace_end(None);
    put_back();
    StatusCode::NO_CONTENT
}

impl Desk {
    fn end_after(&self, wait: Duration) {
        let hard = self.life.hard.clone();
        let end = self.life.tasks.spawn("log level", async move {
            if hard.run_until_cancelled(time::sleep(wait)).await.is_some() {
                put_back();
            }
        });
        self.replace_end(Some(end.abort_handle()));
    }

    fn replace_end(&self, end: Option<AbortHandle>) {
        let mut current = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = std::mem::replace(&mut *current, end) {
            before.abort();
        }
    }
}

fn put_back() {
    verbosity::restore();
    info!("Log level is as configured again");
}
