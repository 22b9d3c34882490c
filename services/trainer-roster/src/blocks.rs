//! `POST /api/trainer/clients/{id}/block`, `POST /api/user/trainers/{id}/block`, and `…/unblock`.
//!
//! Each side has a block of its own, whatever becomes of bookings; only the side that made it takes it
//! back. Somebody who is not one's own is not found, like somebody who is nowhere.

use api::{Path, Problem, Trainer, User};
use axum::{extract::State, http::StatusCode};
use protocol::{ConversationId, ErrorCode, UserId, error::Role};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;

use crate::{
    App, Error,
    audit::{self, About, Act, Action},
    changes,
};

pub const CLIENT_BLOCK: &str = "/api/trainer/clients/{id}/block";
pub const CLIENT_UNBLOCK: &str = "/api/trainer/clients/{id}/unblock";
pub const TRAINER_BLOCK: &str = "/api/user/trainers/{id}/block";
pub const TRAINER_UNBLOCK: &str = "/api/user/trainers/{id}/unblock";

pub async fn block_client(
    Trainer(me): Trainer,
    Path(client): Path<UserId>,
    State(app): State<App>,
) -> Result<StatusCode, Problem> {
    set(&app, ConversationId::new(me.user, client), (Role::Trainer, true)).await
}

pub async fn unblock_client(
    Trainer(me): Trainer,
    Path(client): Path<UserId>,
    State(app): State<App>,
) -> Result<StatusCode, Problem> {
    set(&app, ConversationId::new(me.user, client), (Role::Trainer, false)).await
}

pub async fn block_trainer(
    User(me): User,
    Path(trainer): Path<UserId>,
    State(app): State<App>,
) -> Result<StatusCode, Problem> {
    set(&app, ConversationId::new(trainer, me.user), (Role::User, true)).await
}

pub async fn unblock_trainer(
    User(me): User,
    Path(trainer): Path<UserId>,
    State(app): State<App>,
) -> Result<StatusCode, Problem> {
    set(&app, ConversationId::new(trainer, me.user), (Role::User, false)).await
}

async fn set(app: &App, pair: ConversationId, (by, on): (Role, bool)) -> Result<StatusCode, Problem> {
    let actor = match by {
        Role::Trainer => pair.trainer,
        Role::User | Role::Platform => pair.client,
    };
    if put(&app.pool, pair, (by, on), &Act::of(actor)).await? {
        app.bell.ring();
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Keeps or takes back one side's block; answers whether a change was numbered.
async fn put(pool: &PgPool, pair: ConversationId, (by, on): (Role, bool), act: &Act) -> Result<bool, Error> {
    let mut tx = pool.begin().await?;
    if !lock(&mut tx, pair).await? {
        return Err(Error::Refused(ErrorCode::NotFound.into()));
    }
    let turned = if on {
        insert(&mut tx, pair, by, act.at).await?
    } else {
        delete(&mut tx, pair, by).await?
    };
    if turned {
        let action = if on { Action::Blocked } else { Action::Unblocked };
        let blocked = act.actor.map_or(pair.client, |actor| pair.peer_of(actor));
        audit::record(&mut tx, act, action, About::person(blocked)).await?;
        changes::record_block(&mut tx, pair, (by, on)).await?;
    }
    tx.commit().await?;
    Ok(turned)
}

/// Locks the pair against a change by others; false when the two have nothing to do with each other.
async fn lock(tx: &mut PgConnection, pair: ConversationId) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select true
        from roster.relation
        where trainer_id = $1
            and client_id = $2
            and (active or booked or contacted_at is not null)
        for update",
        pair.trainer.0,
        pair.client.0,
    )
    .fetch_optional(tx)
    .await?;
    Ok(found.is_some())
}

async fn insert(
    tx: &mut PgConnection,
    pair: ConversationId,
    by: Role,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into roster.block (trainer_id, client_id, blocked_by, blocked_at)
        values ($1, $2, $3, $4)
        on conflict do nothing",
        pair.trainer.0,
        pair.client.0,
        by.as_str(),
        now,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

async fn delete(tx: &mut PgConnection, pair: ConversationId, by: Role) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "delete from roster.block where trainer_id = $1 and client_id = $2 and blocked_by = $3",
        pair.trainer.0,
        pair.client.0,
        by.as_str(),
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}
