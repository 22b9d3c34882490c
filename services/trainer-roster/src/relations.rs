//! What the bookings and contacts of a trainer and a client add up to.
//!
//! The row of a pair is locked before its bookings are counted, and counted in a later statement: a
//! statement that waited for a lock still reads what it saw before it waited.

use protocol::{
    ConversationId, UserId,
    error::Role,
    internal::{Relation, RelationRequest},
};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Error, changes};

/// Settles pairs whose bookings changed at `now`; answers whether a change was numbered.
pub async fn settle(
    tx: &mut PgConnection,
    mut pairs: Vec<ConversationId>,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    // One order for all writers of several pairs, so that no two wait for each other.
    pairs.sort_unstable();
    pairs.dedup();
    let (trainers, clients) = columns(&pairs);
    sqlx::query!(
        "insert into roster.relation as r (trainer_id, client_id, activity_at)
        select listed.trainer_id, listed.client_id, $3
        from unnest($1::uuid[], $2::uuid[]) as listed (trainer_id, client_id)
        order by listed.trainer_id, listed.client_id
        on conflict (trainer_id, client_id) do update
        set activity_at = greatest(r.activity_at, excluded.activity_at)",
        &trainers,
        &clients,
        now,
    )
    .execute(&mut *tx)
    .await?;
    recount(tx, &pairs).await
}

/// Ends every pair of a person who goes, and numbers those that were active.
pub async fn end_all_of(tx: &mut PgConnection, person: UserId) -> Result<(), sqlx::Error> {
    let pairs = sqlx::query!(
        "select trainer_id, client_id, active
        from roster.relation
        where trainer_id = $1 or client_id = $1
        order by trainer_id, client_id
        for update",
        person.0,
    )
    .fetch_all(&mut *tx)
    .await?;
    let ended: Vec<(ConversationId, bool)> = pairs
        .into_iter()
        .filter(|row| row.active)
        .map(|row| {
            let pair = ConversationId::new(UserId(row.trainer_id), UserId(row.client_id));
            (pair, false)
        })
        .collect();
    changes::record_relations(tx, &ended).await?;
    sqlx::query!(
        "delete from roster.relation where trainer_id = $1 or client_id = $1",
        person.0,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Settles every pair of a person whose role changed.
pub async fn settle_all_of(tx: &mut PgConnection, person: UserId) -> Result<bool, sqlx::Error> {
    let pairs = sqlx::query!(
        "select trainer_id, client_id
        from roster.relation
        where trainer_id = $1 or client_id = $1
        order by trainer_id, client_id
        for update",
        person.0,
    )
    .map(|row| ConversationId::new(UserId(row.trainer_id), UserId(row.client_id)))
    .fetch_all(&mut *tx)
    .await?;
    recount(tx, &pairs).await
}

/// Counts the bookings of locked pairs again and numbers what came out differently.
/// A pair is active while an active booking joins the two and both have the roles for it.
async fn recount(tx: &mut PgConnection, pairs: &[ConversationId]) -> Result<bool, sqlx::Error> {
    if pairs.is_empty() {
        return Ok(false);
    }
    let (trainers, clients) = columns(pairs);
    let mut turned: Vec<(ConversationId, bool)> = sqlx::query!(
        r#"with counted as (
            select r.trainer_id, r.client_id, r.active as was,
                t.role = 'Trainer' and c.role = 'User'
                    and coalesce(bool_or(b.status = 'active'), false) as active,
                coalesce(bool_or(b.status in ('active', 'completed')), false) as booked
            from unnest($1::uuid[], $2::uuid[]) as listed (trainer_id, client_id)
            join roster.relation r using (trainer_id, client_id)
            join roster.person t on t.id = r.trainer_id
            join roster.person c on c.id = r.client_id
            left join roster.booking b on b.trainer_id = r.trainer_id and b.client_id = r.client_id
            group by r.trainer_id, r.client_id, t.id, c.id
        )
        update roster.relation r
        set active = counted.active, booked = r.booked or counted.booked
        from counted
        where r.trainer_id = counted.trainer_id
            and r.client_id = counted.client_id
            and (r.active <> counted.active or counted.booked and not r.booked)
        returning r.trainer_id, r.client_id, r.active, counted.was as "was!""#,
        &trainers,
        &clients,
    )
    .fetch_all(&mut *tx)
    .await?
    .into_iter()
    .filter(|row| row.active != row.was)
    .map(|row| {
        let pair = ConversationId::new(UserId(row.trainer_id), UserId(row.client_id));
        (pair, row.active)
    })
    .collect();
    turned.sort_unstable();
    changes::record_relations(tx, &turned).await?;
    Ok(!turned.is_empty())
}

/// Returns how two people stand to each other.
pub async fn between(pool: &PgPool, asked: RelationRequest) -> Result<Relation, Error> {
    let relation = sqlx::query_as!(
        Relation,
        r#"select
            exists (select from roster.person where id = $1 and role = $3 and erased_at is null)
                and exists (
                    select from roster.person where id = $2 and role = $4 and erased_at is null
                ) as "both_known!",
            exists (
                select from roster.relation where trainer_id = $1 and client_id = $2 and active
            ) as "active!""#,
        asked.trainer.0,
        asked.client.0,
        Role::Trainer.as_str(),
        Role::User.as_str(),
    )
    .fetch_one(pool)
    .await?;
    Ok(relation)
}

fn columns(pairs: &[ConversationId]) -> (Vec<Uuid>, Vec<Uuid>) {
    pairs.iter().map(|pair| (pair.trainer.0, pair.client.0)).unzip()
}
