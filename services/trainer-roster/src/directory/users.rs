//! People, as the platform tells of them.

use protocol::{UserId, error::Role};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;

use super::User;
use crate::{Error, changes, fold, relations};

/// Keeps a person; answers whether a change was numbered. An older version than the stored one is
/// ignored. Another role than the stored one ends every session that had the old role.
pub async fn put(pool: &PgPool, id: UserId, user: &User, now: OffsetDateTime) -> Result<bool, Error> {
    let mut tx = pool.begin().await?;
    let numbered = if insert(&mut tx, id, user).await? {
        false
    } else {
        let stored = lock(&mut tx, id).await?;
        if super::is_older(user.version, stored.version) {
            return Ok(false);
        }
        update(&mut tx, id, user).await?;
        let changes_role = stored.role != user.role.as_str();
        if changes_role {
            relations::settle_all_of(&mut tx, id).await?;
            changes::record_revocation(&mut tx, id, now).await?;
        }
        changes_role
    };
    tx.commit().await?;
    Ok(numbered)
}

/// Refuses every token of `id` issued up to `now`; the directory need not know the person.
pub async fn sign_out(pool: &PgPool, id: UserId, now: OffsetDateTime) -> Result<(), Error> {
    let mut tx = pool.begin().await?;
    changes::record_revocation(&mut tx, id, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Locks both people's rows against a change of role, and answers which field names somebody else.
pub async fn check_pair(
    tx: &mut PgConnection,
    trainer: UserId,
    client: UserId,
) -> Result<Result<(), &'static str>, sqlx::Error> {
    let found = sqlx::query!(
        "select id, role
        from roster.person
        where id in ($1, $2)
        order by id
        for share",
        trainer.0,
        client.0,
    )
    .fetch_all(tx)
    .await?;
    let is = |id: UserId, role: Role| {
        found
            .iter()
            .any(|row| row.id == id.0 && row.role == role.as_str())
    };
    Ok(if !is(trainer, Role::Trainer) {
        Err("trainerId")
    } else if !is(client, Role::User) {
        Err("clientId")
    } else {
        Ok(())
    })
}

struct Stored {
    role: String,
    version: Option<i64>,
}

async fn insert(tx: &mut PgConnection, id: UserId, user: &User) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into roster.person (id, name, email, folded, role, version)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (id) do nothing",
        id.0,
        user.name,
        user.email,
        fold::person(&user.name, &user.email),
        user.role.as_str(),
        user.version,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

async fn lock(tx: &mut PgConnection, id: UserId) -> Result<Stored, sqlx::Error> {
    sqlx::query_as!(
        Stored,
        "select role, version
        from roster.person
        where id = $1
        for no key update",
        id.0,
    )
    .fetch_one(tx)
    .await
}

async fn update(tx: &mut PgConnection, id: UserId, user: &User) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update roster.person
        set name = $2, email = $3, folded = $4, role = $5, version = coalesce($6, version)
        where id = $1",
        id.0,
        user.name,
        user.email,
        fold::person(&user.name, &user.email),
        user.role.as_str(),
        user.version,
    )
    .execute(tx)
    .await?;
    Ok(())
}
