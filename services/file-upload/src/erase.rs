//! Takes away every file of an erased person: the objects first, then the row.
//!
//! The roster's list says whom; `files.erasure` keeps it until a look finds nothing left. A file's id is
//! written down before its objects go, so that whatever is killed in between, the next look goes on, and
//! the bucket can still be asked about files whose rows are gone.

use std::time::Duration;

use boot::Lifecycle;
use bus::{Bus, Subject};
use protocol::{
    FileId, UserId,
    error::Refusal,
    internal::{Erased, ErasedRequest, PullRequest, Pulled, Reply, RosterChange},
};
use sqlx::PgPool;
use time::OffsetDateTime;
use tracing::debug;
use uuid::Uuid;

use crate::{bucket::Bucket, daily, database, store};

const PAGE: u32 = 500;
const ASK_WITHIN: Duration = Duration::from_secs(3);
/// Files of one look at the database.
const FILES: i64 = 20;
/// Files that one answer asks the bucket about.
const ASKED: i64 = 50;
const CONCURRENCY: usize = 4;
/// An upload in work would put its objects after they were looked for: it is left alone until it has
/// ended, or must have.
const LONGEST_UPLOAD: time::Duration = time::Duration::minutes(10);
/// Tokens are refused everywhere long before: nothing of the person's can come after it.
const SETTLED: time::Duration = time::Duration::minutes(15);

#[derive(Clone)]
struct Eraser {
    bus: Bus,
    pool: PgPool,
    bucket: Bucket,
}

/// Follows the list, erases, and answers `files.erased`.
pub async fn start(bus: &Bus, pool: &PgPool, bucket: &Bucket, life: &Lifecycle) -> Result<(), bus::Error> {
    let eraser = Eraser {
        bus: bus.clone(),
        pool: pool.clone(),
        bucket: bucket.clone(),
    };
    let asked = eraser.clone();
    bus.answer(
        Subject::FILES_ERASED,
        CONCURRENCY,
        life,
        move |question: ErasedRequest| {
            let eraser = asked.clone();
            async move { Reply::from(eraser.left(question).await) }
        },
    )
    .await?;
    bus.follow("erasures", Subject::ROSTER_CHANGED.into(), life, move || {
        let eraser = eraser.clone();
        async move { eraser.go_on().await }
    });
    Ok(())
}

impl Eraser {
    /// Takes a page of the list and one step of the work; answers whether there is more of either.
    async fn go_on(&self) -> Result<bool, boot::Error> {
        // Work that was taken on goes on while the broker is away.
        let more = match self.pull().await {
            Ok(more) => more,
            Err(error) => {
                debug!(
                    error = &*error as &dyn std::error::Error,
                    "The list of erasures is not available"
                );
                false
            }
        };
        let worked = self.step(OffsetDateTime::now_utc()).await?;
        Ok(more || worked)
    }

    async fn pull(&self) -> Result<bool, boot::Error> {
        let after = sqlx::query_scalar!("select number from files.erasure_follow")
            .fetch_one(&self.pool)
            .await?;
        let question = PullRequest {
            after,
            limit: PAGE,
            revocations_since: None,
        };
        let page: Pulled<RosterChange> = self
            .bus
            .ask(Subject::ROSTER_ERASURES, &question, ASK_WITHIN)
            .await?
            .map_err(|refusal| format!("the roster refused: {}", refusal.code))?;
        let users: Vec<Uuid> = page
            .items
            .iter()
            .filter_map(|(_, change)| match change {
                RosterChange::Erasure { user, .. } => Some(user.0),
                _ => None,
            })
            .collect();
        if page.to != after {
            self.note(&users, page.to, OffsetDateTime::now_utc()).await?;
        }
        Ok(page.more)
    }

    /// Keeps what a page says together with its number; a page taken twice changes nothing.
    async fn note(&self, users: &[Uuid], to: i64, now: OffsetDateTime) -> Result<(), sqlx::Error> {
        let mut tx = self.pool.begin().await?;
        sqlx::query!(
            "insert into files.erasure (user_id, asked_at)
             select user_id, $2 from unnest($1::uuid[]) as user_id
             on conflict do nothing",
            users,
            now
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!("update files.erasure_follow set number = $1", to)
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// Erases some files; false when there is nothing to do at this moment. Replicas may do the same
    /// at once: it is done twice and comes out alike.
    async fn step(&self, now: OffsetDateTime) -> Result<bool, boot::Error> {
        let files = sqlx::query!(
            "select f.id, f.uploader
             from files.erasure as e
             join files.file as f on f.uploader = e.user_id
             where e.done_at is null
               and (f.state <> 'processing' or f.created_at < $1)
             order by e.asked_at, f.id
             limit $2",
            now - LONGEST_UPLOAD,
            FILES
        )
        .fetch_all(&self.pool)
        .await?;
        for file in &files {
            self.erase(UserId(file.uploader), FileId(file.id)).await?;
        }
        daily::forget_erased(&self.pool).await?;
        if files.is_empty() {
            self.finish(now).await?;
        }
        Ok(!files.is_empty())
    }

    async fn erase(&self, user: UserId, file: FileId) -> Result<(), boot::Error> {
        sqlx::query!(
            "insert into files.erased_file (user_id, file_id) values ($1, $2) on conflict do nothing",
            user.0,
            file.0
        )
        .execute(&self.pool)
        .await?;
        self.bucket.purge(file).await?;
        sqlx::query!("delete from files.file where id = $1", file.0)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    async fn finish(&self, now: OffsetDateTime) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "update files.erasure as e
             set done_at = $1
             where done_at is null
               and asked_at < $2
               and not exists (select from files.file where uploader = e.user_id)",
            now,
            now - SETTLED
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Counts the person's rows, those of the quota included, and the objects of a page of the files that were theirs.
    async fn left(&self, asked: ErasedRequest) -> Result<Erased, Refusal> {
        let rows = database::ask(
            sqlx::query_scalar!(
                r#"select (select count(*) from files.file where uploader = $1)
                    + (select count(*) from files.day where person = $1) as "count!""#,
                asked.user.0
            )
            .fetch_one(&self.pool),
        )
        .await?;
        let files = database::ask(
            sqlx::query_scalar!(
                "select file_id
                 from files.erased_file
                 where user_id = $1 and ($2::uuid is null or file_id > $2)
                 order by file_id
                 limit $3",
                asked.user.0,
                asked.after,
                ASKED
            )
            .fetch_all(&self.pool),
        )
        .await?;
        // Rows are counted once, with the first page.
        let mut left = if asked.after.is_none() {
            rows.cast_unsigned()
        } else {
            0
        };
        for file in &files {
            let objects = self.bucket.count(FileId(*file)).await;
            left += objects.map_err(|cause| store::store_refusal(&cause))? as u64;
        }
        let is_full = i64::try_from(files.len()).is_ok_and(|count| count == ASKED);
        Ok(Erased {
            left,
            next: files.last().copied().filter(|_| is_full),
        })
    }
}
