//! `GET` and `PUT /api/me/settings`: what a person hides from others. Each change is numbered, so that
//! gateways and chat-history, which do the hiding, follow.

use api::{Json, Person, Problem};
use axum::extract::State;
use protocol::{ErrorCode, UserId, http::Settings};
use sqlx::{PgConnection, PgPool};

use crate::{
    App, Error,
    audit::{self, About, Act, Action},
    changes,
};

pub const PATH: &str = "/api/me/settings";

pub async fn get(Person(me): Person, State(app): State<App>) -> Result<Json<Settings>, Problem> {
    Ok(Json(of(&app.pool, me.user).await?))
}

pub async fn put(
    Person(me): Person,
    State(app): State<App>,
    Json(wanted): Json<Settings>,
) -> Result<Json<Settings>, Problem> {
    if set(&app.pool, me.user, wanted, &Act::of(me.user)).await? {
        app.bell.ring();
    }
    Ok(Json(wanted))
}

/// Who has never set anything hides nothing.
async fn of(pool: &PgPool, user: UserId) -> Result<Settings, Error> {
    let set = sqlx::query_as!(
        Settings,
        "select presence, receipts from roster.setting where user_id = $1",
        user.0,
    );
    Ok(set.fetch_optional(pool).await?.unwrap_or_default())
}

/// Keeps a person's settings; answers whether a change was numbered.
async fn set(pool: &PgPool, user: UserId, wanted: Settings, act: &Act) -> Result<bool, Error> {
    let mut tx = pool.begin().await?;
    if !lock(&mut tx, user).await? {
        return Err(Error::Refused(ErrorCode::NotFound.into()));
    }
    let turned = write(&mut tx, user, wanted).await?;
    if turned {
        audit::record(&mut tx, act, Action::SettingsChanged, About::person(user)).await?;
        changes::record_settings(&mut tx, user, wanted).await?;
    }
    tx.commit().await?;
    Ok(turned)
}

/// Nothing of a person is hidden any more, and nothing of what was is kept.
pub async fn forget(tx: &mut PgConnection, user: UserId) -> Result<(), sqlx::Error> {
    let done = sqlx::query!("delete from roster.setting where user_id = $1", user.0)
        .execute(&mut *tx)
        .await?;
    if done.rows_affected() > 0 {
        changes::record_settings(tx, user, Settings::default()).await?;
    }
    Ok(())
}

/// Locks the person against an erasure and other changes of theirs; false for somebody the directory does not know.
async fn lock(tx: &mut PgConnection, user: UserId) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select true from roster.person where id = $1 and erased_at is null for no key update",
        user.0,
    )
    .fetch_optional(tx)
    .await?;
    Ok(found.is_some())
}

async fn write(tx: &mut PgConnection, user: UserId, wanted: Settings) -> Result<bool, sqlx::Error> {
    let Settings { presence, receipts } = wanted;
    let done = sqlx::query!(
        "insert into roster.setting as s (user_id, presence, receipts)
        select $1, $2, $3
        where not ($2 and $3) or exists (select from roster.setting where user_id = $1)
        on conflict (user_id) do update
        set presence = excluded.presence, receipts = excluded.receipts
        where (s.presence, s.receipts) <> (excluded.presence, excluded.receipts)",
        user.0,
        presence,
        receipts,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}
