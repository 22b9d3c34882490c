//! Who hides their presence or their receipts, as the roster says: loaded before the gateway is ready, pulled by
//! number from then on. Only those who hide something are kept.

use std::{
    collections::HashSet,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use boot::{Lifecycle, Probe};
use bus::{Bus, Pattern, Subject};
use protocol::{
    UserId,
    internal::{PullRequest, Pulled, RosterChange},
};

const PAGE: u32 = 1_000;
const ASK_WITHIN: Duration = Duration::from_secs(3);

/// Cheap to clone.
#[derive(Clone, Default)]
pub struct Settings(Arc<RwLock<Hidden>>);

#[derive(Default)]
struct Hidden {
    presence: HashSet<UserId>,
    receipts: HashSet<UserId>,
}

impl Settings {
    pub fn hides_presence(&self, user: UserId) -> bool {
        let hidden = self.0.read().unwrap_or_else(PoisonError::into_inner);
        hidden.presence.contains(&user)
    }

    /// Whether one of the two hides receipts: then neither sees the other's.
    pub fn hide_receipts(&self, two: [UserId; 2]) -> bool {
        let hidden = self.0.read().unwrap_or_else(PoisonError::into_inner);
        two.iter().any(|user| hidden.receipts.contains(user))
    }

    fn apply(&self, user: UserId, presence: bool, receipts: bool) {
        let mut hidden = self.0.write().unwrap_or_else(PoisonError::into_inner);
        set(&mut hidden.presence, user, presence);
        set(&mut hidden.receipts, user, receipts);
    }

    /// Follows the roster; `changed` hears of everybody whose settings have come.
    pub fn follow(
        &self,
        bus: &Bus,
        life: &Lifecycle,
        changed: impl Fn(UserId) + Clone + Send + Sync + 'static,
    ) {
        let puller = Puller {
            bus: bus.clone(),
            settings: self.clone(),
            after: Arc::default(),
            loaded: life.health.probe("settings"),
        };
        let bell = Pattern::from(Subject::ROSTER_CHANGED);
        bus.follow("settings", bell, life, move || {
            let (puller, changed) = (puller.clone(), changed.clone());
            async move { puller.pull(changed).await }
        });
    }
}

fn set(hidden: &mut HashSet<UserId>, user: UserId, shown: bool) {
    if shown {
        hidden.remove(&user);
    } else {
        hidden.insert(user);
    }
}

#[derive(Clone)]
struct Puller {
    bus: Bus,
    settings: Settings,
    /// The number of the last change seen; written by each pull.
    after: Arc<AtomicI64>,
    loaded: Probe,
}

impl Puller {
    async fn pull(&self, changed: impl Fn(UserId)) -> Result<bool, boot::Error> {
        let after = self.after.load(Ordering::Relaxed);
        let question = PullRequest {
            after,
            limit: PAGE,
            revocations_since: None,
        };
        let page: Pulled<RosterChange> = self
            .bus
            .ask(Subject::ROSTER_SETTINGS, &question, ASK_WITHIN)
            .await?
            .map_err(|refusal| format!("the roster refused: {}", refusal.code))?;
        // A lower number than ours means that the roster was restored from a backup: begin again.
        let again = page.to < after;
        self.after
            .store(if again { 0 } else { page.to }, Ordering::Relaxed);
        for (_, change) in page.items {
            if let RosterChange::Settings {
                user,
                presence,
                receipts,
            } = change
            {
                self.settings.apply(user, presence, receipts);
                changed(user);
            }
        }
        let more = page.more || again;
        if !more {
            self.loaded.set(true);
        }
        Ok(more)
    }
}
