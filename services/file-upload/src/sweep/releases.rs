//! Follows the messages that were deleted, and lets go what nothing else carries.

use std::time::Duration;

use bus::{Bus, Subject};
use protocol::{
    FileId,
    internal::{PullRequest, Pulled, Released},
};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    app::Parts,
    database,
    sweep::{discard, garbage},
};

const LIST: &str = "history.releases";
const PAGE: u32 = 200;
const ASK_WITHIN: Duration = Duration::from_secs(3);

/// Pulls one page and applies it; answers whether there is more. Several replicas may pull at once.
pub async fn pull(app: &Parts, bus: &Bus) -> Result<bool, boot::Error> {
    let after = database::background(reached(&app.pool)).await?;
    let question = PullRequest {
        after,
        limit: PAGE,
        revocations_since: None,
    };
    let page: Pulled<Released> = bus
        .ask(Subject::HISTORY_RELEASES, &question, ASK_WITHIN)
        .await?
        .map_err(|refusal| format!("chat-history refused: {}", refusal.code))?;
    if page.to == after {
        return Ok(page.more);
    }
    database::background(apply(&app.pool, after, &page, OffsetDateTime::now_utc())).await?;
    garbage::collect(app).await?;
    Ok(page.more)
}

async fn reached(pool: &PgPool) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!("select number from files.follow where name = $1", LIST)
        .fetch_one(pool)
        .await
}

/// Does nothing when another replica has been faster.
async fn apply(
    pool: &PgPool,
    after: i64,
    page: &Pulled<Released>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let mut tx = pool.begin().await?;
    let reached = sqlx::query_scalar!("select number from files.follow where name = $1 for update", LIST)
        .fetch_one(&mut *tx)
        .await?;
    if reached != after {
        return Ok(());
    }
    let carried = Carried::by(page);
    let files = lock(&mut tx, &carried).await?;
    detach(&mut tx, &carried).await?;
    let free = unheld(&mut tx, &files).await?;
    discard(&mut tx, &free, now).await?;
    sqlx::query!(
        "update files.follow set number = $2 where name = $1",
        LIST,
        page.to
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}

/// The deleted messages, as columns.
struct Carried {
    trainers: Vec<Uuid>,
    clients: Vec<Uuid>,
    messages: Vec<Uuid>,
}

impl Carried {
    fn by(page: &Pulled<Released>) -> Self {
        let released = || page.items.iter().map(|(_, released)| released);
        Self {
            trainers: released().map(|it| it.conversation_id.trainer.0).collect(),
            clients: released().map(|it| it.conversation_id.client.0).collect(),
            messages: released().map(|it| it.message_id.uuid()).collect(),
        }
    }
}

/// Locks the files of the deleted messages, in the order in which attaching does: who attaches one
/// of them is waited for, and seen by the next statements.
async fn lock(conn: &mut PgConnection, carried: &Carried) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select id
         from files.file
         where id in (
           select a.file_id
           from files.attachment a
           join unnest($1::uuid[], $2::uuid[], $3::uuid[]) as gone(trainer_id, client_id, message_id)
             using (trainer_id, client_id, message_id))
         order by id
         for update",
        &carried.trainers,
        &carried.clients,
        &carried.messages
    )
    .fetch_all(conn)
    .await
}

async fn detach(conn: &mut PgConnection, carried: &Carried) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from files.attachment a
         using unnest($1::uuid[], $2::uuid[], $3::uuid[]) as gone(trainer_id, client_id, message_id)
         where a.trainer_id = gone.trainer_id
           and a.client_id = gone.client_id
           and a.message_id = gone.message_id",
        &carried.trainers,
        &carried.clients,
        &carried.messages
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Those of the locked files that nothing carries any more. What carries the others is asked by the
/// sweep: it may be a message that was refused.
async fn unheld(conn: &mut PgConnection, files: &[Uuid]) -> Result<Vec<FileId>, sqlx::Error> {
    sqlx::query!("update files.file set settled = false where id = any($1)", files)
        .execute(&mut *conn)
        .await?;
    let free = sqlx::query_scalar!(
        "select id
         from files.file as f
         where id = any($1)
           and not exists (select from files.attachment as a where a.file_id = f.id)",
        files
    )
    .fetch_all(conn)
    .await?;
    Ok(free.into_iter().map(FileId).collect())
}
