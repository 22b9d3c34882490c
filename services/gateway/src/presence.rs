//! Who is here: what the sockets that watch somebody are told.
//!
//! Reading order: `table` keeps whom the sockets of this gateway watch and which gateways have them, and is
//! pure; `comings` says who came to this gateway and who left; `rounds` hears the others, and asks everybody
//! again and again, so that what was lost is found and a gateway that was killed holds nobody.

mod comings;
mod rounds;
mod table;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use boot::Lifecycle;
use bus::{Bus, Inbox, Subject};
use protocol::{
    ErrorCode, UserId,
    error::Refusal,
    presence::{LastSeenRequest, Seen, WhoIsOnline},
};
use tokio::time;
use tracing::warn;
use uuid::Uuid;

use crate::{
    hub::{Hub, Socket},
    session::sendqueue::Delivery,
    settings::Settings,
};
pub use table::Shown;
use table::Table;

/// How long gateways have to answer who is here, before a watcher is told what is known by then. What comes
/// later is told as a change.
const GATHER: Duration = Duration::from_millis(250);
const LAST_SEEN_WITHIN: Duration = Duration::from_secs(2);

/// Cheap to clone.
#[derive(Clone)]
pub struct Presence {
    table: Arc<Mutex<Table>>,
    settings: Settings,
    bus: Bus,
    /// Names this gateway to the others, for as long as the process lives.
    replica: Uuid,
    /// Where the others answer.
    inbox: Inbox,
}

impl Presence {
    pub async fn start(
        bus: &Bus,
        hub: &Hub,
        settings: &Settings,
        life: &Lifecycle,
    ) -> Result<Self, bus::Error> {
        let (inbox, answers) = bus.inbox().await?;
        let presence = Self {
            table: Arc::default(),
            settings: settings.clone(),
            bus: bus.clone(),
            replica: Uuid::now_v7(),
            inbox,
        };
        rounds::start(&presence, hub, answers, life).await?;
        comings::start(&presence, hub, life);
        let reconsidered = presence.clone();
        settings.follow(bus, life, move |user| reconsidered.reconsider(user));
        Ok(presence)
    }

    /// Tells `socket` of these people from here on; answers those of whom nothing is known yet.
    pub fn watch(&self, users: &[UserId], socket: &Arc<Socket>) -> Vec<UserId> {
        let mut table = self.lock();
        users
            .iter()
            .copied()
            .filter(|user| table.add(*user, socket))
            .collect()
    }

    pub fn unwatch(&self, users: impl Iterator<Item = UserId>, socket: &Arc<Socket>) {
        let mut table = self.lock();
        for user in users {
            table.remove(user, socket);
        }
    }

    /// What is shown of somebody who is watched. Who hides it is never here and was never seen.
    pub fn shown(&self, user: UserId) -> Shown {
        if self.settings.hides_presence(user) {
            return Shown::default();
        }
        self.lock().shown(user)
    }

    /// Asks who of these is connected anywhere, and when the others were last.
    pub async fn look(&self, users: Vec<UserId>) -> Result<(), Refusal> {
        let question = WhoIsOnline { users: users.clone() };
        self.bus
            .call(Subject::ONLINE_WHO, &self.inbox, &question)
            .await
            .map_err(|error| Refusal::from(error.code()))?;
        let ((), seen) = tokio::join!(time::sleep(GATHER), self.last_seen(users.clone()));
        let mut table = self.lock();
        match seen {
            Ok(seen) => table.seen(&seen),
            // Whether they are here is known all the same.
            Err(code) => warn!(%code, "Could not ask when people were last seen"),
        }
        table.looked(&users);
        Ok(())
    }

    async fn last_seen(&self, users: Vec<UserId>) -> Result<Vec<Seen>, ErrorCode> {
        let question = LastSeenRequest { users };
        let answer: Result<Vec<Seen>, Refusal> = self
            .bus
            .ask(Subject::ROSTER_LAST_SEEN, &question, LAST_SEEN_WITHIN)
            .await
            .map_err(|error| error.code())?;
        answer.map_err(|refusal| refusal.code)
    }

    /// Somebody hides, or no longer does.
    fn reconsider(&self, user: UserId) {
        nudge(self.lock().watchers(user));
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets sockets look again. One nudge waits in a queue at most: a socket looks at all it watches.
fn nudge<'a>(watchers: impl Iterator<Item = &'a Arc<Socket>>) {
    for socket in watchers {
        if socket.is_news_of_presence() {
            socket.queue.push(Delivery::Presence);
        }
    }
}
