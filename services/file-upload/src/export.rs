//! A person's own files, for the archive that the roster assembles: the list, and their bytes in pieces
//! that the broker carries.

use axum::body::Bytes;
use boot::Lifecycle;
use bus::{Bus, Headers, Message, Subject};
use protocol::{
    ErrorCode, FileId,
    error::Refusal,
    file::Variant,
    internal::{FileRead, FilesExport, FilesPage, OwnFile, Reply},
};
use sqlx::PgPool;

use crate::{bucket::Bucket, database, store};

const FILES: i64 = 200;
/// A piece: a quarter of what the broker carries.
const PIECE: u64 = 256 * 1024;
/// Pieces in memory at once.
const CONCURRENCY: usize = 8;

pub async fn answer(bus: &Bus, pool: &PgPool, bucket: &Bucket, life: &Lifecycle) -> Result<(), bus::Error> {
    let asked = pool.clone();
    bus.answer(
        Subject::FILES_EXPORT,
        CONCURRENCY,
        life,
        move |question: FilesExport| {
            let pool = asked.clone();
            async move { Reply::from(list(&pool, question).await) }
        },
    )
    .await?;
    let (pool, bucket) = (pool.clone(), bucket.clone());
    bus.answer_raw(Subject::FILES_READ, CONCURRENCY, life, move |message: Message| {
        let (pool, bucket) = (pool.clone(), bucket.clone());
        async move {
            let question = serde_json::from_slice(&message.payload).map_err(bus::Error::Malformed)?;
            match read(&pool, &bucket, question).await {
                Ok(piece) => Ok(piece),
                Err(refusal) => {
                    let refused: Reply<()> = Reply::Refused(refusal);
                    let body = serde_json::to_vec(&refused).map_err(bus::Error::Malformed)?;
                    Ok((Headers::default(), Bytes::from(body)))
                }
            }
        }
    })
    .await
}

async fn list(pool: &PgPool, asked: FilesExport) -> Result<FilesPage, Refusal> {
    let rows = database::ask(
        sqlx::query!(
            r#"select id, name, content_type as "content_type!", size as "size!", created_at
             from files.file
             where uploader = $1
               and state = 'ready'
               and ($2::uuid is null or id > $2)
             order by id
             limit $3"#,
            asked.user.0,
            asked.after.map(|file| file.0),
            FILES
        )
        .fetch_all(pool),
    )
    .await?;
    let is_full = i64::try_from(rows.len()).is_ok_and(|count| count == FILES);
    let files: Vec<OwnFile> = rows
        .into_iter()
        .map(|row| OwnFile {
            id: FileId(row.id),
            name: row.name,
            content_type: row.content_type,
            size: row.size.cast_unsigned(),
            uploaded_at: row.created_at,
        })
        .collect();
    Ok(FilesPage {
        next: files.last().map(|file| file.id).filter(|_| is_full),
        files,
    })
}

/// A piece of an own file and where it ends; nothing at the file's end.
async fn read(pool: &PgPool, bucket: &Bucket, asked: FileRead) -> Result<(Headers, Bytes), Refusal> {
    let size = database::ask(
        sqlx::query_scalar!(
            r#"select size as "size!" from files.file where id = $1 and uploader = $2 and state = 'ready'"#,
            asked.file.0,
            asked.user.0
        )
        .fetch_optional(pool),
    )
    .await?;
    let size = size.ok_or(ErrorCode::NotFound)?.cast_unsigned();
    let end = size.min(asked.offset.saturating_add(PIECE));
    let headers = Headers {
        to: Some(end),
        more: end < size,
        ..Headers::default()
    };
    if end <= asked.offset {
        return Ok((headers, Bytes::new()));
    }
    let range = format!("bytes={}-{}", asked.offset, end - 1);
    let object = bucket
        .get(asked.file, Variant::Full, Some(range))
        .await
        .map_err(|cause| store::store_refusal(&cause))?;
    let bytes = object.body.collect().await.map_err(|_| ErrorCode::Unavailable)?;
    Ok((headers, bytes.into_bytes()))
}
