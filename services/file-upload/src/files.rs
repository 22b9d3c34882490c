//! Rows of `files.file`: from the first byte to ready.

use protocol::{ErrorCode, FileId, UserId, file::Variant};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;

/// How far a file has come.
#[derive(Debug)]
pub enum State {
    Processing,
    Rejected(ErrorCode),
    Ready(Ready),
}

/// What is known of a file whose bytes are all in the bucket.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ready {
    pub content_type: String,
    /// Bytes of the full variant.
    pub size: u64,
    /// Of an image.
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub placeholder: Option<String>,
    /// Of a voice message.
    pub duration_ms: Option<u32>,
    pub waveform: Option<Vec<u8>>,
}

impl Ready {
    /// The sizes it is kept in.
    pub fn variants(&self) -> &'static [Variant] {
        if is_image(&self.content_type) {
            &[Variant::Full, Variant::Screen, Variant::Thumb]
        } else {
            &[Variant::Full]
        }
    }
}

pub fn is_image(content_type: &str) -> bool {
    content_type.starts_with("image/")
}

/// Notes an upload before any of its bytes are in the bucket, so that whatever interrupts it,
/// there is a row that tells what to sweep.
pub async fn begin(
    conn: &mut PgConnection,
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
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends an upload that came to nothing. Objects it may have are garbage.
pub async fn reject(
    pool: &PgPool,
    id: FileId,
    code: ErrorCode,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with rejected as (
             update files.file
             set state = 'rejected', code = $2
             where id = $1 and state = 'processing'
             returning id
         )
         insert into files.garbage (file_id, since)
         select id, $3 from rejected
         on conflict (file_id) do nothing",
        id.0,
        code.to_string(),
        now
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Makes a file visible; called when all of its bytes are in the bucket. False when it is gone.
pub async fn make_ready(pool: &PgPool, id: FileId, file: &Ready) -> Result<bool, sqlx::Error> {
    let made = sqlx::query!(
        "update files.file
         set state = 'ready', content_type = $2, size = $3, width = $4, height = $5, placeholder = $6,
             duration_ms = $7, waveform = $8
         where id = $1 and state = 'processing'",
        id.0,
        file.content_type,
        file.size.cast_signed(),
        file.width.map(u32::cast_signed),
        file.height.map(u32::cast_signed),
        file.placeholder,
        file.duration_ms.map(u32::cast_signed),
        file.waveform
    )
    .execute(pool)
    .await?;
    Ok(made.rows_affected() == 1)
}

/// How a file of this uploader is doing.
pub async fn of_uploader(pool: &PgPool, id: FileId, uploader: UserId) -> Result<Option<State>, sqlx::Error> {
    let row = sqlx::query!(
        "select state, code, content_type, size, width, height, placeholder, duration_ms, waveform
         from files.file
         where id = $1 and uploader = $2",
        id.0,
        uploader.0
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| match row.state.as_str() {
        "ready" => State::Ready(Ready {
            content_type: row.content_type.unwrap_or_default(),
            size: row.size.unwrap_or_default().cast_unsigned(),
            width: row.width.map(i32::cast_unsigned),
            height: row.height.map(i32::cast_unsigned),
            placeholder: row.placeholder,
            duration_ms: row.duration_ms.map(i32::cast_unsigned),
            waveform: row.waveform,
        }),
        "rejected" => State::Rejected(code(row.code.as_deref())),
        _ => State::Processing,
    }))
}

/// A code as `reject` wrote it.
fn code(written: Option<&str>) -> ErrorCode {
    ErrorCode::ALL
        .into_iter()
        .find(|code| written == Some(code.to_string().as_str()))
        .unwrap_or(ErrorCode::UploadRejected)
}

/// Those of `ids` whose links this person may renew: own uploads, and files attached in a
/// conversation of theirs. In the order asked, with the content type.
pub async fn readable(
    pool: &PgPool,
    ids: &[FileId],
    person: UserId,
) -> Result<Vec<(FileId, String)>, sqlx::Error> {
    let asked: Vec<_> = ids.iter().map(|id| id.0).collect();
    let found = sqlx::query!(
        r#"select id, content_type as "content_type!"
         from files.file as f
         where id = any($1)
           and state = 'ready'
           and (uploader = $2
             or exists (
               select from files.attachment as a
               where a.file_id = f.id and (a.trainer_id = $2 or a.client_id = $2)))
         order by array_position($1, id)"#,
        &asked,
        person.0
    )
    .fetch_all(pool)
    .await?;
    Ok(found
        .into_iter()
        .map(|row| (FileId(row.id), row.content_type))
        .collect())
}
