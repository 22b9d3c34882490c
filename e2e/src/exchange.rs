//! Two people on two gateways exchange messages while gateways are killed under them.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    ops::Range,
    time::Duration,
};

use client::{Device, device::record::Event};
use protocol::{ConversationId, MessageId, Position, Seq, UserId};
use testkit::{Gateway, Kit, Options};

use crate::{
    bystanders::Bystanders,
    checker::{self, Anomaly, Log, Witness},
    talk::answer_in_other_ways,
};

/// Messages that a side writes at once, so that a kill finds one unanswered.
const AHEAD: usize = 8;
/// Generous: the last devices may sit out a backoff and a restart.
const HEALED: Duration = Duration::from_mins(1);

/// How much of it.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Plan {
    /// Messages of both sides together
    #[arg(long, default_value_t = 10_000)]
    pub messages: usize,
    /// SIGKILLs of gateways that land while a send is unacknowledged
    #[arg(long, default_value_t = 10)]
    pub kills: usize,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    pub messages: usize,
    pub kills: usize,
    pub retried: usize,
    pub duplicates: usize,
    pub compared: usize,
    /// How long each device of a killed gateway took to have everything again, shortest first.
    pub caught_up: Vec<Duration>,
    pub anomalies: BTreeSet<Anomaly>,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "messages in the log                     {:>8}", self.messages)?;
        writeln!(f, "gateways killed during a send           {:>8}", self.kills)?;
        writeln!(f, "sends that left more than once          {:>8}", self.retried)?;
        writeln!(
            f,
            "answers that said duplicate             {:>8}",
            self.duplicates
        )?;
        writeln!(f, "threads compared with SQL, row by row   {:>8}", self.compared)?;
        writeln!(
            f,
            "devices whose gateway was killed        {:>8}",
            self.caught_up.len()
        )?;
        writeln!(
            f,
            "they had everything again, p50          {:>6.2} s",
            self.catching_up(50)
        )?;
        writeln!(
            f,
            "they had everything again, p99          {:>6.2} s",
            self.catching_up(99)
        )?;
        write!(
            f,
            "mismatches                              {:>8}",
            self.anomalies.len()
        )?;
        for anomaly in &self.anomalies {
            write!(f, "\n  {anomaly:?}")?;
        }
        Ok(())
    }
}

impl Outcome {
    /// Seconds in which so many of 100 devices had caught up.
    pub fn catching_up(&self, of_100: usize) -> f64 {
        let place = (self.caught_up.len() * of_100).div_ceil(100);
        let taken = self.caught_up.get(place.saturating_sub(1));
        taken.map_or(0.0, Duration::as_secs_f64)
    }
}

/// Runs the whole exchange and judges it.
pub async fn run(plan: Plan) -> Outcome {
    let options = Options {
        gateways: 2,
        ..Options::default()
    };
    let kit = Kit::start(options.unlimited()).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let conversation = anna.conversation();
    let mut phone = kit.gateway(0).connect(&anna).await;
    let mut desk = kit.gateway(1).connect(&tom).await;
    // Further devices of both only listen.
    let mut bystanders = Bystanders::connect(&kit, [&anna, &tom]).await;

    let mut killed = 0;
    let mut written = 0;
    while written < plan.messages {
        let sender = if (written / AHEAD).is_multiple_of(2) {
            &mut phone
        } else {
            &mut desk
        };
        let due = killed < plan.kills && written * (plan.kills + 1) >= plan.messages * (killed + 1);
        if due {
            all_ready(&kit).await;
        }
        let burst = AHEAD.min(plan.messages - written);
        write(sender, written..written + burst).await;
        written += burst;
        answer_in_other_ways(sender, conversation).await;
        if due
            && let Some(gateway) = gateway_of(&kit, sender)
            && sender.state().outbox().in_flight(conversation).is_some()
        {
            bystanders.watch(gateway, conversation);
            killed += usize::from(kill_during_a_send(gateway, sender, conversation));
        }
    }

    for device in [&phone, &desk] {
        device
            .wait_within("an empty outbox", HEALED, |state| state.outbox().is_empty())
            .await;
    }
    let (caught_up, listeners) = bystanders.leave().await;
    let rows = kit.log(conversation).await;
    let head = rows.iter().map(|row| row.position).max().unwrap_or(0);
    let last = rows.last().map_or(0, |row| row.seq);
    for device in [&phone, &desk] {
        device.read(last).await;
    }
    let mut devices = vec![(anna.id, phone), (tom.id, desk)];
    devices.extend(listeners);
    all_caught_up(&devices, conversation, head).await;
    all_read(&devices, conversation, last).await;
    Outcome {
        kills: killed,
        caught_up,
        ..judge(conversation, rows, devices).await
    }
}

