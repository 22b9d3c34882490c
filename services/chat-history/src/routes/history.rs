//! `GET /api/chat/history`.

use api::{Json, Link, Person, Problem, Query};
use auth::Identity;
use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use links::Links;
use protocol::{
    ConversationId, ErrorCode, Seq, UserId,
    http::{CHAT_EPOCH, CHAT_POSITION},
    limits,
};
use serde::Deserialize;
use time::OffsetDateTime;

use super::{App, limit};
use crate::{
    history::{self, Page, Part, Question},
    lookup::Found,
};

pub const PATH: &str = "/api/chat/history";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryQuery {
    user_id: UserId,
    trainer_id: UserId,
    before: Option<Seq>,
    after: Option<Seq>,
    around: Option<Seq>,
    limit: Option<u32>,
}

/// A page of messages, oldest first, with the epoch and position it was read at.
pub async fn page(
    Person(me): Person,
    State(app): State<App>,
    Query(query): Query<HistoryQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let question = query.question(&me)?;
    let now = OffsetDateTime::now_utc();
    let known = headers.get(header::IF_NONE_MATCH);
    let unchanged = |found: &Found| known.is_some_and(|known| is_among(known, &etag(found, now)));
    let answer = history::answer(&app.pool, &app.links, question, unchanged).await?;
    let about = about(&answer.found, now)?;
    Ok(match answer.page {
        Some(page) => {
            let link = link(&page, &question);
            (StatusCode::OK, about, link, Json(page.messages)).into_response()
        }
        None => (StatusCode::NOT_MODIFIED, about).into_response(),
    })
}

impl HistoryQuery {
    fn question(&self, me: &Identity) -> Result<Question, Problem> {
        let part = match (self.before, self.after, self.around) {
            (None, None, None) => Part::Newest,
            (Some(seq), None, None) => Part::Before(seq),
            (None, Some(seq), None) => Part::After(seq),
            (None, None, Some(seq)) => Part::Around(seq),
            (_, Some(_), None) => return Err(Problem::field(ErrorCode::InvalidField, "after")),
            (_, _, Some(_)) => return Err(Problem::field(ErrorCode::InvalidField, "around")),
        };
        let written = ConversationId::new(self.trainer_id, self.user_id);
        // What is not the caller's is looked for like what is not there: nobody talks to themselves.
        let nowhere = ConversationId::new(me.user, me.user);
        Ok(Question {
            people: written.seen_by(me.user, me.role).unwrap_or(nowhere),
            part,
            limit: limit(self.limit, limits::HISTORY_ROWS_DEFAULT)?,
        })
    }
}

/// Head and epoch name the content; file links change with the hour.
fn etag(found: &Found, now: OffsetDateTime) -> String {
    format!(
        "\"{}-{}-{}\"",
        found.epoch.0.simple(),
        found.head,
        Links::expiry(now)
    )
}

fn is_among(known: &HeaderValue, etag: &str) -> bool {
    let tags = known.to_str().unwrap_or_default().split(',').map(str::trim);
    tags.map(|tag| tag.strip_prefix("W/").unwrap_or(tag))
        .any(|tag| tag == "*" || tag == etag)
}

fn about(found: &Found, now: OffsetDateTime) -> Result<HeaderMap, Problem> {
    let pairs = [
        (header::ETAG, etag(found, now)),
        (HeaderName::from_static(CHAT_EPOCH), found.epoch.to_string()),
        (HeaderName::from_static(CHAT_POSITION), found.head.to_string()),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    let mut headers = HeaderMap::with_capacity(pairs.len());
    for (name, value) in pairs {
        headers.insert(
            name,
            HeaderValue::try_from(value).map_err(|error| Problem::internal(&error))?,
        );
    }
    Ok(headers)
}

fn link(page: &Page, question: &Question) -> Link {
    let (user, trainer) = (question.people.client, question.people.trainer);
    let mut link = Link::new();
    if let (true, Some(first)) = (page.older, page.messages.first()) {
        link = link.prev(
            PATH,
            &[
                ("userId", &user),
                ("trainerId", &trainer),
                ("before", &first.seq),
                ("limit", &question.limit),
            ],
        );
    }
    if let (true, Some(last)) = (page.newer, page.messages.last()) {
        link = link.next(
            PATH,
            &[
                ("userId", &user),
                ("trainerId", &trainer),
                ("after", &last.seq),
                ("limit", &question.limit),
            ],
        );
    }
    link
}
