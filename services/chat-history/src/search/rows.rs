//! The messages that may hold what is looked for, newest first.

use links::Links;
use protocol::{ConversationId, Message, Reaction, UserId, file::AttachedFile};
use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Cursor,
    stretches::{Candidates, Tails},
};
use crate::row::{Row, Stored};

/// Messages of one read.
const ROWS: i64 = 1_000;

pub struct Page {
    pub hits: Vec<Hit>,
    /// From where on nothing was looked at.
    pub next: Option<Cursor>,
}

/// A message that may hold it.
pub struct Hit {
    conversation_id: i64,
    trainer_id: Uuid,
    client_id: Uuid,
    seq: i64,
    position: i64,
    id: Uuid,
    sender: Uuid,
    text: String,
    attachments: Option<Json<Vec<AttachedFile>>>,
    reply_to: Option<i64>,
    reactions: Option<Json<Vec<Reaction>>>,
    sent_at: OffsetDateTime,
    edited_at: Option<OffsetDateTime>,
}

impl Hit {
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn cursor(&self) -> Cursor {
        Cursor {
            sent_at: self.sent_at,
            conversation: self.conversation_id,
            seq: self.seq,
        }
    }

    pub fn show(self, links: &Links, now: OffsetDateTime) -> Result<Message, sqlx::Error> {
        let people = ConversationId::new(UserId(self.trainer_id), UserId(self.client_id));
        let row = Row::try_from(Stored {
            seq: self.seq,
            position: self.position,
            id: self.id,
            sender: self.sender,
            text: Some(self.text),
            attachments: self.attachments,
            reply_to: self.reply_to,
            reactions: self.reactions,
            content_hash: None,
            sent_at: self.sent_at,
            edited_at: self.edited_at,
            deleted_at: None,
        })?;
        Ok(row.show(people, links, now))
    }
}

pub async fn page(
    conn: &mut PgConnection,
    candidates: &Candidates,
    tails: &Tails,
    after: Option<Cursor>,
) -> Result<Page, sqlx::Error> {
    let hits = sqlx::query_as!(
        Hit,
        r#"select m.conversation_id as "conversation_id!", c.trainer_id as "trainer_id!",
                  c.client_id as "client_id!", m.seq as "seq!", m.position as "position!", m.id as "id!",
                  m.sender as "sender!", m.text as "text!",
                  m.attachments as "attachments: Json<Vec<AttachedFile>>", m.reply_to,
                  m.reactions as "reactions: Json<Vec<Reaction>>", m.sent_at as "sent_at!", m.edited_at
           from (
               select m.*
               from (
                   select m.*
                   from unnest($1::bigint[], $2::bigint[]) s(id, seq)
                   join chat.message m on m.conversation_id = s.id and m.seq = s.seq
                   union all
                   select m.*
                   from unnest($3::bigint[], $4::bigint[], $5::bigint[]) t(id, first, beyond)
                   join chat.message m
                       on m.conversation_id = t.id and m.seq >= t.first and m.seq < t.beyond
               ) m
               where m.text is not null
                 and ($6::timestamptz is null or m.sent_at > $6)
                 and ($7::timestamptz is null
                      or (m.sent_at, m.conversation_id, m.seq) < ($7, $8::bigint, $9::bigint))
               order by m.sent_at desc, m.conversation_id desc, m.seq desc
               limit $10
           ) m
           join chat.conversation c on c.id = m.conversation_id
           order by m.sent_at desc, m.conversation_id desc, m.seq desc"#,
        &candidates.conversation,
        &candidates.seq,
        &tails.conversation,
        &tails.first,
        &tails.beyond,
        candidates.complete_after,
        after.map(|cursor| cursor.sent_at),
        after.map(|cursor| cursor.conversation),
        after.map(|cursor| cursor.seq),
        ROWS,
    )
    .fetch_all(conn)
    .await?;
    let is_full = hits.len() >= usize::try_from(ROWS).unwrap_or(usize::MAX);
    let next = match candidates.complete_after {
        _ if is_full => hits.last().map(Hit::cursor),
        // Everything sent at that very moment is still to come.
        Some(sent_at) => Some(Cursor {
            sent_at,
            conversation: i64::MAX,
            seq: i64::MAX,
        }),
        None => None,
    };
    Ok(Page { hits, next })
}
