//! The other way in: what the platform tells a stream of the broker.
//!
//! People have a memory of their own at the broker, apart from bookings: a booking that waits for its
//! people then never stands in their way. Whatever is delivered again changes nothing, and what cannot be
//! kept is parked, so that one bad message holds up no other.

pub mod commands;
mod message;
mod metrics;
pub mod parked;

use std::time::Duration;

use boot::Lifecycle;
use bus::{Bus, Durable, Kept, Settle};
use protocol::{ErrorCode, error::Refusal};
use time::OffsetDateTime;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    ANSWER_WITHIN, App, Error,
    audit::{Act, Via},
    database,
    directory::Told,
};
use message::Message;
use metrics::Metrics;
use parked::Parking;

/// What waits for its turn and what was put off; beyond it the broker holds the rest back.
const PEOPLE: u16 = 100;
const BOOKINGS: u16 = 1_000;
/// How often the parked ones are counted: commands and other replicas change their number too.
const COUNT_EVERY: Duration = Duration::from_secs(5);
/// Between two tries while the database is away.
const PAUSE_MIN: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// Tries that run out of time beside a database that answers, before others go first.
const LATE: u32 = 3;
/// Between two deliveries of a message that is refused.
const PUT_OFF_MIN: Duration = Duration::from_millis(500);
const PUT_OFF_MAX: Duration = Duration::from_mins(1);

/// Takes the messages of `stream`, once the tables are there. One that is still refused at its
/// `attempts`th delivery is parked.
pub fn follow(
    app: &App,
    bus: Bus,
    stream: &str,
    attempts: u32,
    life: &Lifecycle,
) -> Result<(), prometheus::Error> {
    let desk = Desk {
        app: app.clone(),
        attempts: attempts.into(),
        metrics: Metrics::new(&life.registry)?,
        soft: life.soft.clone(),
    };
    let (people, bookings) = durables(stream);
    let life = life.clone();
    life.tasks.clone().spawn("intake", async move {
        let ready = database::until_migrated(&desk.app.pool);
        if life.soft.run_until_cancelled(ready).await.is_none() {
            return;
        }
        for durable in [people, bookings] {
            let desk = desk.clone();
            bus.take(durable, &life, move |kept| desk.clone().take(kept));
        }
        life.soft.run_until_cancelled(desk.count()).await;
    });
    Ok(())
}

fn durables(stream: &str) -> (Durable, Durable) {
    let people = Durable {
        stream: stream.to_owned(),
        name: "roster-people",
        subjects: &["directory.user.*", "directory.erase.*"],
        unsettled: PEOPLE,
    };
    let bookings = Durable {
        stream: stream.to_owned(),
        name: "roster-bookings",
        subjects: &["directory.booking.*"],
        unsettled: BOOKINGS,
    };
    (people, bookings)
}

#[derive(Clone)]
struct Desk {
    app: App,
    attempts: u64,
    metrics: Metrics,
    soft: CancellationToken,
}

impl Desk {
    /// Holds a message while the database is away or too many are parked: that says nothing about the
    /// message, and is no attempt. One that runs out of time beside a database that answers is one.
    async fn take(self, kept: Kept) -> Settle {
        let message = Message::from(&kept);
        let (mut pause, mut late) = (PAUSE_MIN, 0);
        loop {
            let tried = timeout(ANSWER_WITHIN, self.try_take(&message, kept.deliveries)).await;
            let is_full = matches!(&tried, Ok(Err(refusal)) if refusal.code == ErrorCode::Overloaded);
            if let Ok(Ok(settle)) = tried {
                return settle;
            }
            if !is_full && database::answers(&self.app.pool).await {
                late += 1;
            }
            if late == LATE
                && let Some(settle) = self.give_up(&message, kept.deliveries).await
            {
                return settle;
            }
            self.metrics.count("waits");
            warn!(
                sequence = message.sequence,
                "A message waits: it can be neither kept nor parked"
            );
            if self.soft.run_until_cancelled(sleep(pause)).await.is_none() {
                return Settle::Again(Duration::ZERO);
            }
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// For a message that ran out of time again and again: others go first, and in the end it is parked.
    async fn give_up(&self, message: &Message, deliveries: u64) -> Option<Settle> {
        if deliveries < self.attempts {
            self.metrics.count("put_off");
            return Some(Settle::Again(put_off(deliveries)));
        }
        let late = Refusal::from(ErrorCode::Unavailable);
        let parking = self.park(message, &late);
        timeout(ANSWER_WITHIN, parking).await.ok()?.ok()
    }

    /// What becomes of a message; an error while that cannot be known.
    async fn try_take(&self, message: &Message, deliveries: u64) -> Result<Settle, Refusal> {
        let told = match message.read() {
            Ok(told) => told,
            Err(refusal) => return self.park(message, &refusal).await,
        };
        match self.keep(&told, message.published_at).await {
            Ok(()) => Ok(self.done("kept")),
            Err(refusal) if refusal.code == ErrorCode::Unavailable => Err(refusal),
            // Of somebody who was erased: whatever is told of them is let go.
            Err(refusal) if refusal.code == ErrorCode::NotFound => Ok(self.done("erased")),
            // People may be told of after their booking.
            Err(_) if deliveries < self.attempts => {
                self.metrics.count("put_off");
                Ok(Settle::Again(put_off(deliveries)))
            }
            Err(refusal) => self.park(message, &refusal).await,
        }
    }

    async fn keep(&self, told: &Told, published_at: OffsetDateTime) -> Result<(), Refusal> {
        let act = act(published_at);
        let numbered = told
            .keep(&self.app.pool, &act)
            .await
            .map_err(Error::into_refusal)?;
        self.app.announce(numbered, act.at);
        Ok(())
    }

    async fn park(&self, message: &Message, refusal: &Refusal) -> Result<Settle, Refusal> {
        let parking = parked::park(&self.app.pool, message, refusal).await;
        match parking.map_err(|error| Error::from(error).into_refusal())? {
            Parking::Parked => {
                warn!(
                    sequence = message.sequence,
                    code = %refusal.code,
                    field = refusal.field,
                    "A message of the stream was parked"
                );
                Ok(self.done("parked"))
            }
            Parking::Erased => Ok(self.done("erased")),
            Parking::Full => {
                warn!("No room for another parked message: replay them or discard them");
                Err(ErrorCode::Overloaded.into())
            }
        }
    }

    fn done(&self, outcome: &str) -> Settle {
        self.metrics.count(outcome);
        Settle::Done
    }

    async fn count(&self) {
        loop {
            if let Ok(count) = parked::count(&self.app.pool).await {
                self.metrics.parked(count);
            }
            sleep(COUNT_EVERY).await;
        }
    }
}

/// Nobody has shown a token: whoever may publish is the broker's to say.
fn act(published_at: OffsetDateTime) -> Act {
    Act {
        actor: None,
        via: Via::Intake(published_at),
        at: OffsetDateTime::now_utc(),
    }
}

fn put_off(deliveries: u64) -> Duration {
    let doublings = u32::try_from(deliveries.saturating_sub(1)).unwrap_or(u32::MAX);
    PUT_OFF_MIN
        .saturating_mul(1 << doublings.min(16))
        .min(PUT_OFF_MAX)
}
