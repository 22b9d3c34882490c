//! A small service for the tests, with a route for each thing that `api` promises.

use std::{process::ExitCode, time::Duration};

use api::{ClientAddress, Json, Link, Me, Path, Person, Platform, Problem, Query, Stack, Trainer, User};
use auth::{Revocations, Verifier};
use axum::{
    Router,
    http::header::ETAG,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use boot::{Config, Error, Lifecycle};
use protocol::{ErrorCode, UserId};
use serde::{Deserialize, Serialize};

#[derive(clap::Parser)]
struct Settings {
    #[command(flatten)]
    boot: Config,
    #[command(flatten)]
    auth: auth::Config,
    #[command(flatten)]
    api: api::Config,
}

impl boot::Settings for Settings {
    fn boot(&self) -> &Config {
        &self.boot
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notice {
    author_id: UserId,
    text: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    limit: Option<u32>,
}

fn main() -> ExitCode {
    boot::run("noticeboard", serve)
}

async fn serve(settings: Settings, life: Lifecycle) -> Result<(), Error> {
    let verifier = Verifier::new(&settings.auth, Revocations::default(), &life).await?;
    let routes = Router::new()
        .route("/me", get(|Me(me): Me| async move { me.user.to_string() }))
        .route(
            "/person",
            get(|Person(me): Person| async move { me.role.as_str() }),
        )
        .route(
            "/trainer",
            get(|Trainer(me): Trainer| async move { me.role.as_str() }),
        )
        .route("/user", get(|User(me): User| async move { me.role.as_str() }))
        .route(
            "/platform",
            get(|Platform(me): Platform| async move { me.role.as_str() }),
        )
        .route(
            "/notices",
            post(|Json(notice): Json<Notice>| async move { Json(notice) }),
        )
        .route("/notices", get(list))
        .route("/notices/{id}", get(one))
        .route(
            "/address",
            get(|ClientAddress(address): ClientAddress| async move { address.to_string() }),
        )
        .route("/broken", get(broken))
        .route("/panic", get(panicking))
        .route("/never", get(never));
    let stack = Stack::new(&settings.api, verifier, &life)
        .timeout(Duration::from_secs(2))
        .in_flight(8);
    life.serve(&settings.boot, stack.wrap(routes)).await
}

async fn list(Query(page): Query<Page>) -> Response {
    let link = Link::new().next("/notices", &[("limit", &page.limit.unwrap_or(50)), ("after", &7)]);
    (link, [(ETAG, "\"notices-7\"")], "[]").into_response()
}

/// There is one notice: the caller's own. Everybody else's is not there, as the ones that never were.
async fn one(Me(me): Me, Path(id): Path<UserId>) -> Result<String, Problem> {
    if id == me.user {
        Ok("yours".to_owned())
    } else {
        Err(ErrorCode::NotFound.into())
    }
}

async fn broken() -> Result<(), Problem> {
    let cause = std::io::Error::other("the password of the database is hunter2");
    Err(Problem::internal(&cause))
}

#[expect(clippy::panic, reason = "what the test is about")]
async fn panicking() -> &'static str {
    panic!("hunter2")
}

async fn never() {
    std::future::pending::<()>().await;
}
