//! What changed in a conversation since a position.

use links::Links;
use protocol::{
    ConversationId, Epoch, ErrorCode, Position, Reaction,
    file::AttachedFile,
    frame::{Ref, Reset},
    internal::SyncRequest,
    limits,
};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use sqlx::{PgConnection, PgPool, types::Json};
use time::OffsetDateTime;

use crate::{
    database::{Lease, within},
    failure::Error,
    lookup::{self, Found},
    row::{Row, Stored},
};

/// What a frame takes beside its messages.
const ENVELOPE_BYTES: usize = 512;

/// A `sync` frame whose messages are final bytes already: they were measured while the page was cut.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "sync", rename_all = "camelCase")]
pub struct Page {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#ref: Option<Ref>,
    pub conversation_id: ConversationId,
    pub from: Position,
    pub to: Position,
    pub messages: Vec<Box<RawValue>>,
    pub more: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset: Option<Reset>,
}

impl Page {
    fn empty(found: &Found, from: Position) -> Self {
        Self {
            r#ref: None,
            conversation_id: found.people,
            from,
            to: found.head,
            messages: Vec::new(),
            more: false,
            reset: None,
        }
    }

    /// Tells the device to drop its copy and to start over at the head.
    pub fn reset(found: &Found, from: Position, why: Reset) -> Self {
        Self {
            reset: Some(why),
            ..Self::empty(found, from)
        }
    }
}

/// Answers one page: the conversation, the head and the rows are of one moment.
pub async fn answer(pool: &PgPool, links: &Links, question: SyncRequest) -> Result<(Epoch, Page), Error> {
    within(async {
        let mut lease = Lease::take(pool).await?;
        let mut snapshot = lease.snapshot().await?;
        let found = lookup::find(&mut snapshot, question.conversation).await?;
        let page = match &found {
            Some(found) => Some(page(&mut snapshot, links, found, question.after).await?),
            None => None,
        };
        snapshot.commit().await?;
        lease.keep();
        let (found, page) = found.zip(page).ok_or(ErrorCode::NotFound)?;
        let r#ref = question.r#ref;
        Ok((found.epoch, Page { r#ref, ..page }))
    })
    .await
}

/// The page of `found` after a position, or why the device has to start over.
pub async fn page(
    conn: &mut PgConnection,
    links: &Links,
    found: &Found,
    after: Position,
) -> Result<Page, sqlx::Error> {
    if after > found.head {
        return Ok(Page::reset(found, after, Reset::Ahead));
    }
    if after == found.head {
        return Ok(Page::empty(found, after));
    }
    // There are at most as many changed rows as changes.
    let changes = found.head - after;
    if changes > limits::SYNC_TOO_FAR as u64 && changed_rows(conn, found, after).await? > limits::SYNC_TOO_FAR
    {
        return Ok(Page::reset(found, after, Reset::TooFar));
    }
    let rows = rows(conn, found, after).await?;
    cut(found, after, rows, |row| {
        to_raw_value(&row.show(found.people, links, OffsetDateTime::now_utc()))
    })
    .map_err(|error| sqlx::Error::Encode(error.into()))
}

/// Fills a page up to its limits of rows and bytes; a single row always fits.
fn cut(
    found: &Found,
    after: Position,
    rows: Vec<Row>,
    show: impl Fn(Row) -> serde_json::Result<Box<RawValue>>,
) -> serde_json::Result<Page> {
    let mut page = Page::empty(found, after);
    let mut room = limits::SERVER_FRAME_BYTES - ENVELOPE_BYTES;
    let mut reached = after;
    for row in rows {
        let position = row.position;
        let shown = show(row)?;
        let bytes = shown.get().len() + 1;
        if page.messages.len() == limits::SYNC_ROWS || bytes > room {
            page.more = true;
            page.to = reached;
            break;
        }
        room -= bytes;
        reached = position;
        page.messages.push(shown);
    }
    Ok(page)
}

/// Counts no further than it matters.
async fn changed_rows(conn: &mut PgConnection, found: &Found, after: Position) -> Result<usize, sqlx::Error> {
    let enough = i64::try_from(limits::SYNC_TOO_FAR + 1).unwrap_or(i64::MAX);
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!"
           from (
               select
               from chat.message
               where conversation_id = $1
                 and position > $2
               limit $3
           ) changed"#,
        found.id,
        after.cast_signed(),
        enough,
    )
    .fetch_one(conn)
    .await?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// One row more than a page takes, to know whether there is more.
async fn rows(conn: &mut PgConnection, found: &Found, after: Position) -> Result<Vec<Row>, sqlx::Error> {
    let stored = sqlx::query_as!(
        Stored,
        r#"select seq, position, id, sender, text, attachments as "attachments: Json<Vec<AttachedFile>>",
                  reply_to, reactions as "reactions: Json<Vec<Reaction>>", content_hash, sent_at, edited_at,
                  deleted_at
           from chat.message
           where conversation_id = $1
             and position > $2
           order by position
           limit $3"#,
        found.id,
        after.cast_signed(),
        i64::try_from(limits::SYNC_ROWS + 1).unwrap_or(i64::MAX),
    )
    .fetch_all(conn)
    .await?;
    stored.into_iter().map(Row::try_from).collect()
}
