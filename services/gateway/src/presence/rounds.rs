//! What gateways say to each other about who is here: changes as they happen, and questions in rounds.

use std::time::Duration;

use boot::Lifecycle;
use bus::{Bus, Message, Pattern, Subject, Subscription, subject};
use futures_util::StreamExt;
use protocol::presence::{Here, OnlineHere, SEEN, WhoIsOnline};
use time::OffsetDateTime;
use tokio::time::{self as clock, MissedTickBehavior};
use tracing::{debug, warn};
use uuid::Uuid;

use super::{Presence, nudge};
use crate::hub::Hub;

/// How often everybody who is watched is asked for. With the rounds a gateway may miss, who was on one that
/// was killed is gone after 36 s.
const EVERY: Duration = Duration::from_secs(12);

/// Listens before anybody may enter.
pub async fn start(
    presence: &Presence,
    hub: &Hub,
    answers: Subscription,
    life: &Lifecycle,
) -> Result<(), bus::Error> {
    let changes = presence.bus.subscribe(Pattern::every_presence()).await?;
    let questions = presence.bus.subscribe(Subject::ONLINE_WHO.into()).await?;
    let (tasks, desk) = (&life.tasks, Desk::new(presence, hub));
    tasks.spawn("who is here", desk.answer(questions));
    tasks.spawn("comings", hear_changes(presence.clone(), changes));
    tasks.spawn("presence answers", hear_answers(presence.clone(), answers));
    tasks.spawn("presence rounds", ask(presence.clone(), life.clone()));
    Ok(())
}

async fn hear_changes(presence: Presence, mut changes: Subscription) {
    while let Some(message) = changes.next().await {
        let Some(user) = subject::parse_presence(&message.subject) else {
            continue;
        };
        let mut table = presence.lock();
        // Most who come and go are watched by nobody here: they cost no more than this look.
        if table.watchers(user).next().is_none() {
            continue;
        }
        let Some(here) = read::<Here>(&message) else {
            continue;
        };
        let changed = if here.online {
            table.came(user, here.replica, here.at)
        } else {
            table.went(user, here.replica, here.at)
        };
        if changed {
            nudge(table.watchers(user));
        }
    }
}

async fn hear_answers(presence: Presence, mut answers: Subscription) {
    while let Some(message) = answers.next().await {
        let Some(here) = read::<OnlineHere>(&message) else {
            continue;
        };
        let (now, mut table) = (OffsetDateTime::now_utc(), presence.lock());
        for user in here.users {
            if table.came(user, here.replica, now) {
                nudge(table.watchers(user));
            }
        }
    }
}

/// Asks for everybody who is watched here, again and again; at once when messages may have been lost. While
/// the broker is down nobody is asked, and nobody counts as gone.
async fn ask(presence: Presence, life: Lifecycle) {
    let mut ticks = clock::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut status = presence.bus.status();
    loop {
        let is_round = tokio::select! {
            () = life.hard.cancelled() => return,
            changed = status.changed() => {
                if changed.is_err() { return }
                false
            }
            _ = ticks.tick() => true,
        };
        if !status.borrow_and_update().live {
            continue;
        }
        if is_round {
            let mut table = presence.lock();
            for user in table.round() {
                nudge(table.watchers(user));
            }
        }
        let everybody = presence.lock().everybody();
        for users in everybody.chunks(SEEN) {
            let users = users.to_vec();
            let question = WhoIsOnline { users };
            let asked = presence.bus.call(Subject::ONLINE_WHO, &presence.inbox, &question);
            if let Err(error) = asked.await {
                debug!(
                    error = &error as &dyn std::error::Error,
                    "Could not ask who is here"
                );
                break;
            }
        }
    }
}

/// Answers the others, and this gateway itself.
struct Desk {
    bus: Bus,
    hub: Hub,
    replica: Uuid,
}

impl Desk {
    fn new(presence: &Presence, hub: &Hub) -> Self {
        Self {
            bus: presence.bus.clone(),
            hub: hub.clone(),
            replica: presence.replica,
        }
    }

    /// Who has nobody of those asked for says nothing.
    async fn answer(self, mut questions: Subscription) {
        while let Some(message) = questions.next().await {
            let Some(question) = read::<WhoIsOnline>(&message) else {
                continue;
            };
            let users = self.hub.are_here(&question.users);
            if users.is_empty() {
                continue;
            }
            let here = OnlineHere {
                replica: self.replica,
                users,
            };
            if let Err(error) = self.bus.reply(&message, &here).await {
                debug!(
                    error = &error as &dyn std::error::Error,
                    "Could not say who is here"
                );
            }
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(message: &Message) -> Option<T> {
    serde_json::from_slice(&message.payload)
        .inspect_err(|error| warn!(%error, "What a gateway says of presence could not be read"))
        .ok()
}
