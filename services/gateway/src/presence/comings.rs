//! Who came to this gateway and who left: told to the others at once, and to the roster in batches.

use std::{collections::HashMap, time::Duration};

use boot::Lifecycle;
use bus::{Headers, Subject};
use protocol::{
    UserId,
    error::Refusal,
    presence::{Here, SEEN, Seen, SeenReport},
};
use time::OffsetDateTime;
use tokio::time::{self as clock, MissedTickBehavior};
use tracing::debug;

use super::Presence;
use crate::hub::{Hub, News};

/// A person who left may come right back: a device that reconnects is no news.
const GRACE: Duration = Duration::from_secs(3);
/// How often those who are in their grace are looked at, and how often the roster is told.
const EVERY: Duration = Duration::from_secs(1);
const REPORT_EVERY: u64 = 5;
/// Everybody who stays is reported once in so many reports: every five minutes. Of a gateway that was killed,
/// that is what the roster knows.
const SLICES: u64 = 60;
/// People whose last moment waits for the roster. Over it, those who stay wait for their next turn.
const WAITING: usize = 50_000;
const REPORT_WITHIN: Duration = Duration::from_secs(3);

pub fn start(presence: &Presence, hub: &Hub, life: &Lifecycle) {
    let porter = Porter {
        presence: presence.clone(),
        hub: hub.clone(),
        life: life.clone(),
        seen: HashMap::new(),
    };
    life.tasks.spawn("porter", porter.run());
}

struct Porter {
    presence: Presence,
    hub: Hub,
    life: Lifecycle,
    /// What the roster was not told yet.
    seen: HashMap<UserId, OffsetDateTime>,
}

impl Porter {
    async fn run(mut self) {
        let mut ticks = clock::interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut second = 0_u64;
        loop {
            tokio::select! {
                () = self.life.hard.cancelled() => return,
                () = self.hub.moved() => {}
                _ = ticks.tick() => {
                    second += 1;
                    if second.is_multiple_of(REPORT_EVERY) {
                        self.note_who_stays(second / REPORT_EVERY);
                        self.report().await;
                    }
                }
            }
            self.tell().await;
        }
    }

    /// Who leaves with a gateway that stops is gone from it at once.
    async fn tell(&mut self) {
        let grace = if self.life.soft.is_cancelled() {
            Duration::ZERO
        } else {
            GRACE
        };
        for news in self.hub.news(grace) {
            let (user, here) = self.here(news);
            self.seen.insert(user, here.at);
            let Ok(payload) = serde_json::to_vec(&here) else {
                continue;
            };
            let told = self
                .presence
                .bus
                .publish(Subject::presence(user), Headers::default(), payload.into());
            // The rounds find it.
            if let Err(error) = told.await {
                debug!(
                    error = &error as &dyn std::error::Error,
                    "Could not say who is here"
                );
            }
        }
    }

    fn here(&self, news: News) -> (UserId, Here) {
        let (user, since) = match news {
            News::Came(user) => (user, None),
            News::Went(user, since) => (user, Some(since)),
        };
        let here = Here {
            replica: self.presence.replica,
            online: since.is_none(),
            at: OffsetDateTime::now_utc() - since.map_or(Duration::ZERO, |since| since.elapsed()),
        };
        (user, here)
    }

    fn note_who_stays(&mut self, report: u64) {
        let now = OffsetDateTime::now_utc();
        for user in self.hub.slice(report % SLICES, SLICES) {
            if self.seen.len() < WAITING {
                self.seen.insert(user, now);
            }
        }
    }

    /// What could not be told waits for the next report.
    async fn report(&mut self) {
        let seen: Vec<Seen> = self.seen.iter().map(|(&user, &at)| Seen { user, at }).collect();
        for seen in seen.chunks(SEEN) {
            let report = SeenReport { seen: seen.to_vec() };
            let answer = self
                .presence
                .bus
                .ask::<_, ()>(Subject::ROSTER_SEEN, &report, REPORT_WITHIN);
            match answer.await.map_err(|error| Refusal::from(error.code())) {
                Ok(Ok(())) => {
                    for seen in seen {
                        self.seen.remove(&seen.user);
                    }
                }
                Ok(Err(refusal)) | Err(refusal) => {
                    debug!(code = %refusal.code, "The roster was not told who was seen");
                    break;
                }
            }
        }
        if self.seen.len() > WAITING {
            // Without a roster for this long, what is forgotten is told again by who comes back.
            self.seen.clear();
        }
        if self.seen.is_empty() {
            self.seen = HashMap::new();
        }
    }
}
