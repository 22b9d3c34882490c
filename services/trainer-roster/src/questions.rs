//! What other services ask over the broker.

use boot::Lifecycle;
use bus::{Bus, Subject};
use protocol::{
    error::Refusal,
    internal::{PullRequest, RelationRequest, Reply},
};
use sqlx::PgPool;

use crate::{Error, changes, relations};

/// Questions in work at once; more wait.
const CONCURRENCY: usize = 16;

/// Answers `roster.relation` and `roster.changes`.
pub async fn answer(bus: &Bus, pool: &PgPool, life: &Lifecycle) -> Result<(), bus::Error> {
    let asked = pool.clone();
    bus.answer(
        Subject::ROSTER_RELATION,
        CONCURRENCY,
        life,
        move |request: RelationRequest| {
            let pool = asked.clone();
            async move { reply(relations::between(&pool, request).await) }
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
            async move { reply(changes::pull(&pool, request).await) }
        },
    )
    .await
}

fn reply<T>(result: Result<T, Error>) -> Reply<T> {
    result.map_err(|error| -> Refusal { error.into_refusal() }).into()
}
