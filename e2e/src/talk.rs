//! Two people who write to each other while something is done to the house; afterwards everything is judged.

use std::{
    collections::BTreeSet,
    convert::Infallible,
    time::{Duration, Instant},
};

use client::{Device, device::State, device::record::Event};
use protocol::{ConversationId, Epoch};
use testkit::{Kit, Person};
use tokio::time::interval;

use crate::checker::{self, Anomaly, Log, Witness};

/// How often each side writes, while fewer than `AHEAD` of its messages are unanswered.
const PACE: Duration = Duration::from_millis(20);
const AHEAD: usize = 4;
/// Odd, so that both sides do.
const ANSWER_EVERY: usize = 5;
/// Generous: devices may sit out a backoff, on a busy machine.
const HEALED: Duration = Duration::from_mins(1);

/// A client at one gateway and a trainer at another, who know each other.
#[derive(Debug)]
pub struct Talk {
    pub people: (Person, Person),
    pub phone: Device,
    pub desk: Device,
    written: usize,
}

/// What came of it.
#[derive(Debug)]
pub struct Verdict {
    /// Rows of the conversation in the log.
    pub messages: usize,
    /// Sends that were acknowledged.
    pub acked: usize,
    pub anomalies: BTreeSet<Anomaly>,
}

impl Talk {
    /// Starts with a word from each side, heard by the other.
    pub async fn begin(kit: &Kit) -> Self {
        let people = kit.client_with_trainer("Anna", "Tom").await;
        let phone = kit.gateway(0).connect(&people.0).await;
        let desk = kit.gateways().len().min(2) - 1;
        let desk = kit.gateway(desk).connect(&people.1).await;
        Self::between(people, phone, desk).await
    }

    /// The same with devices that the story has connected in its own way.
    pub async fn between(people: (Person, Person), mut phone: Device, mut desk: Device) -> Self {
        phone.send_text("hello").await;
        desk.expect_text("hello").await;
        desk.send_text("hi").await;
        phone.expect_text("hi").await;
        Self {
            people,
            phone,
            desk,
            written: 0,
        }
    }

    pub fn conversation(&self) -> ConversationId {
        self.people.0.conversation()
    }

    /// Both sides write until `harm` is done; answers what it answered.
    pub async fn throughout<T>(&mut self, harm: impl Future<Output = T>) -> T {
        let conversation = self.conversation();
        let writing = write(&mut self.phone, &mut self.desk, &mut self.written, conversation);
        tokio::select! {
            done = harm => done,
            never = writing => match never {},
        }
    }

    /// Waits until nothing is unanswered and both devices have all of the log; answers how long it took.
    pub async fn healed(&self, kit: &Kit) -> Duration {
        let started = Instant::now();
        for device in [&self.phone, &self.desk] {
            let answered =
                |state: &State| state.outbox().is_empty() && state.is_synced() && state.is_marked();
            device.wait_within("an empty outbox", HEALED, answered).await;
        }
        let conversation = self.conversation();
        let head = kit
            .log(conversation)
            .await
            .iter()
            .map(|row| row.position)
            .max()
            .unwrap_or(0);
        for device in [&self.phone, &self.desk] {
            let has_all = |state: &State| {
                let copy = state.copy(conversation);
                copy.is_some_and(|copy| copy.position() >= head) && state.is_synced()
            };
            device.wait_within("the head of the log", HEALED, has_all).await;
        }
        started.elapsed()
    }

    /// Waits for healing, ends the devices and compares everything they did and saw with the log.
    pub async fn verdict(self, kit: &Kit) -> Verdict {
        self.healed(kit).await;
        self.judge(kit, None).await
    }

    /// The same for a log that became another one: what was promised before it counts no more.
    pub async fn verdict_since(self, kit: &Kit, epoch: Epoch) -> Verdict {
        self.healed(kit).await;
        self.judge(kit, Some(epoch)).await
    }

    async fn judge(self, kit: &Kit, epoch: Option<Epoch>) -> Verdict {
        let conversation = self.conversation();
        let rows = kit.log(conversation).await;
        let (anna, tom) = self.people;
        let mut witnesses = [
            Witness::of(anna.id, self.phone).await,
            Witness::of(tom.id, self.desk).await,
        ];
        if let Some(epoch) = epoch {
            for witness in &mut witnesses {
                forget_before(epoch, &mut witness.events);
            }
        }
        let acked = |event: &&Event| matches!(event, Event::Acked { .. });
        let events = witnesses.iter().flat_map(|witness| &witness.events);
        Verdict {
            messages: rows.len(),
            acked: events.filter(acked).count(),
            anomalies: checker::check(
                &witnesses,
                &Log {
                    conversations: [(conversation, rows)].into(),
                    ..Log::default()
                },
            ),
        }
    }
}

/// Of what happened under an older epoch only counts what somebody wrote.
fn forget_before(epoch: Epoch, events: &mut Vec<Event>) {
    let mut reached = false;
    events.retain(|event| {
        reached |= *event == Event::Welcomed { epoch };
        reached || matches!(event, Event::Queued { .. })
    });
}

/// What people do beside writing: reads what has come, reacts to the latest of it, and says that one types.
pub async fn answer_in_other_ways(device: &mut Device, conversation: ConversationId) {
    let newest = device
        .state()
        .copy(conversation)
        .and_then(|copy| copy.rows().last().map(|row| row.seq));
    if let Some(newest) = newest {
        device.read(newest).await;
        device.react(newest, "💪", true).await;
        device.typing().await;
    }
}

async fn write(
    phone: &mut Device,
    desk: &mut Device,
    written: &mut usize,
    conversation: ConversationId,
) -> Infallible {
    let mut ticks = interval(PACE);
    loop {
        ticks.tick().await;
        for device in [&mut *phone, &mut *desk] {
            if device.state().outbox().len() < AHEAD {
                *written += 1;
                device.send_text(&format!("message {written}")).await;
                if written.is_multiple_of(ANSWER_EVERY) {
                    answer_in_other_ways(device, conversation).await;
                }
            }
        }
    }
}
