//! Rows of `files.file`: from the first byte to ready.

use protocol::{ErrorCode, FileId, UserId};
use sqlx::PgPool;
use time::OffsetDateTime;

use crate::render::Report;

/// How far a file has come.
#[derive(Debug)]
pub enum State {
    Processing,
    Rejected(String),
    Ready(Image),
}

/// What is known of an image whose bytes are all in the bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    pub content_type: String,
    /// Bytes of the full variant.
    pub size: u64,
    pub width: u32,
    pub height: u32,
    pub placeholder: String,
}

impl Image {
    pub fn new(report: Report, size: u64) -> Self {
        Self {
            content_type: report.content_type,
            size,
            width: report.width,
            height: report.height,
            placeholder: report.placeholder,
        }
    }
}

/// Notes an upload before any of its bytes are in the bucket, so that whatever interrupts it,
/// there is a row that tells what to sweep.
pub async fn begin(
    pool: &PgPool,
    id: FileId,
    uploader: UserId,
    name: Option<&str>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into files.file (id, uploader, state, name, created_at) values ($1, $2, 'processing', $3, $4)",
        id.0,
        uploader.0,
        name,
        now
    )
    .execute(pool)
    .await?;
    Ok(())
}

pub async fn reject(pool: &PgPool, id: FileId, code: ErrorCode) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update files.file set state = 'rejected', code = $2 where id = $1 and state = 'processing'",
        id.0,
        code.to_string()
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Makes a file visible; called when all of its bytes are in the bucket. False when it is gone.
pub async fn make_ready(pool: &PgPool, id: FileId, image: &Image) -> Result<bool, sqlx::Error> {
    let made = sqlx::query!(
        "update files.file
         set state = 'ready', content_type = $2, size = $3, width = $4, height = $5, placeholder = $6
         where id = $1 and state = 'processing'",
        id.0,
        image.content_type,
        image.size.cast_signed(),
        image.width.cast_signed(),
        image.height.cast_signed(),
        image.placeholder
    )
    .execute(pool)
    .await?;
    Ok(made.rows_affected() == 1)
}

/// How a file of this uploader is doing.
pub async fn of_uploader(pool: &PgPool, id: FileId, uploader: UserId) -> Result<Option<State>, sqlx::Error> {
    let row = sqlx::query!(
        "select state, code, content_type, size, width, height, placeholder
         from files.file
         where id = $1 and uploader = $2",
        id.0,
        uploader.0
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| match row.state.as_str() {
        "ready" => State::Ready(Image {
            content_type: row.content_type.unwrap_or_default(),
            size: row.size.unwrap_or_default().cast_unsigned(),
            width: row.width.unwrap_or_default().cast_unsigned(),
            height: row.height.unwrap_or_default().cast_unsigned(),
            placeholder: row.placeholder.unwrap_or_default(),
        }),
        "rejected" => State::Rejected(row.code.unwrap_or_default()),
        _ => State::Processing,
    }))
}

/// Those of `ids` whose links this person may renew: own uploads, and files attached in a
/// conversation of theirs. In the order asked.
pub async fn readable(pool: &PgPool, ids: &[FileId], person: UserId) -> Result<Vec<FileId>, sqlx::Error> {
    let asked: Vec<_> = ids.iter().map(|id| id.0).collect();
    let found = sqlx::query_scalar!(
        "select id
         from files.file as f
         where id = any($1)
           and state = 'ready'
           and (uploader = $2
             or exists (
               select from files.attachment as a
               where a.file_id = f.id and (a.trainer_id = $2 or a.client_id = $2)))
         order by array_position($1, id)",
        &asked,
        person.0
    )
    .fetch_all(pool)
    .await?;
    Ok(found.into_iter().map(FileId).collect())
}
