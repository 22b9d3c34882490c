//! The numbered list of changes that other services follow: relations, revocations, blocks, erasures and
//! settings.
//!
//! A change is written in the transaction of what changed. Its number comes from one row that stays
//! locked until the commit, so numbers have no gaps and become visible in their order.

mod row;

use protocol::{
    ConversationId, UserId,
    error::Role,
    http::Settings,
    internal::{PullRequest, Pulled, RosterChange},
};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::Error;
use row::Row;

/// Most changes of one page: about 150 KB of JSON, well below what the broker carries.
pub const PAGE: u32 = 1_000;

/// Numbers what became of the pairs, in the order given.
pub async fn record_relations(
    tx: &mut PgConnection,
    changes: &[(ConversationId, bool)],
) -> Result<(), sqlx::Error> {
    if changes.is_empty() {
        return Ok(());
    }
    let trainers: Vec<Uuid> = changes.iter().map(|(pair, _)| pair.trainer.0).collect();
    let clients: Vec<Uuid> = changes.iter().map(|(pair, _)| pair.client.0).collect();
    let active: Vec<bool> = changes.iter().map(|(_, active)| *active).collect();
    sqlx::query!(
        "with counted as (
            update roster.counter
            set number = number + cardinality($1::uuid[])
            returning number - cardinality($1::uuid[]) as before
        )
        insert into roster.change (number, trainer_id, client_id, active)
        select counted.before + listed.place, listed.trainer_id, listed.client_id, listed.active
        from counted,
            unnest($1::uuid[], $2::uuid[], $3::boolean[])
                with ordinality as listed (trainer_id, client_id, active, place)",
        &trainers,
        &clients,
        &active,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Numbers the word that tokens of `user` issued up to `revoked_at` are refused.
pub async fn record_revocation(
    tx: &mut PgConnection,
    user: UserId,
    revoked_at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with counted as (
            update roster.counter
            set number = number + 1
            returning number
        )
        insert into roster.change (number, user_id, revoked_at)
        select counted.number, $1, $2
        from counted",
        user.0,
        revoked_at,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Numbers that the side `by` blocks the other, or no longer does.
pub async fn record_block(
    tx: &mut PgConnection,
    pair: ConversationId,
    (by, on): (Role, bool),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with counted as (
            update roster.counter
            set number = number + 1
            returning number
        )
        insert into roster.change (number, trainer_id, client_id, blocked_by, blocked)
        select counted.number, $1, $2, $3, $4
        from counted",
        pair.trainer.0,
        pair.client.0,
        by.as_str(),
        on,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Numbers that everything of `user` goes.
pub async fn record_erasure(
    tx: &mut PgConnection,
    user: UserId,
    erased_at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with counted as (
            update roster.counter
            set number = number + 1
            returning number
        )
        insert into roster.change (number, user_id, erased_at)
        select counted.number, $1, $2
        from counted",
        user.0,
        erased_at,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Numbers what `user` lets others see, in the place of what was numbered before.
pub async fn record_settings(
    tx: &mut PgConnection,
    user: UserId,
    settings: Settings,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with counted as (
            update roster.counter
            set number = number + 1
            returning number
        )
        insert into roster.setting_change (number, user_id, presence, receipts)
        select counted.number, $1, $2, $3
        from counted
        on conflict (user_id) do update
        set number = excluded.number, presence = excluded.presence, receipts = excluded.receipts",
        user.0,
        settings.presence,
        settings.receipts,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Returns what follows `request.after`, in order. Settings are a list of their own: a release that does not know
/// them would stop at the first.
pub async fn pull(pool: &PgPool, request: PullRequest) -> Result<Pulled<RosterChange>, Error> {
    let head = head(pool).await?;
    let limit = request.limit.clamp(1, PAGE);
    let rows = match request.revocations_since {
        Some(since) => revocations(pool, request.after, since, limit + 1).await?,
        None => everything(pool, request.after, limit + 1).await?,
    };
    Ok(page(items(rows)?, limit, head))
}

/// Returns the erasures that follow `request.after`.
pub async fn pull_erasures(pool: &PgPool, request: PullRequest) -> Result<Pulled<RosterChange>, Error> {
    let head = head(pool).await?;
    let limit = request.limit.clamp(1, PAGE);
    let rows = erasures(pool, request.after, limit + 1).await?;
    Ok(page(items(rows)?, limit, head))
}

/// Returns the settings that follow `request.after`.
pub async fn pull_settings(pool: &PgPool, request: PullRequest) -> Result<Pulled<RosterChange>, Error> {
    let head = head(pool).await?;
    let limit = request.limit.clamp(1, PAGE);
    let items = settings(pool, request.after, limit + 1).await?;
    Ok(page(items, limit, head))
}

/// Read before the rows: whatever it counts is then visible among them.
async fn head(pool: &PgPool) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!("select number from roster.counter")
        .fetch_one(pool)
        .await
}

fn items(rows: Vec<Row>) -> Result<Vec<(i64, RosterChange)>, sqlx::Error> {
    rows.into_iter().map(Row::into_item).collect()
}

/// A page of items, of which one more than a page was read.
fn page(mut items: Vec<(i64, RosterChange)>, limit: u32, head: i64) -> Pulled<RosterChange> {
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let last = items.last().map_or(head, |(number, _)| *number);
    Pulled {
        items,
        to: if more { last } else { last.max(head) },
        more,
    }
}

async fn everything(pool: &PgPool, after: i64, limit: u32) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "select number, trainer_id, client_id, active, user_id, revoked_at, blocked_by, blocked, erased_at
        from roster.change
        where number > $1
        order by number
        limit $2",
        after,
        i64::from(limit),
    )
    .fetch_all(pool)
    .await
}

async fn revocations(
    pool: &PgPool,
    after: i64,
    since: OffsetDateTime,
    limit: u32,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "select number, trainer_id, client_id, active, user_id, revoked_at, blocked_by, blocked, erased_at
        from roster.change
        where user_id is not null
            and number > $1
            and revoked_at > $2
        order by number
        limit $3",
        after,
        since,
        i64::from(limit),
    )
    .fetch_all(pool)
    .await
}

async fn erasures(pool: &PgPool, after: i64, limit: u32) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "select number, trainer_id, client_id, active, user_id, revoked_at, blocked_by, blocked, erased_at
        from roster.change
        where erased_at is not null
            and number > $1
        order by number
        limit $2",
        after,
        i64::from(limit),
    )
    .fetch_all(pool)
    .await
}

async fn settings(pool: &PgPool, after: i64, limit: u32) -> Result<Vec<(i64, RosterChange)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select number, user_id, presence, receipts
        from roster.setting_change
        where number > $1
        order by number
        limit $2",
        after,
        i64::from(limit),
    )
    .fetch_all(pool)
    .await?;
    let changes = rows.into_iter().map(|row| {
        let change = RosterChange::Settings {
            user: UserId(row.user_id),
            presence: row.presence,
            receipts: row.receipts,
        };
        (row.number, change)
    });
    Ok(changes.collect())
}
