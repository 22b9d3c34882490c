//! `GET /api/chat/search`.

use api::{Json, Link, Person, Problem, Query};
use axum::extract::State;
use protocol::{
    http::{FoundMessage, List},
    parse,
};
use serde::Deserialize;

use super::App;
use crate::search::{Question, Terms};

pub const PATH: &str = "/api/chat/search";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchQuery {
    q: String,
    conversation_id: Option<String>,
    after: Option<String>,
}

/// Messages of the caller's own conversations, newest first.
pub async fn page(
    Person(me): Person,
    State(app): State<App>,
    Query(query): Query<SearchQuery>,
) -> Result<(Link, Json<List<FoundMessage>>), Problem> {
    let conversation = query
        .conversation_id
        .as_deref()
        .map(|raw| parse::conversation(raw, me.user, me.role));
    let question = Question {
        user: me.user,
        role: me.role,
        terms: Terms::parse(&query.q)?,
        conversation: conversation.transpose()?,
        after: query
            .after
            .as_deref()
            .map(|raw| parse::id(raw, "after"))
            .transpose()?,
    };
    let answer = app.searches.answer(&question).await?;
    let link = match (answer.next, query.conversation_id) {
        (None, _) => Link::new(),
        (Some(after), None) => Link::new().next(PATH, &[("q", &query.q), ("after", &after)]),
        (Some(after), Some(conversation)) => Link::new().next(
            PATH,
            &[
                ("q", &query.q),
                ("conversationId", &conversation),
                ("after", &after),
            ],
        ),
    };
    Ok((link, Json(List { data: answer.found })))
}
