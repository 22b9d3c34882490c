//! What other services ask over the broker.

use boot::Lifecycle;
use bus::{Bus, Subject};
use protocol::{
    ErrorCode,
    internal::{PullRequest, RelationRequest, Reply},
};
use sqlx::PgPool;
use tokio::time::timeout;

use crate::{ANSWER_WITHIN, Error, changes, relations};

/// Questions in work at once; more wait.
const CONCURRENCY: usize = 16;

/// Answers `roster.relation`, `roster.changes` and `roster.erasures`.
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
    .await
}

/// The answer, or in time that there is none.
async fn reply<T>(answer: impl Future<Output = Result<T, Error>>) -> Reply<T> {
    let Ok(result) = timeout(ANSWER_WITHIN, answer).await else {
        return Reply::Refused(ErrorCode::Unavailable.into());
    };
    result.map_err(Error::into_refusal).into()
}
