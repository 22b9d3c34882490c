//! `DELETE /api/directory/users/{id}`: everything of a person goes, here at once and in the other
//! services as they follow the list.
//!
//! The person's row stays as a mark without content: it is what a late `PUT`, a late booking and a late
//! contact run into, under the same lock as ever.

use protocol::UserId;
use sqlx::{PgConnection, PgPool};

use crate::{
    Error,
    audit::{self, About, Act, Action},
    changes,
    intake::parked,
    relations, settings,
};

/// Answers whether this call did it. The directory need not know the person: others may.
///
/// Locks are taken in the one order: people, bookings, pairs, counter.
pub async fn erase(pool: &PgPool, id: UserId, act: &Act) -> Result<bool, Error> {
    let mut tx = pool.begin().await?;
    if !mark(&mut tx, id, act).await? {
        return Ok(false);
    }
    sqlx::query!(
        "delete from roster.booking where trainer_id = $1 or client_id = $1",
        id.0
    )
    .execute(&mut *tx)
    .await?;
    relations::end_all_of(&mut tx, id).await?;
    sqlx::query!(
        "delete from roster.block where trainer_id = $1 or client_id = $1",
        id.0
    )
    .execute(&mut *tx)
    .await?;
    parked::forget(&mut tx, id.0).await?;
    settings::forget(&mut tx, id).await?;
    sqlx::query!("delete from roster.seen where user_id = $1", id.0)
        .execute(&mut *tx)
        .await?;
    changes::record_revocation(&mut tx, id, act.at).await?;
    changes::record_erasure(&mut tx, id, act.at).await?;
    audit::record(&mut tx, act, Action::Erased, About::person(id)).await?;
    tx.commit().await?;
    Ok(true)
}

/// Empties the person's row, or makes an empty one; false when that was done before.
async fn mark(tx: &mut PgConnection, id: UserId, act: &Act) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into roster.person as p (id, name, email, folded, role, erased_at)
        values ($1, '', '', '', 'User', $2)
        on conflict (id) do update
        set name = '', email = '', folded = '', version = null, erased_at = $2
        where p.erased_at is null",
        id.0,
        act.at,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}
