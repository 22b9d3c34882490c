//! What other services ask over the broker.

use boot::Lifecycle;
use bus::{Bus, Subject};
use protocol::{
    ErrorCode,
    internal::{PullRequest, RelationRequest, Reply},
    presence::{LastSeenRequest, SeenReport},
};
use sqlx::PgPool;
use tokio::time::timeout;

use crate::{ANSWER_WITHIN, Error, changes, relations, seen};

/// Questions in work at once; more wait.
const CONCURRENCY: usize = 16;

/// Answers `roster.relation`, `roster.changes` and what is among it, `roster.seen` and `roster.last_seen`.
pub async fn answer(bus: &Bus, pool: &PgPool, life: &Lifecycle) -> Result<(), bus::Error> {
    let asked = pool.clone();
    bus.answer(
        Subject::ROSTER_RELATION,
        CONCURRENCY,
        life,
        move |request: RelationRequest| {
            let pool = asked.clone();
            async move { reply(relations::between(&pool, request)).await }
        },
    )
    .await?;
    let asked = pool.clone();
    bus.answer(
        Subject::ROSTER_CHANGES,
        CONCURRENCY,
        life,
        move |request: PullRequest| {
            let pool = asked.clone();
            async move { reply(changes::pull(&pool, request)).await }
        },
    )
    .await?;
    let asked = pool.clone();
    bus.answer(
        Subject::ROSTER_ERASURES,
        CONCURRENCY,
        life,
        move |request: PullRequest| {
            let pool = asked.clone();
            async move { reply(changes::pull_erasures(&pool, request)).await }
        },
    )
    .await?;
    let asked = pool.clone();
    bus.answer(
        Subject::ROSTER_SETTINGS,
        CONCURRENCY,
        life,
        move |request: PullRequest| {
            let pool = asked.clone();
            async move { reply(changes::pull_settings(&pool, request)).await }
        },
    )
    .await?;
    answer_seen(bus, pool, life).await
}

/// What gateways tell and ask of who was connected.
async fn answer_seen(bus: &Bus, pool: &PgPool, life: &Lifecycle) -> Result<(), bus::Error> {
    let asked = pool.clone();
    bus.answer(
        Subject::ROSTER_SEEN,
        CONCURRENCY,
        life,
        move |request: SeenReport| {
            let pool = asked.clone();
            async move { reply(seen::report(&pool, &request)).await }
        },
    )
    .await?;
    let asked = pool.clone();
    bus.answer(
        Subject::ROSTER_LAST_SEEN,
        CONCURRENCY,
        life,
        move |request: LastSeenRequest| {
            let pool = asked.clone();
            async move { reply(seen::last(&pool, &request)).await }
        },
    )
    .await
}

/// The answer, or in time that there is none.
async fn reply<T>(answer: impl Future<Output = Result<T, Error>>) -> Reply<T> {
    let Ok(result) = timeout(ANSWER_WITHIN, answer).await else {
        return Reply::Refused(ErrorCode::Unavailable.into());
    };
    result.map_err(Error::into_refusal).into()
}
