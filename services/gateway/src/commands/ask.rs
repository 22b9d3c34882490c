//! Questions to chat-history, each with a deadline; whatever goes wrong on the way is `unavailable`.

use std::{collections::HashSet, time::Duration};

use axum::extract::ws::Utf8Bytes;
use bus::{Bus, Subject};
use protocol::{
    ConversationId, Epoch, ErrorCode, Position, UserId,
    error::{Refusal, Role},
    frame::{Ack, Ref},
    internal::{
        Action, Change, Entries, EntriesRequest, Head, OpenRequest, Opened, Reply, SyncHeaders, SyncRequest,
    },
    marks::MarkRequest,
};
use serde::de::IgnoredAny;
use telemetry::messaging::{self, Operation};
use tracing::{Instrument, Span, field, warn};

/// Shorter than a client's ack timeout, so that the refusal comes before the retry.
const WITHIN: Duration = Duration::from_millis(4_500);
/// Pages of heads of one person: a quarter of a million conversations.
const HEAD_PAGES: usize = 50;

/// One page of a `sync`, as it is written.
pub struct Page {
    pub frame: Utf8Bytes,
    pub headers: SyncHeaders,
}

/// One conversation's entry, as it is written.
pub struct Entry {
    pub frame: Utf8Bytes,
    pub head: Head,
    pub can_send: bool,
    pub epoch: Epoch,
}

/// What became of a change, and its trace where one is recorded.
pub struct Asked {
    pub outcome: Result<Ack, Refusal>,
    pub trace: Option<String>,
}

/// Puts a change to the log. The client's own trace is linked to, never continued.
pub async fn change(bus: &Bus, change: &Change, traceparent: Option<&str>) -> Asked {
    let subject = match change.action {
        Action::Send { .. } => Subject::HISTORY_APPEND,
        _ => Subject::HISTORY_CHANGE,
    };
    let span = span(&subject, change);
    if let Some(traceparent) = traceparent {
        telemetry::context::link(&span, traceparent);
    }
    let trace = span.in_scope(telemetry::context::recorded_trace);
    let outcome = bus.ask(subject, change, WITHIN).instrument(span).await;
    Asked {
        outcome: outcome.unwrap_or_else(|error| Err(refusal(&error))),
        trace,
    }
}

fn span(subject: &Subject, change: &Change) -> Span {
    let span = messaging::span(Operation::Send, subject.as_str());
    span.record(
        "messaging.message.conversation_id",
        field::display(change.conversation),
    );
    if let Some(id) = change.message() {
        span.record("messaging.message.id", field::display(id));
    }
    span
}

/// Asks for everything a connecting device needs: one question, and one more for each page of heads where a
/// person has thousands of conversations.
pub async fn open(bus: &Bus, user: UserId, role: Role) -> Result<Opened, Refusal> {
    let mut opened = open_after(bus, (user, role), None).await?;
    let first: HashSet<UserId> = opened.heads.iter().map(|Head(peer, ..)| *peer).collect();
    for _ in 0..HEAD_PAGES {
        let Some(after) = opened.next else {
            return Ok(opened);
        };
        let page = open_after(bus, (user, role), Some(after)).await?;
        if page.epoch != opened.epoch {
            return Err(ErrorCode::Unavailable.into());
        }
        let rest = |peer: &UserId| !first.contains(peer);
        opened
            .heads
            .extend(page.heads.into_iter().filter(|Head(peer, ..)| rest(peer)));
        opened.closed.extend(page.closed.into_iter().filter(rest));
        opened.next = page.next;
    }
    warn!(%user, "Somebody has more conversations than a gateway keeps");
    Err(ErrorCode::Overloaded.into())
}

async fn open_after(bus: &Bus, (user, role): (UserId, Role), after: Option<i64>) -> Result<Opened, Refusal> {
    let question = OpenRequest { user, role, after };
    bus.ask(Subject::HISTORY_OPEN, &question, WITHIN)
        .await
        .unwrap_or_else(|error| Err(refusal(&error)))
}

/// Asks for what follows `after`; the answer's body is the final frame and is not parsed.
pub async fn sync(
    bus: &Bus,
    conversation: ConversationId,
    after: Position,
    r#ref: Option<Ref>,
) -> Result<Page, Refusal> {
    let question = SyncRequest {
        conversation,
        after,
        r#ref,
    };
    let payload = serde_json::to_vec(&question).map_err(|_| ErrorCode::Internal)?;
    let answer = bus
        .request_raw(Subject::HISTORY_SYNC, payload.into(), WITHIN)
        .await
        .map_err(|error| refusal(&error))?;
    let (Some(epoch), Some(to)) = (answer.headers.epoch, answer.headers.to) else {
        return Err(
            match serde_json::from_slice::<Reply<IgnoredAny>>(&answer.payload) {
                Ok(Reply::Refused(refusal)) => refusal,
                Ok(Reply::Ok(_)) | Err(_) => ErrorCode::Internal.into(),
            },
        );
    };
    let frame = Utf8Bytes::try_from(answer.payload).map_err(|_| ErrorCode::Internal)?;
    Ok(Page {
        frame,
        headers: SyncHeaders {
            epoch,
            to,
            more: answer.headers.more,
        },
    })
}

/// Puts marks to the log; answers once they are stored.
pub async fn mark(bus: &Bus, request: &MarkRequest) -> Result<(), Refusal> {
    bus.ask(Subject::HISTORY_MARK, request, WITHIN)
        .await
        .unwrap_or_else(|error| Err(refusal(&error)))
}

/// Asks for one conversation's entry; `None` when the log has no such conversation.
pub async fn entry(bus: &Bus, user: UserId, role: Role, peer: UserId) -> Result<Option<Entry>, Refusal> {
    let question = EntriesRequest {
        user,
        role,
        peers: vec![peer],
    };
    let answer: Result<Entries, Refusal> = bus
        .ask(Subject::HISTORY_ENTRIES, &question, WITHIN)
        .await
        .unwrap_or_else(|error| Err(refusal(&error)));
    let entries = answer?;
    let entry = entries.entries.into_iter().next();
    Ok(entry.map(|entry| Entry {
        frame: String::from(Box::<str>::from(entry.frame)).into(),
        head: entry.head,
        can_send: entry.can_send,
        epoch: entries.epoch,
    }))
}

fn refusal(error: &bus::Error) -> Refusal {
    warn!(
        error = error as &dyn std::error::Error,
        "chat-history did not answer"
    );
    error.code().into()
}
