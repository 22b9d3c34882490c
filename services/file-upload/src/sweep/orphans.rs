//! Objects that no row knows: left by an upload whose row went while it was being stored, or by a
//! database that was restored from a backup.

use protocol::FileId;
use sqlx::PgPool;
use time::OffsetDateTime;
use tracing::info;
use uuid::Uuid;

use crate::{app::Parts, database, sweep::garbage};

/// A younger file may be in work, or an operator may still want it after a restore.
const OLD: time::Duration = time::Duration::days(1);

/// Looks through the whole bucket, unless some replica has since `since`.
pub async fn collect(app: &Parts, since: OffsetDateTime, now: OffsetDateTime) -> Result<(), boot::Error> {
    if !database::background(claim(&app.pool, since, now)).await? {
        return Ok(());
    }
    let mut after = None;
    loop {
        let page = app.bucket.list(after).await?;
        let old: Vec<Uuid> = page
            .files
            .into_iter()
            .filter(|file| is_old(*file, now))
            .map(|file| file.0)
            .collect();
        let found = database::background(condemn(&app.pool, &old, now)).await?;
        if found > 0 {
            info!(found, "Found {found} files in the bucket that no row knows");
            garbage::collect(app).await?;
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

async fn claim(pool: &PgPool, since: OffsetDateTime, now: OffsetDateTime) -> Result<bool, sqlx::Error> {
    let claimed = sqlx::query!(
        "update files.chore set begun_at = $2 where name = 'orphans' and begun_at < $1",
        since,
        now
    )
    .execute(pool)
    .await?;
    Ok(claimed.rows_affected() == 1)
}

/// Those without a row become garbage.
async fn condemn(pool: &PgPool, files: &[Uuid], now: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let condemned = sqlx::query!(
        "insert into files.garbage (file_id, since)
         select seen.id, $2
         from unnest($1::uuid[]) as seen(id)
         where not exists (select from files.file as f where f.id = seen.id)
         on conflict (file_id) do nothing",
        files,
        now
    )
    .execute(pool)
    .await?;
    Ok(condemned.rows_affected())
}

/// A file's id holds the time it was made.
fn is_old(file: FileId, now: OffsetDateTime) -> bool {
    let seconds = file.0.get_timestamp().map(|made| made.to_unix().0);
    let made = seconds.and_then(|seconds| i64::try_from(seconds).ok());
    made.is_none_or(|made| made < (now - OLD).unix_timestamp())
}

#[cfg(test)]
mod tests {
    use uuid::Timestamp;

    use super::*;

    #[test]
    fn a_file_of_today_is_left_alone() {
        let now = OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000);
        let made = |ago: time::Duration| {
            let seconds = (now - ago).unix_timestamp().cast_unsigned();
            FileId(Uuid::new_v7(Timestamp::from_unix(uuid::NoContext, seconds, 0)))
        };

        assert!(!is_old(made(time::Duration::ZERO), now));
        assert!(!is_old(made(time::Duration::hours(23)), now));
        assert!(is_old(made(time::Duration::hours(25)), now));
    }
}
