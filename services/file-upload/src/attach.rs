//! Answers `files.attach`: binds files to a message before the message is committed.
//!
//! A sender may attach an own file to any number of own messages, also in other conversations: it
//! is the sender's to show, and a second upload of the same photo would be no different. Asking
//! again for the same message changes nothing. A binding whose message was then refused stays; it
//! lets the other person renew links of a file whose id nobody told them.

use std::collections::HashMap;

use boot::Lifecycle;
use bus::{Bus, Subject};
use protocol::{
    ErrorCode, FileId,
    error::Refusal,
    file::AttachedFile,
    internal::{AttachRequest, Attached, Reply},
    limits,
};
use sqlx::PgPool;
use time::OffsetDateTime;

use crate::database;

/// Requests answered at once; each holds one connection of the pool.
const CONCURRENCY: usize = 8;

pub async fn answer(bus: &Bus, pool: PgPool, life: &Lifecycle) -> Result<(), bus::Error> {
    let handler = move |asked: AttachRequest| {
        let pool = pool.clone();
        async move { Reply::<Attached>::from(attach(&pool, &asked, OffsetDateTime::now_utc()).await) }
    };
    bus.answer(Subject::FILES_ATTACH, CONCURRENCY, life, handler)
        .await
}

/// Binds all of the files or none.
pub async fn attach(pool: &PgPool, asked: &AttachRequest, now: OffsetDateTime) -> Result<Attached, Refusal> {
    if asked.file_ids.len() > limits::ATTACHMENTS {
        return Err(Refusal::field(ErrorCode::InvalidField, "attachments"));
    }
    let people = asked.conversation_id;
    if asked.sender != people.trainer && asked.sender != people.client {
        return Err(not_found());
    }
    let bound = database::ask(bind(pool, asked, now)).await?;
    asked
        .file_ids
        .iter()
        .map(|id| bound.get(id).cloned().ok_or_else(not_found))
        .collect()
}

/// The files of the answer, when all were found and bound; empty when one was not.
async fn bind(
    pool: &PgPool,
    asked: &AttachRequest,
    now: OffsetDateTime,
) -> Result<HashMap<FileId, AttachedFile>, sqlx::Error> {
    let mut ids: Vec<_> = asked.file_ids.iter().map(|id| id.0).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut tx = pool.begin().await?;
    // Locked, so that a sweep in between cannot take a file away.
    let rows = sqlx::query!(
        "select id, name, content_type, size, width, height, placeholder, duration_ms, waveform
         from files.file
         where id = any($1) and uploader = $2 and state = 'ready'
         order by id
         for key share",
        &ids,
        asked.sender.0
    )
    .fetch_all(&mut *tx)
    .await?;
    if rows.len() != ids.len() {
        return Ok(HashMap::new());
    }
    sqlx::query!(
        "insert into files.attachment (file_id, trainer_id, client_id, message_id, attached_at)
         select id, $2, $3, $4, $5 from unnest($1::uuid[]) as id
         on conflict do nothing",
        &ids,
        asked.conversation_id.trainer.0,
        asked.conversation_id.client.0,
        asked.message_id.uuid(),
        now
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    let files = rows.into_iter().map(|row| {
        let id = FileId(row.id);
        let file = AttachedFile {
            id,
            content_type: row.content_type.unwrap_or_default(),
            size: row.size.unwrap_or_default().cast_unsigned(),
            name: row.name,
            width: row.width.map(i32::cast_unsigned),
            height: row.height.map(i32::cast_unsigned),
            placeholder: row.placeholder,
            duration_ms: row.duration_ms.map(|millis| u64::from(millis.cast_unsigned())),
            waveform: row.waveform,
        };
        (id, file)
    });
    Ok(files.collect())
}

/// Alike for absent, unfinished and another person's files.
fn not_found() -> Refusal {
    Refusal::field(ErrorCode::NotFound, "attachments")
}
