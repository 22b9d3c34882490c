//! When people were last connected: gateways report it in batches and ask for it when somebody looks at
//! a person who is not here. It may be minutes off when a gateway was killed, and never goes back.

use protocol::presence::{LastSeenRequest, Seen, SeenReport};
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::Error;

/// Keeps what a gateway reports. Somebody who was erased, or never known, leaves nothing.
pub async fn report(pool: &PgPool, report: &SeenReport) -> Result<(), Error> {
    // One order for all gateways: their reports lock the same rows.
    let mut seen = report.seen.clone();
    seen.sort_unstable_by_key(|seen| (seen.user.0, std::cmp::Reverse(seen.at)));
    seen.dedup_by_key(|seen| seen.user);
    let users: Vec<Uuid> = seen.iter().map(|seen| seen.user.0).collect();
    let at: Vec<OffsetDateTime> = seen.iter().map(|seen| seen.at).collect();
    sqlx::query!(
        "insert into roster.seen as s (user_id, seen_at)
        select reported.user_id, reported.seen_at
        from unnest($1::uuid[], $2::timestamptz[]) as reported (user_id, seen_at)
        join roster.person p on p.id = reported.user_id
        where p.erased_at is null
        order by reported.user_id
        for share of p
        on conflict (user_id) do update
        set seen_at = excluded.seen_at
        where s.seen_at < excluded.seen_at",
        &users,
        &at,
    )
    .execute(pool)
    .await?;
    Ok(())
}

pub async fn last(pool: &PgPool, asked: &LastSeenRequest) -> Result<Vec<Seen>, Error> {
    let users: Vec<Uuid> = asked.users.iter().map(|user| user.0).collect();
    let rows = sqlx::query!(
        "select user_id, seen_at from roster.seen where user_id = any($1)",
        &users,
    )
    .fetch_all(pool)
    .await?;
    let seen = rows.into_iter().map(|row| Seen {
        user: protocol::UserId(row.user_id),
        at: row.seen_at,
    });
    Ok(seen.collect())
}
