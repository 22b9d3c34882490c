//! What a killed process left in work, and files that no message carries.

use std::time::Duration;

use bus::{Bus, Subject};
use protocol::{
    ErrorCode, FileId,
    internal::{Carried, CarriedRequest},
};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{app::Parts, database, sweep::discard};

/// Longer than all deadlines of an upload together: who has been in work for so long was killed.
const DEAD_AFTER: time::Duration = time::Duration::minutes(10);
/// An attachment comes before its message: so long is waited for the message to be committed.
const UNDECIDED: time::Duration = time::Duration::hours(1);
/// Files that are asked for at once; [`protocol::limits::IDS`] at most.
const PAGE: i64 = 100;
const ASK_WITHIN: Duration = Duration::from_secs(3);

/// Rejects what a killed process left in work, and lets its objects go.
pub async fn give_up(app: &Parts, now: OffsetDateTime) -> Result<(), boot::Error> {
    let query = sqlx::query!(
        "with dead as (
             update files.file
             set state = 'rejected', code = $3
             where state = 'processing' and created_at < $1
             returning id
         )
         insert into files.garbage (file_id, since)
         select id, $2 from dead
         on conflict (file_id) do nothing",
        now - DEAD_AFTER,
        now,
        ErrorCode::Unavailable.to_string()
    );
    database::background(query.execute(&app.pool)).await?;
    Ok(())
}

/// Asks chat-history which messages carry the files that have been here since before `since`, keeps
/// those that are carried and discards the others. Nothing goes while chat-history does not answer.
pub async fn settle(
    app: &Parts,
    bus: &Bus,
    since: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<(), boot::Error> {
    let mut last = Uuid::nil();
    loop {
        let asked = database::background(unsettled(&app.pool, since, last)).await?;
        let Some(end) = asked.last() else {
            return Ok(());
        };
        last = *end;
        let question = CarriedRequest {
            ids: asked.iter().copied().map(FileId).collect(),
        };
        let carried: Vec<Carried> = bus
            .ask(Subject::HISTORY_FILES, &question, ASK_WITHIN)
            .await?
            .map_err(|refusal| format!("chat-history refused: {}", refusal.code))?;
        database::background(decide(&app.pool, &asked, &carried, now)).await?;
    }
}

/// Ids are in the order of time.
async fn unsettled(pool: &PgPool, since: OffsetDateTime, after: Uuid) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select id
         from files.file
         where not settled and state <> 'processing' and created_at < $1 and id > $2
         order by id
         limit $3",
        since,
        after,
        PAGE
    )
    .fetch_all(pool)
    .await
}

/// Makes the attachments what chat-history said they are, and discards what has none.
async fn decide(
    pool: &PgPool,
    asked: &[Uuid],
    carried: &[Carried],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let mut tx = pool.begin().await?;
    // Locked first: whoever attaches one of them is waited for, and seen by the next statements.
    sqlx::query!(
        "select id from files.file where id = any($1) order by id for update",
        asked
    )
    .fetch_all(&mut *tx)
    .await?;
    reconcile(&mut tx, asked, carried, now).await?;
    let free = sqlx::query_scalar!(
        "select id
         from files.file as f
         where id = any($1)
           and not exists (select from files.attachment as a where a.file_id = f.id)",
        asked
    )
    .fetch_all(&mut *tx)
    .await?;
    let free: Vec<FileId> = free.into_iter().map(FileId).collect();
    discard(&mut tx, &free, now).await?;
    // A young attachment may still be refused, and is asked for again.
    sqlx::query!(
        "update files.file as f
         set settled = true
         where id = any($1)
           and not exists (
             select from files.attachment as a where a.file_id = f.id and a.attached_at > $2)",
        asked,
        now - UNDECIDED
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}

/// Adds attachments that were lost, and ends those whose message was refused. An added one counts as
/// young, so that it is asked for again: its message may have been deleted since it was named.
async fn reconcile(
    conn: &mut PgConnection,
    asked: &[Uuid],
    carried: &[Carried],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let files: Vec<Uuid> = carried.iter().map(|it| it.file_id.0).collect();
    let trainers: Vec<Uuid> = carried.iter().map(|it| it.conversation_id.trainer.0).collect();
    let clients: Vec<Uuid> = carried.iter().map(|it| it.conversation_id.client.0).collect();
    let messages: Vec<Uuid> = carried.iter().map(|it| it.message_id.uuid()).collect();
    sqlx::query!(
        "insert into files.attachment (file_id, trainer_id, client_id, message_id, attached_at)
         select carried.file_id, carried.trainer_id, carried.client_id, carried.message_id, $5
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[])
             as carried(file_id, trainer_id, client_id, message_id)
         join files.file f on f.id = carried.file_id
         on conflict do nothing",
        &files,
        &trainers,
        &clients,
        &messages,
        now
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from files.attachment a
         where a.file_id = any($1)
           and a.attached_at < $2
           and not exists (
             select from unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[])
                 as carried(file_id, trainer_id, client_id, message_id)
             where (carried.file_id, carried.trainer_id, carried.client_id, carried.message_id)
                 = (a.file_id, a.trainer_id, a.client_id, a.message_id))",
        asked,
        now - UNDECIDED,
        &files,
        &trainers,
        &clients,
        &messages
    )
    .execute(conn)
    .await?;
    Ok(())
}
