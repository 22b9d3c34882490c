//! HTTP: what people's devices ask.

mod history;
mod search;

use std::{sync::Arc, time::SystemTime};

use api::{Json, Link, Person, Problem, Query};
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use links::Links;
use protocol::{
    ConversationEntry, ErrorCode, UserId,
    error::Refusal,
    frame::{Ack, SendBody},
    http::{List, MarksRequest, SyncRequest},
    parse,
};
use quota::Quota;
use serde::Deserialize;
use sqlx::PgPool;
use tracing::Span;

use crate::{conversations, failure::Error, intake::Intake, marks::Register, poll, search::Searches};

const CONVERSATIONS: &str = "/api/chat/conversations";
const LIMIT: u32 = 50;
const LIMIT_MAX: u32 = 200;

/// What the calls need.
#[derive(Clone)]
pub struct App {
    pub pool: PgPool,
    pub links: Arc<Links>,
    pub intake: Intake,
    pub marks: Register,
    pub searches: Searches,
    pub messages: Quota<UserId>,
}

pub fn routes(app: App) -> Router {
    Router::new()
        .route(history::PATH, get(history::page))
        .route(search::PATH, get(search::page))
        .route(CONVERSATIONS, get(list))
        .route("/api/chat/sync", post(sync))
        .route("/api/chat/messages", post(send))
        .route("/api/chat/marks", post(marks))
        .with_state(app)
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Refusal::from(error).into()
    }
}

#[derive(Debug, Deserialize)]
struct ListQuery {
    after: Option<String>,
    limit: Option<u32>,
}

/// A person's conversations, most recently active first.
async fn list(
    Person(me): Person,
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<(Link, Json<List<ConversationEntry>>), Problem> {
    let after = query
        .after
        .as_deref()
        .map(|raw| parse::id(raw, "after"))
        .transpose()?;
    let limit = limit(query.limit, LIMIT)?;
    let (data, next) = conversations::page(&app.pool, (me.user, me.role), after, limit).await?;
    let link = match next {
        Some(cursor) => Link::new().next(CONVERSATIONS, &[("after", &cursor), ("limit", &limit)]),
        None => Link::new(),
    };
    Ok((link, Json(List { data })))
}

/// Everything that changed for a device that cannot listen.
async fn sync(
    Person(me): Person,
    State(app): State<App>,
    Json(body): Json<SyncRequest>,
) -> Result<Json<poll::Answer>, Problem> {
    let person = (me.user, me.role);
    let question = poll::Question::parse(&body, person)?;
    Ok(Json(
        poll::answer(&app.pool, &app.links, person, &question).await?,
    ))
}

/// A `send` for networks that block sockets, and while the broker is down.
async fn send(
    Person(me): Person,
    State(app): State<App>,
    Json(body): Json<SendBody>,
) -> Result<(StatusCode, Json<Ack>), Problem> {
    app.messages.check(&me.user).map_err(Problem::rate_limited)?;
    let change = parse::send(&body, me.user, me.role)?.taken(SystemTime::now());
    if let Some(traceparent) = &body.traceparent {
        telemetry::context::link(&Span::current(), traceparent);
    }
    let ack = app.intake.take(change).await?;
    let status = if ack.duplicate {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok((status, Json(ack)))
}

/// Marks of a device that cannot say `read` or `delivered`: answers the conversation as it stands then.
async fn marks(
    Person(me): Person,
    State(app): State<App>,
    Json(body): Json<MarksRequest>,
) -> Result<Json<ConversationEntry>, Problem> {
    let request = parse::marks(&body, me.user, me.role)?;
    app.marks.raise(&request).await?;
    let peer = request.conversation.peer_of(me.user);
    let (_, found) = conversations::with_peers(&app.pool, (me.user, me.role), &[peer]).await?;
    let (_, entry) = found.into_iter().next().ok_or(ErrorCode::NotFound)?;
    Ok(Json(entry))
}

/// Reads a page's length.
fn limit(asked: Option<u32>, usual: u32) -> Result<u32, Problem> {
    match asked {
        None => Ok(usual),
        Some(limit @ 1..=LIMIT_MAX) => Ok(limit),
        Some(_) => Err(Problem::field(ErrorCode::InvalidField, "limit")),
    }
}
