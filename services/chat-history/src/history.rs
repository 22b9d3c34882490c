//! A page of a conversation's messages, oldest first.

use links::Links;
use protocol::{ConversationId, ErrorCode, Message, Reaction, Seq, file::AttachedFile};
use sqlx::{PgConnection, PgPool, types::Json};
use time::OffsetDateTime;

use crate::{
    database::{Lease, within},
    failure::Error,
    lookup::{self, Found},
    row::{Row, Stored},
};

/// Which part of the thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Newest,
    Before(Seq),
    After(Seq),
    /// `seq` with what surrounds it.
    Around(Seq),
}

#[derive(Debug, Clone, Copy)]
pub struct Question {
    pub people: ConversationId,
    pub part: Part,
    pub limit: u32,
}

/// What a snapshot answers: all of it is of one moment.
#[derive(Debug)]
pub struct Answer {
    pub found: Found,
    /// `None` when `unchanged` held.
    pub page: Option<Page>,
}

#[derive(Debug)]
pub struct Page {
    pub messages: Vec<Message>,
    /// There are older messages than these.
    pub older: bool,
    /// There are newer ones.
    pub newer: bool,
}

/// Reads the page, unless the caller has it: `unchanged` is asked once the conversation is found.
pub async fn answer(
    pool: &PgPool,
    links: &Links,
    question: Question,
    unchanged: impl FnOnce(&Found) -> bool,
) -> Result<Answer, Error> {
    within(async {
        let mut lease = Lease::take(pool).await?;
        let mut snapshot = lease.snapshot().await?;
        let found = lookup::find(&mut snapshot, question.people).await?;
        let page = match found.filter(|found| !unchanged(found)) {
            Some(found) => Some(page(&mut snapshot, links, &found, &question).await?),
            None => None,
        };
        snapshot.commit().await?;
        lease.keep();
        let found = found.ok_or(ErrorCode::NotFound)?;
        Ok(Answer { found, page })
    })
    .await
}

async fn page(
    conn: &mut PgConnection,
    links: &Links,
    found: &Found,
    question: &Question,
) -> Result<Page, sqlx::Error> {
    let limit = i64::from(question.limit);
    let (older, newer) = match question.part {
        Part::Newest => (before(conn, found, Seq::MAX, limit).await?, Side::none(false)),
        Part::Before(seq) => (
            before(conn, found, seq, limit).await?,
            Side::none(seq <= found.head),
        ),
        Part::After(seq) => (Side::none(seq > 0), after(conn, found, seq, limit).await?),
        Part::Around(seq) => {
            let older = before(conn, found, seq, limit / 2).await?;
            let newer = after(conn, found, seq.saturating_sub(1), limit - limit / 2).await?;
            (older, newer)
        }
    };
    let now = OffsetDateTime::now_utc();
    let rows = older.rows.into_iter().rev().chain(newer.rows);
    Ok(Page {
        messages: rows.map(|row| row.show(found.people, links, now)).collect(),
        older: older.more,
        newer: newer.more,
    })
}

/// Rows to one side of a message, nearest first.
struct Side {
    rows: Vec<Row>,
    more: bool,
}

impl Side {
    fn none(more: bool) -> Self {
        Self {
            rows: Vec::new(),
            more,
        }
    }

    /// Of one row more than asked, to know whether there is more.
    fn of(stored: Vec<Stored>, limit: i64) -> Result<Self, sqlx::Error> {
        let limit = usize::try_from(limit).unwrap_or_default();
        let more = stored.len() > limit;
        let rows = stored.into_iter().take(limit).map(Row::try_from);
        Ok(Self {
            rows: rows.collect::<Result<_, _>>()?,
            more,
        })
    }
}

async fn before(conn: &mut PgConnection, found: &Found, seq: Seq, limit: i64) -> Result<Side, sqlx::Error> {
    let stored = sqlx::query_as!(
        Stored,
        r#"select seq, position, id, sender, text, attachments as "attachments: Json<Vec<AttachedFile>>",
                  reply_to, reactions as "reactions: Json<Vec<Reaction>>", content_hash, sent_at, edited_at,
                  deleted_at
           from chat.message
           where conversation_id = $1
             and seq < $2
           order by seq desc
           limit $3"#,
        found.id,
        i64::try_from(seq).unwrap_or(i64::MAX),
        limit + 1,
    )
    .fetch_all(conn)
    .await?;
    Side::of(stored, limit)
}

async fn after(conn: &mut PgConnection, found: &Found, seq: Seq, limit: i64) -> Result<Side, sqlx::Error> {
    let stored = sqlx::query_as!(
        Stored,
        r#"select seq, position, id, sender, text, attachments as "attachments: Json<Vec<AttachedFile>>",
                  reply_to, reactions as "reactions: Json<Vec<Reaction>>", content_hash, sent_at, edited_at,
                  deleted_at
           from chat.message
           where conversation_id = $1
             and seq > $2
           order by seq
           limit $3"#,
        found.id,
        i64::try_from(seq).unwrap_or(i64::MAX),
        limit + 1,
    )
    .fetch_all(conn)
    .await?;
    Side::of(stored, limit)
}
