//! The statements that write what a batch changed: one per table and kind of change.

use protocol::{Reaction, file::AttachedFile};
use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::thread::Thread;
use crate::row::Row;

/// Writes what the batch changed: new rows, changed rows, heads.
pub async fn write(
    conn: &mut PgConnection,
    threads: &[Thread],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let added = Columns::of(threads, |thread| thread.added().collect());
    if !added.seq.is_empty() {
        insert(conn, &added).await?;
    }
    let changed = Columns::of(threads, |thread| thread.changed().collect());
    if !changed.seq.is_empty() {
        update(conn, &changed).await?;
    }
    let touched: Vec<&Thread> = threads.iter().filter(|thread| thread.is_touched()).collect();
    if !touched.is_empty() {
        write_heads(conn, &touched, now).await?;
    }
    Ok(())
}

/// Rows turned into one array per column, for `unnest`.
#[derive(Default)]
struct Columns<'a> {
    conversation: Vec<i64>,
    seq: Vec<i64>,
    position: Vec<i64>,
    id: Vec<Uuid>,
    sender: Vec<Uuid>,
    text: Vec<Option<&'a str>>,
    attachments: Vec<Option<Json<&'a Vec<AttachedFile>>>>,
    reply_to: Vec<Option<i64>>,
    reactions: Vec<Option<Json<&'a Vec<Reaction>>>>,
    content_hash: Vec<Option<&'a [u8]>>,
    sent_at: Vec<OffsetDateTime>,
    edited_at: Vec<Option<OffsetDateTime>>,
    deleted_at: Vec<Option<OffsetDateTime>>,
}

impl<'a> Columns<'a> {
    fn of(threads: &'a [Thread], rows: impl Fn(&'a Thread) -> Vec<&'a Row>) -> Self {
        let mut columns = Self::default();
        for thread in threads {
            for row in rows(thread) {
                columns.push(thread.conversation.id, row);
            }
        }
        columns
    }

    fn push(&mut self, conversation: i64, row: &'a Row) {
        self.conversation.push(conversation);
        self.seq.push(row.seq.cast_signed());
        self.position.push(row.position.cast_signed());
        self.id.push(row.id.uuid());
        self.sender.push(row.sender.0);
        self.text.push(row.text.as_deref());
        self.attachments
            .push((!row.attachments.is_empty()).then_some(Json(&row.attachments)));
        self.reply_to.push(row.reply_to.map(u64::cast_signed));
        self.reactions
            .push((!row.reactions.is_empty()).then_some(Json(&row.reactions)));
        self.content_hash.push(row.content_hash.as_deref());
        self.sent_at.push(row.sent_at);
        self.edited_at.push(row.edited_at);
        self.deleted_at.push(row.deleted_at);
    }
}

async fn insert(conn: &mut PgConnection, rows: &Columns<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into chat.message (conversation_id, seq, position, id, sender, text, attachments, reply_to,
                                   reactions, content_hash, sent_at, edited_at, deleted_at)
         select *
         from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::uuid[], $5::uuid[], $6::text[],
                     $7::jsonb[], $8::bigint[], $9::jsonb[], $10::bytea[], $11::timestamptz[],
                     $12::timestamptz[], $13::timestamptz[])",
        &rows.conversation,
        &rows.seq,
        &rows.position,
        &rows.id,
        &rows.sender,
        &rows.text as &[Option<&str>],
        &rows.attachments as &[Option<Json<&Vec<AttachedFile>>>],
        &rows.reply_to as &[Option<i64>],
        &rows.reactions as &[Option<Json<&Vec<Reaction>>>],
        &rows.content_hash as &[Option<&[u8]>],
        &rows.sent_at,
        &rows.edited_at as &[Option<OffsetDateTime>],
        &rows.deleted_at as &[Option<OffsetDateTime>],
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn update(conn: &mut PgConnection, rows: &Columns<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update chat.message m
         set position = u.position,
             text = u.text,
             attachments = u.attachments,
             reply_to = u.reply_to,
             reactions = u.reactions,
             content_hash = u.content_hash,
             edited_at = u.edited_at,
             deleted_at = u.deleted_at
         from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::jsonb[], $6::bigint[],
                     $7::jsonb[], $8::bytea[], $9::timestamptz[], $10::timestamptz[])
             as u(conversation_id, seq, position, text, attachments, reply_to, reactions, content_hash,
                  edited_at, deleted_at)
         where m.conversation_id = u.conversation_id
           and m.seq = u.seq",
        &rows.conversation,
        &rows.seq,
        &rows.position,
        &rows.text as &[Option<&str>],
        &rows.attachments as &[Option<Json<&Vec<AttachedFile>>>],
        &rows.reply_to as &[Option<i64>],
        &rows.reactions as &[Option<Json<&Vec<Reaction>>>],
        &rows.content_hash as &[Option<&[u8]>],
        &rows.edited_at as &[Option<OffsetDateTime>],
        &rows.deleted_at as &[Option<OffsetDateTime>],
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn write_heads(
    conn: &mut PgConnection,
    threads: &[&Thread],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let all = || threads.iter().map(|thread| &thread.conversation);
    let id: Vec<i64> = all().map(|it| it.id).collect();
    let head: Vec<i64> = all().map(|it| it.head.cast_signed()).collect();
    let answered: Vec<bool> = all().map(|it| it.standing.answered).collect();
    let client_wrote: Vec<bool> = all().map(|it| it.standing.client_wrote).collect();
    let contact_messages: Vec<i32> = all().map(|it| it.standing.contact_messages).collect();
    let access_changed: Vec<bool> = threads
        .iter()
        .map(|thread| !thread.access_changes().is_empty())
        .collect();
    let last_activity_at: Vec<OffsetDateTime> = all().map(|it| it.last_activity_at).collect();
    sqlx::query!(
        "update chat.conversation c
         set head = u.head,
             answered = u.answered,
             client_wrote = u.client_wrote,
             contact_messages = u.contact_messages,
             access_version = c.access_version + u.access_changed::int,
             access_changed_at = case when u.access_changed then $8 else c.access_changed_at end,
             last_activity_at = u.last_activity_at
         from unnest($1::bigint[], $2::bigint[], $3::bool[], $4::bool[], $5::int[], $6::bool[],
                     $7::timestamptz[])
             as u(id, head, answered, client_wrote, contact_messages, access_changed, last_activity_at)
         where c.id = u.id",
        &id,
        &head,
        &answered,
        &client_wrote,
        &contact_messages,
        &access_changed,
        &last_activity_at,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
