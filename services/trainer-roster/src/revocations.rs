//! The revocations this service checks its own callers against.
//!
//! Others pull them over the broker. Here they are read from the table they are written to: that also
//! works while the broker is down, and asking oneself over it would only add a way to fail.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use auth::Revocations;
use boot::{Lifecycle, Probe};
use bus::{Bus, Subject};
use protocol::internal::{PullRequest, RosterChange};
use sqlx::PgPool;
use time::OffsetDateTime;

use crate::changes;

/// Reads the revocations younger than `max_life`, the longest a token lives: now and whenever a replica
/// rings `roster.changed`. The probe `revocations` turns true when all were read once.
pub fn follow(pool: &PgPool, bus: &Bus, revocations: &Revocations, max_life: Duration, life: &Lifecycle) {
    let reader = Reader {
        pool: pool.clone(),
        revocations: revocations.clone(),
        max_life,
        after: Arc::default(),
        loaded: life.health.probe("revocations"),
    };
    bus.follow(
        "own revocations",
        Subject::ROSTER_CHANGED.into(),
        life,
        move || {
            let reader = reader.clone();
            async move { reader.read().await }
        },
    );
}

#[derive(Clone)]
struct Reader {
    pool: PgPool,
    revocations: Revocations,
    max_life: Duration,
    /// The number of the last change seen; written by each read.
    after: Arc<AtomicI64>,
    loaded: Probe,
}

impl Reader {
    async fn read(&self) -> Result<bool, boot::Error> {
        let oldest = OffsetDateTime::now_utc() - self.max_life;
        let after = self.after.load(Ordering::Relaxed);
        let request = PullRequest {
            after,
            limit: changes::PAGE,
            revocations_since: Some(oldest),
        };
        let page = changes::pull(&self.pool, request).await?;
        // A lower number than ours means that the database was restored from a backup: begin again.
        let again = page.to < after;
        self.after
            .store(if again { 0 } else { page.to }, Ordering::Relaxed);
        for (_, change) in page.items {
            if let RosterChange::Revocation { user, revoked_at } = change {
                self.revocations.revoke(user, revoked_at);
            }
        }
        self.revocations.sweep(oldest);
        let more = page.more || again;
        if !more {
            self.loaded.set(true);
        }
        Ok(more)
    }
}
