//! What a person may upload in a day, counted in the database: alike for all replicas, and after a
//! restart. A day ends at midnight in UTC.

use protocol::{ErrorCode, UserId, error::Refusal};
use sqlx::{PgConnection, PgPool};
use time::{Duration, OffsetDateTime, Time};

use crate::database;

#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
pub struct Config {
    /// Files that a person may upload in a day
    #[arg(long, env = "SPOTTER_DAILY_FILES", default_value_t = 500, value_parser = clap::value_parser!(i32).range(1..))]
    pub daily_files: i32,

    /// MiB that a person may upload in a day
    #[arg(long, env = "SPOTTER_DAILY_MIB", default_value_t = 1_024, value_parser = clap::value_parser!(i64).range(1..=1_048_576))]
    pub daily_mib: i64,
}

/// What a day allows.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    files: i32,
    bytes: i64,
}

impl Allowance {
    pub fn new(config: &Config) -> Self {
        Self {
            files: config.daily_files,
            bytes: config.daily_mib * 1024 * 1024,
        }
    }

    /// Refuses somebody whose day is full before anything is received.
    pub async fn check(&self, pool: &PgPool, person: UserId, now: OffsetDateTime) -> Result<(), Refusal> {
        let query = sqlx::query!(
            "select files, bytes from files.day where person = $1 and day = $2",
            person.0,
            now.date()
        );
        let used = database::ask(query.fetch_optional(pool)).await?;
        if used.is_some_and(|used| used.files >= self.files || used.bytes >= self.bytes) {
            return Err(full(now));
        }
        Ok(())
    }

    /// Counts a file of so many bytes; false when it does not fit into the day any more. Uploads at
    /// once are counted one after the other, by the lock of the day's row.
    pub async fn take(
        &self,
        conn: &mut PgConnection,
        person: UserId,
        size: u64,
        now: OffsetDateTime,
    ) -> Result<bool, sqlx::Error> {
        let size = size.cast_signed();
        if size > self.bytes {
            return Ok(false);
        }
        let taken = sqlx::query!(
            "insert into files.day as d (person, day, files, bytes)
             values ($1, $2, 1, $3)
             on conflict (person, day) do update
             set files = d.files + 1, bytes = d.bytes + $3
             where d.files < $4 and d.bytes + $3 <= $5",
            person.0,
            now.date(),
            size,
            self.files,
            self.bytes
        )
        .execute(conn)
        .await?;
        Ok(taken.rows_affected() == 1)
    }
}

/// Forgets days that count for nothing any more.
pub async fn forget(pool: &PgPool, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from files.day where day < $1",
        (now - Duration::DAY).date()
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Forgets what people uploaded who are being erased; again for as long as something of theirs may come.
pub async fn forget_erased(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from files.day as d
         using files.erasure as e
         where d.person = e.user_id and e.done_at is null"
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// The refusal that says when the next day begins.
pub fn full(now: OffsetDateTime) -> Refusal {
    let left = Duration::DAY - (now.time() - Time::MIDNIGHT);
    Refusal {
        retry_after_ms: u64::try_from(left.whole_milliseconds()).ok(),
        ..ErrorCode::RateLimited.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_day_says_when_it_ends() {
        let evening = OffsetDateTime::UNIX_EPOCH + Duration::hours(23) + Duration::minutes(59);

        assert_eq!(full(evening).retry_after_ms, Some(60_000));
        assert_eq!(full(OffsetDateTime::UNIX_EPOCH).retry_after_ms, Some(86_400_000));
    }
}
