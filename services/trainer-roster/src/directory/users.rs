//! People, as the platform tells of them.

use protocol::{ErrorCode, UserId, error::Role};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;

use super::{Age, User};
use crate::{
    Error,
    audit::{self, About, Act, Action},
    changes, fold, relations,
};

/// Keeps a person; answers whether a change was numbered. An older version than the stored one is
/// ignored. Another role than the stored one ends every session that had the old role. The id of
/// somebody who was erased is never used again.
pub async fn put(pool: &PgPool, id: UserId, user: &User, act: &Act) -> Result<bool, Error> {
    let mut tx = pool.begin().await?;
    let mut numbered = false;
    let age = Age::told(user.version, act);
    let action = if insert(&mut tx, id, user, age).await? {
        Some(Action::UserAdded)
    } else {
        let stored = lock(&mut tx, id).await?;
        if stored.erased {
            return Err(Error::Refused(ErrorCode::NotFound.into()));
        }
        if age.is_before(stored.age()) {
            return Ok(false);
        }
        update(&mut tx, id, user, age).await?;
        if stored.role == user.role.as_str() {
            // The platform may tell the same again and again: that is no change.
            (!stored.says(user)).then_some(Action::UserChanged)
        } else {
            relations::settle_all_of(&mut tx, id).await?;
            changes::record_revocation(&mut tx, id, act.at).await?;
            numbered = true;
            Some(Action::RoleChanged)
        }
    };
    if let Some(action) = action {
        audit::record(&mut tx, act, action, About::person(id)).await?;
    }
    tx.commit().await?;
    Ok(numbered)
}

/// Refuses every token of `id` issued up to this moment; the directory need not know the person.
pub async fn sign_out(pool: &PgPool, id: UserId, act: &Act) -> Result<(), Error> {
    let mut tx = pool.begin().await?;
    changes::record_revocation(&mut tx, id, act.at).await?;
    audit::record(&mut tx, act, Action::SignedOut, About::person(id)).await?;
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
            and erased_at is null
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
    name: String,
    email: String,
    role: String,
    version: Option<i64>,
    published_at: Option<OffsetDateTime>,
    erased: bool,
}

impl Stored {
    fn age(&self) -> Age {
        Age::stored(self.version, self.published_at)
    }

    fn says(&self, user: &User) -> bool {
        self.name == user.name && self.email == user.email && self.role == user.role.as_str()
    }
}

async fn insert(tx: &mut PgConnection, id: UserId, user: &User, age: Age) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into roster.person (id, name, email, folded, role, version, published_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (id) do nothing",
        id.0,
        user.name,
        user.email,
        fold::person(&user.name, &user.email),
        user.role.as_str(),
        age.version,
        age.holds_since,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

async fn lock(tx: &mut PgConnection, id: UserId) -> Result<Stored, sqlx::Error> {
    sqlx::query_as!(
        Stored,
        r#"select name, email, role, version, published_at, erased_at is not null as "erased!"
        from roster.person
        where id = $1
        for no key update"#,
        id.0,
    )
    .fetch_one(tx)
    .await
}

async fn update(tx: &mut PgConnection, id: UserId, user: &User, age: Age) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update roster.person
        set name = $2, email = $3, folded = $4, role = $5, version = coalesce($6, version),
            published_at = greatest($7, published_at)
        where id = $1",
        id.0,
        user.name,
        user.email,
        fold::person(&user.name, &user.email),
        user.role.as_str(),
        age.version,
        age.holds_since,
    )
    .execute(tx)
    .await?;
    Ok(())
}
