//! A person's own part of the log, for the archive that the roster assembles: what they wrote, where they
//! reacted, how far they read. What others wrote is theirs.

use protocol::{
    ConversationId, Reaction, Seq, UserId,
    error::Role,
    file::AttachedFile,
    internal::{ExportPage, ExportPlace, HistoryExport, HistoryPart},
    rfc3339,
};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use sqlx::{PgPool, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    database::within,
    failure::Error,
    row::{Row, Stored},
};

const ROWS: i64 = 200;
/// Conversations that one question looks into: most are short.
const CONVERSATIONS: usize = 100;
/// A page ends at this size: a quarter of what the broker carries.
const BYTES: usize = 256 * 1024;

pub async fn page(pool: &PgPool, asked: HistoryExport) -> Result<ExportPage, Error> {
    let person = (asked.user, asked.role);
    let after = asked.after.unwrap_or(ExportPlace(0, 0));
    match asked.part {
        HistoryPart::Conversations => within(conversations(pool, person, after)).await,
        HistoryPart::Messages => within(messages(pool, person, after)).await,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Marks {
    conversation_id: ConversationId,
    delivered_seq: i64,
    read_seq: i64,
}

async fn conversations(
    pool: &PgPool,
    (user, role): (UserId, Role),
    after: ExportPlace,
) -> Result<ExportPage, Error> {
    let rows = sqlx::query!(
        r#"select c.id, c.trainer_id, c.client_id, coalesce(k.delivered_seq, 0) as "delivered_seq!",
                  coalesce(k.read_seq, 0) as "read_seq!"
           from chat.conversation c
           left join chat.mark k on k.conversation_id = c.id and k.user_id = $1
           where ($2 and c.trainer_id = $1 or not $2 and c.client_id = $1)
             and c.id > $3
           order by c.id
           limit $4"#,
        user.0,
        role == Role::Trainer,
        after.0,
        ROWS,
    )
    .fetch_all(pool)
    .await?;
    let mut page = Page::default();
    for row in rows {
        let marks = Marks {
            conversation_id: ConversationId::new(UserId(row.trainer_id), UserId(row.client_id)),
            delivered_seq: row.delivered_seq,
            read_seq: row.read_seq,
        };
        page.push(&marks, ExportPlace(row.id, 0))?;
    }
    Ok(page.finish(ROWS))
}

/// An own message, or one's own reaction to somebody else's.
#[derive(Serialize)]
#[serde(untagged)]
enum Written {
    #[serde(rename_all = "camelCase")]
    Own {
        conversation_id: ConversationId,
        seq: Seq,
        id: protocol::MessageId,
        text: Option<String>,
        attachments: Vec<AttachedFile>,
        reply_to: Option<Seq>,
        #[serde(with = "rfc3339")]
        sent_at: OffsetDateTime,
        #[serde(with = "rfc3339::option")]
        edited_at: Option<OffsetDateTime>,
        #[serde(with = "rfc3339::option")]
        deleted_at: Option<OffsetDateTime>,
        my_reactions: Vec<String>,
    },
    #[serde(rename_all = "camelCase")]
    Reacted {
        conversation_id: ConversationId,
        seq: Seq,
        my_reactions: Vec<String>,
    },
}

impl Written {
    fn of(row: Row, conversation_id: ConversationId, user: UserId) -> Self {
        let mine = row
            .reactions
            .into_iter()
            .filter(|reaction| reaction.user_ids.contains(&user));
        let my_reactions = mine.map(|reaction| reaction.emoji).collect();
        let seq = row.seq;
        if row.sender == user {
            Self::Own {
                conversation_id,
                seq,
                id: row.id,
                text: row.text,
                attachments: row.attachments,
                reply_to: row.reply_to,
                sent_at: row.sent_at,
                edited_at: row.edited_at,
                deleted_at: row.deleted_at,
                my_reactions,
            }
        } else {
            Self::Reacted {
                conversation_id,
                seq,
                my_reactions,
            }
        }
    }
}

/// The rest of one conversation, or a page of it; then the next conversation, up to a page.
async fn messages(
    pool: &PgPool,
    (user, role): (UserId, Role),
    after: ExportPlace,
) -> Result<ExportPage, Error> {
    let mut page = Page::default();
    let mut place = after;
    for _ in 0..CONVERSATIONS {
        let Some((id, people)) = conversation(pool, (user, role), place.0).await? else {
            return Ok(page.finish(i64::MAX));
        };
        let seq = if id == place.0 { place.1 } else { 0 };
        let rows = rows(pool, id, (seq, user)).await?;
        let is_whole = i64::try_from(rows.len()).is_ok_and(|count| count < ROWS);
        for row in rows {
            let here = ExportPlace(id, row.seq.cast_signed());
            page.push(&Written::of(row, people, user), here)?;
        }
        if !is_whole || page.is_full() {
            return Ok(page.cut(place));
        }
        place = ExportPlace(id + 1, 0);
    }
    Ok(ExportPage {
        items: page.items,
        next: Some(place),
    })
}

/// The person's first conversation whose number is at least `from`.
async fn conversation(
    pool: &PgPool,
    (user, role): (UserId, Role),
    from: i64,
) -> Result<Option<(i64, ConversationId)>, sqlx::Error> {
    let row = sqlx::query!(
        "select id, trainer_id, client_id
         from chat.conversation
         where ($2 and trainer_id = $1 or not $2 and client_id = $1)
           and id >= $3
         order by id
         limit 1",
        user.0,
        role == Role::Trainer,
        from,
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| {
        let people = ConversationId::new(UserId(row.trainer_id), UserId(row.client_id));
        (row.id, people)
    }))
}

async fn rows(
    pool: &PgPool,
    conversation: i64,
    (after, user): (i64, UserId),
) -> Result<Vec<Row>, sqlx::Error> {
    let stored = sqlx::query_as!(
        Stored,
        r#"select seq, position, id, sender, text, attachments as "attachments: Json<Vec<AttachedFile>>",
                  reply_to, reactions as "reactions: Json<Vec<Reaction>>", content_hash, sent_at, edited_at,
                  deleted_at
           from chat.message
           where conversation_id = $1
             and seq > $2
             and (
                 sender = $3
                 or reactions @> jsonb_build_array(jsonb_build_object('userIds', jsonb_build_array($3)))
             )
           order by seq
           limit $4"#,
        conversation,
        after,
        user.0 as Uuid,
        ROWS,
    )
    .fetch_all(pool)
    .await?;
    stored.into_iter().map(Row::try_from).collect()
}

/// A page as it grows: what does not fit any more is for the next.
#[derive(Default)]
struct Page {
    items: Vec<Box<RawValue>>,
    bytes: usize,
    /// Of the last item that is in it.
    end: Option<ExportPlace>,
    is_full: bool,
}

impl Page {
    fn push(&mut self, item: &impl Serialize, place: ExportPlace) -> Result<(), Error> {
        if self.is_full {
            return Ok(());
        }
        let item = to_raw_value(item).map_err(|error| sqlx::Error::Encode(error.into()))?;
        self.bytes += item.get().len();
        self.items.push(item);
        self.end = Some(place);
        self.is_full = self.bytes >= BYTES;
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.is_full || self.items.len() >= usize::try_from(ROWS).unwrap_or(usize::MAX)
    }

    /// The last page, unless it is full or has as many items as were asked for.
    fn finish(self, asked: i64) -> ExportPage {
        let more = self.is_full || i64::try_from(self.items.len()).is_ok_and(|count| count >= asked);
        ExportPage {
            next: self.end.filter(|_| more),
            items: self.items,
        }
    }

    /// A page that others follow, from where it is full or else from `place`.
    fn cut(self, place: ExportPlace) -> ExportPage {
        ExportPage {
            next: self.end.or(Some(place)),
            items: self.items,
        }
    }
}
