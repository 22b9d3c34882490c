//! Which conversations this gateway hears of: one subscription per connected person, or one for all.

use std::time::Duration;

use boot::Lifecycle;
use bus::{Bus, Pattern};
use clap::ValueEnum;
use futures_util::StreamExt;
use tokio::{task::AbortHandle, time};

use crate::{
    hub::{Hub, Party},
    metrics::Metrics,
    relay::Relay,
};

/// How often in a grace those are looked for who left longer ago.
const SWEEPS: u32 = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// One subscription per connected person: scales with the number of gateways
    Person,
    /// One subscription for the whole gateway: cheaper up to about eight gateways
    All,
}

/// One person's subscription; ends when dropped.
pub struct Interest(AbortHandle);

impl Interest {
    /// Ends this task when it is dropped.
    pub fn of(task: AbortHandle) -> Self {
        Self(task)
    }
}

impl Drop for Interest {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Makes and keeps subscriptions.
#[derive(Clone)]
pub struct Interests {
    listening: Listening,
    bus: Bus,
    hub: Hub,
    relay: Relay,
    life: Lifecycle,
}

/// How the gateway is told to listen.
#[derive(Debug, Clone, Copy)]
pub struct Listening {
    pub mode: Mode,
    /// How long a person who left is still listened to: most come right back.
    pub grace: Duration,
}

impl Interests {
    /// With [`Mode::All`], listens from here on.
    pub async fn start(
        listening: Listening,
        bus: &Bus,
        relay: Relay,
        life: &Lifecycle,
    ) -> Result<Self, bus::Error> {
        let hub = relay.hub.clone();
        let interests = Self {
            listening,
            bus: bus.clone(),
            hub,
            relay,
            life: life.clone(),
        };
        if listening.mode == Mode::All {
            let mut everything = bus.subscribe(Pattern::every_conversation()).await?;
            let relay = interests.relay.clone();
            life.tasks.spawn("relay", async move {
                while let Some(message) = everything.next().await {
                    relay.to_both(message);
                }
            });
        }
        Ok(interests)
    }

    /// Makes sure the person's conversations are listened to. Answers whether this is new: then what
    /// other brokers publish may not reach us for a moment, and the heads are checked again after it.
    pub async fn ensure(&self, party: Party) -> Result<bool, bus::Error> {
        if self.listening.mode == Mode::All || self.hub.has_interest(party) {
            return Ok(false);
        }
        let Some(pattern) = Pattern::person(party.user, party.role) else {
            return Ok(false);
        };
        let mut conversations = self.bus.subscribe(pattern).await?;
        let relay = self.relay.clone();
        let task = self.life.tasks.spawn("relay", async move {
            while let Some(message) = conversations.next().await {
                relay.to(party, message);
            }
        });
        Ok(self.hub.add_interest(party, Interest::of(task.abort_handle())))
    }

    /// Lets go of people who are gone.
    pub async fn sweep(self, metrics: Metrics) {
        let mut ticks = time::interval(self.listening.grace / SWEEPS);
        loop {
            tokio::select! {
                () = self.life.hard.cancelled() => return,
                _ = ticks.tick() => {}
            }
            metrics
                .people
                .set(i64::try_from(self.hub.sweep(self.listening.grace)).unwrap_or(i64::MAX));
        }
    }
}
