//! From a row to nothing: the row goes, the objects follow.

use protocol::FileId;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{app::Parts, database};

/// Objects that one sweep removes between two looks at the list.
const PAGE: i64 = 100;

/// Takes these files away from everybody: their rows, what they are attached to, and, as soon as the
/// bucket can be reached, their objects. Absent ones are passed over.
///
/// The caller holds the rows' locks, or does not care who attaches them meanwhile.
pub async fn discard(
    conn: &mut PgConnection,
    files: &[FileId],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = files.iter().map(|id| id.0).collect();
    // `files.attachment` goes with its file.
    sqlx::query!(
        "with gone as (delete from files.file where id = any($1) returning id)
         insert into files.garbage (file_id, since)
         select id, $2 from gone
         on conflict (file_id) do nothing",
        &ids,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes the objects of discarded files, until none is left or the bucket fails.
pub async fn collect(app: &Parts) -> Result<(), boot::Error> {
    loop {
        let files = database::background(oldest(&app.pool)).await?;
        if files.is_empty() {
            return Ok(());
        }
        for file in files {
            app.bucket.remove(FileId(file)).await?;
            database::background(forget(&app.pool, file)).await?;
            app.metrics.swept.inc();
        }
    }
}

async fn oldest(pool: &PgPool) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select file_id from files.garbage order by since limit $1", PAGE)
        .fetch_all(pool)
        .await
}

async fn forget(pool: &PgPool, file: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from files.garbage where file_id = $1", file)
        .execute(pool)
        .await?;
    Ok(())
}
