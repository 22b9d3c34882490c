//! Whose tokens ended before their time, as the roster numbered it.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use boot::Lifecycle;
use bus::{Bus, Pattern, Subject};
use protocol::{
    UserId,
    internal::{PullRequest, Pulled, RosterChange},
};
use time::OffsetDateTime;
use tokio::sync::broadcast;

use crate::Identity;

/// How many people may be revoked while a listener looks away; past that it must check everyone.
const UNSEEN: usize = 1024;
const PAGE: u32 = 1000;
const ASK_WITHIN: Duration = Duration::from_secs(2);

/// The revocations younger than the longest token life; clones share them.
#[derive(Clone)]
pub struct Revocations {
    until: Arc<RwLock<HashMap<UserId, OffsetDateTime>>>,
    changes: broadcast::Sender<UserId>,
}

impl Default for Revocations {
    fn default() -> Self {
        Self {
            until: Arc::default(),
            changes: broadcast::Sender::new(UNSEEN),
        }
    }
}

impl Revocations {
    /// Refuses the person's tokens issued up to `revoked_at`, here and on live sockets.
    pub fn revoke(&self, user: UserId, revoked_at: OffsetDateTime) {
        let newer = match self.write().entry(user) {
            Entry::Occupied(held) if *held.get() >= revoked_at => false,
            Entry::Occupied(mut held) => {
                held.insert(revoked_at);
                true
            }
            Entry::Vacant(free) => {
                free.insert(revoked_at);
                true
            }
        };
        if newer {
            // Nobody listens where there are no sockets.
            let _ = self.changes.send(user);
        }
    }

    pub fn is_revoked(&self, identity: &Identity) -> bool {
        self.read()
            .get(&identity.user)
            .is_some_and(|revoked_at| identity.issued_at <= *revoked_at)
    }

    /// People as they are revoked, to close their sockets. After `Lagged`, check every socket.
    pub fn changes(&self) -> broadcast::Receiver<UserId> {
        self.changes.subscribe()
    }

    /// Forgets what no living token can be older than.
    pub fn sweep(&self, older_than: OffsetDateTime) {
        let mut until = self.write();
        until.retain(|_, revoked_at| *revoked_at >= older_than);
        until.shrink_to_fit();
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<UserId, OffsetDateTime>> {
        self.until.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<UserId, OffsetDateTime>> {
        self.until.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps `revocations` as the roster has them. The service is not ready before the first full load:
/// until then a revoked token might be believed.
pub fn follow(bus: &Bus, revocations: &Revocations, max_life: Duration, life: &Lifecycle) {
    let puller = Puller {
        bus: bus.clone(),
        revocations: revocations.clone(),
        max_life,
        after: Arc::default(),
        loaded: life.health.probe("revocations"),
    };
    bus.follow(
        "revocations",
        Pattern::from(Subject::ROSTER_CHANGED),
        life,
        move || {
            let puller = puller.clone();
            async move { puller.pull().await }
        },
    );
}

#[derive(Clone)]
struct Puller {
    bus: Bus,
    revocations: Revocations,
    max_life: Duration,
    /// The number of the last change seen; written by each pull.
    after: Arc<AtomicI64>,
    loaded: boot::Probe,
}

impl Puller {
    async fn pull(&self) -> Result<bool, boot::Error> {
        let oldest = OffsetDateTime::now_utc() - self.max_life;
        let after = self.after.load(Ordering::Relaxed);
        let question = PullRequest {
            after,
            limit: PAGE,
            revocations_since: Some(oldest),
        };
        let page: Pulled<RosterChange> = self
            .bus
            .ask(Subject::ROSTER_CHANGES, &question, ASK_WITHIN)
            .await?
            .map_err(|refusal| format!("the roster refused: {}", refusal.code))?;
        // A lower number than ours means that the roster was restored from a backup: begin again.
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