async fn judge(
    conversation: ConversationId,
    rows: Vec<client::Digest>,
    devices: Vec<(UserId, Device)>,
) -> Outcome {
    let mut witnesses = Vec::new();
    for (user, device) in devices {
        witnesses.push(Witness::of(user, device).await);
    }
    let messages = rows.len();
    let log = Log {
        conversations: [(conversation, rows)].into(),
        ..Log::default()
    };
    Outcome {
        messages,
        kills: 0,
        caught_up: Vec::new(),
        retried: retried(&witnesses),
        duplicates: duplicates(&witnesses),
        compared: checker::comparisons(&witnesses),
        anomalies: checker::check(&witnesses, &log),
    }
}

async fn write(sender: &mut Device, numbers: Range<usize>) {
    sender.typing().await;
    for number in numbers {
        sender
            .wait_within("room to write", HEALED, |state| state.outbox().len() < AHEAD)
            .await;
        sender.send_text(&format!("message {number}")).await;
    }
}

async fn all_caught_up(devices: &[(UserId, Device)], conversation: ConversationId, head: Position) {
    for (_, device) in devices {
        let caught_up = |state: &client::device::State| {
            state
                .copy(conversation)
                .is_some_and(|copy| copy.position() >= head)
        };
        device.wait_within("the last message", HEALED, caught_up).await;
    }
}

/// Waits until every device knows that both people have read the last message.
async fn all_read(devices: &[(UserId, Device)], conversation: ConversationId, last: Seq) {
    for (_, device) in devices {
        let read = |state: &client::device::State| {
            state
                .entry(conversation)
                .is_some_and(|entry| (entry.read_seq, entry.peer_read_seq, entry.unread) == (last, last, 0))
        };
        device.wait_within("the last marks", HEALED, read).await;
    }
}

async fn all_ready(kit: &Kit) {
    for gateway in kit.gateways() {
        gateway.ready().await;
    }
}

/// Kills the gateway of a device whose send is unanswered; tells whether it stayed unanswered.
fn kill_during_a_send(gateway: &Gateway, sender: &Device, conversation: ConversationId) -> bool {
    let Some(sending) = sender.state().outbox().in_flight(conversation) else {
        return false;
    };
    gateway.kill();
    let unanswered = sender.state().outbox().in_flight(conversation) == Some(sending);
    gateway.revive();
    unanswered
}

fn gateway_of<'a>(kit: &'a Kit, device: &Device) -> Option<&'a Gateway> {
    let url = device.connected_to()?;
    kit.gateways().iter().find(|gateway| gateway.socket_url() == url)
}

fn retried(witnesses: &[Witness]) -> usize {
    let mut attempts: HashMap<(UserId, MessageId), usize> = HashMap::new();
    for witness in witnesses {
        for event in &witness.events {
            if let Event::Attempted { id, .. } = event {
                *attempts.entry((witness.user, *id)).or_default() += 1;
            }
        }
    }
    attempts.values().filter(|attempts| **attempts > 1).count()
}

fn duplicates(witnesses: &[Witness]) -> usize {
    let events = witnesses.iter().flat_map(|witness| &witness.events);
    events
        .filter(|event| matches!(event, Event::Acked { duplicate: true, .. }))
        .count()
}
