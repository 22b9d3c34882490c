//! Judges recorded histories offline: what devices sent, what was acknowledged and what they applied,
//! against the log.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use client::{Device, Digest, device::record::Event};
use protocol::{ConversationId, MessageId, Position, Seq, UserId};

mod marks;
mod moves;
mod values;

#[cfg(test)]
mod tests;

/// What one device did and saw, and the copy it ended with.
#[derive(Debug, Clone)]
pub struct Witness {
    pub user: UserId,
    pub events: Vec<Event>,
    pub copies: BTreeMap<ConversationId, Vec<Digest>>,
}

impl Witness {
    /// Ends the device and takes its testimony.
    pub async fn of(user: UserId, device: Device) -> Self {
        let copies = {
            let state = device.state();
            let conversations = state.conversations().into_iter();
            conversations
                .filter_map(|id| Some((id, state.copy(id)?.rows().map(Digest::from).collect())))
                .collect()
        };
        let events = device.stop().await;
        Self { user, events, copies }
    }

    fn takes_part(&self, conversation: ConversationId) -> bool {
        conversation.trainer == self.user || conversation.client == self.user
    }
}

/// What the database holds after everything has healed.
#[derive(Debug, Clone, Default)]
pub struct Log {
    pub conversations: BTreeMap<ConversationId, Vec<Digest>>,
    /// Messages that somebody wrote without a witness.
    pub written_elsewhere: BTreeSet<MessageId>,
    /// How far each person has been delivered and has read; empty when nobody asked.
    pub marks: BTreeMap<(ConversationId, UserId), (Seq, Seq)>,
}

/// A promise that was broken, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Anomaly {
    /// Acknowledged, but not in the log, or at another place.
    Lost { id: MessageId, seq: Seq },
    /// One id at two places of a thread.
    Duplicate { id: MessageId, seqs: (Seq, Seq) },
    /// A frame was applied although its position was applied before.
    AppliedTwice { user: UserId, position: Position },
    /// Positions between were never applied.
    Hole {
        user: UserId,
        after: Position,
        next: Position,
    },
    /// An older state was applied after a newer.
    OutOfOrder {
        user: UserId,
        after: Position,
        next: Position,
    },
    /// Two devices, or a device and the log, disagree about one position.
    TwoValues {
        conversation: ConversationId,
        position: Position,
    },
    /// Nobody wrote it.
    Phantom { id: MessageId },
    /// What a person wrote first comes later in the thread.
    SenderOrder { earlier: MessageId, later: MessageId },
    /// A mark went back, lies beyond the thread, or says read what was not delivered.
    Mark { user: UserId, delivered: Seq, read: Seq },
    /// A device was told a mark that the log does not have.
    MarkUntrue {
        /// Whose mark it is.
        user: UserId,
        conversation: ConversationId,
        /// The most that the device was told.
        delivered: Seq,
        read: Seq,
    },
    /// An acknowledged edit, deletion or reaction is not in the log.
    Undone {
        user: UserId,
        conversation: ConversationId,
        seq: Seq,
        key: MessageId,
    },
    /// A device was told of a conversation that is not its own.
    Leak {
        user: UserId,
        conversation: ConversationId,
    },
    /// After healing, a device's copy is not the log.
    Diverged {
        user: UserId,
        conversation: ConversationId,
    },
}

/// Everything that is wrong; empty when every promise held.
pub fn check(witnesses: &[Witness], log: &Log) -> BTreeSet<Anomaly> {
    let mut anomalies = BTreeSet::new();
    for witness in witnesses {
        anomalies.extend(lost(witness, log));
        anomalies.extend(sender_order(witness, log));
        anomalies.extend(leaks(witness));
        anomalies.extend(divergence(witness, log));
        anomalies.extend(moves::check(witness));
        anomalies.extend(marks::check(witness, log));
        anomalies.extend(marks::compare(witness, log));
    }
    anomalies.extend(duplicates(log));
    anomalies.extend(phantoms(witnesses, log));
    anomalies.extend(values::check(witnesses, log));
    anomalies
}

/// How many `(device, conversation)` pairs were compared with the log.
pub fn comparisons(witnesses: &[Witness]) -> usize {
    witnesses.iter().map(|witness| witness.copies.len()).sum()
}

fn lost(witness: &Witness, log: &Log) -> Vec<Anomaly> {
    let acked = witness.events.iter().filter_map(|event| match event {
        Event::Acked {
            conversation,
            id,
            seq,
            ..
        } => Some((*conversation, *id, *seq)),
        _ => None,
    });
    let places: HashMap<_, _> = rows(log)
        .map(|(conversation, row)| ((conversation, row.id), row.seq))
        .collect();
    acked
        .filter(|(conversation, id, seq)| places.get(&(*conversation, *id)) != Some(seq))
        .map(|(_, id, seq)| Anomaly::Lost { id, seq })
        .collect()
}

fn duplicates(log: &Log) -> Vec<Anomaly> {
    let mut places: HashMap<(ConversationId, MessageId), Seq> = HashMap::new();
    rows(log)
        .filter_map(|(conversation, row)| {
            let first = places.insert((conversation, row.id), row.seq)?;
            Some(Anomaly::Duplicate {
                id: row.id,
                seqs: (first, row.seq),
            })
        })
        .collect()
}

/// The messages of one sender stand in the thread in the order they were written.
fn sender_order(witness: &Witness, log: &Log) -> Vec<Anomaly> {
    let places: HashMap<_, _> = rows(log)
        .map(|(conversation, row)| ((conversation, row.id), row.seq))
        .collect();
    let mut last: HashMap<ConversationId, (MessageId, Seq)> = HashMap::new();
    let mut anomalies = Vec::new();
    for event in &witness.events {
        let Event::Queued { conversation, id } = event else {
            continue;
        };
        let Some(&seq) = places.get(&(*conversation, *id)) else {
            continue;
        };
        if let Some((earlier, before)) = last.insert(*conversation, (*id, seq))
            && before > seq
        {
            anomalies.push(Anomaly::SenderOrder { earlier, later: *id });
        }
    }
    anomalies
}

fn phantoms(witnesses: &[Witness], log: &Log) -> Vec<Anomaly> {
    let events = || witnesses.iter().flat_map(|witness| &witness.events);
    let mut written: BTreeSet<_> = log.written_elsewhere.clone();
    written.extend(events().filter_map(|event| match event {
        Event::Queued { id, .. } => Some(*id),
        _ => None,
    }));
    let seen = events().flat_map(applied).map(|row| row.id);
    let stored = rows(log).map(|(_, row)| row.id);
    seen.chain(stored)
        .filter(|id| !written.contains(id))
        .map(|id| Anomaly::Phantom { id })
        .collect()
}

fn leaks(witness: &Witness) -> Vec<Anomaly> {
    let seen = witness.events.iter().filter_map(conversation_shown);
    seen.filter(|conversation| !witness.takes_part(*conversation))
        .map(|conversation| Anomaly::Leak {
            user: witness.user,
            conversation,
        })
        .collect()
}

fn divergence(witness: &Witness, log: &Log) -> Vec<Anomaly> {
    let own = log
        .conversations
        .iter()
        .filter(|(conversation, _)| witness.takes_part(**conversation));
    own.filter(|(conversation, rows)| witness.copies.get(conversation).is_none_or(|copy| copy != *rows))
        .map(|(conversation, _)| Anomaly::Diverged {
            user: witness.user,
            conversation: *conversation,
        })
        .collect()
}

fn rows(log: &Log) -> impl Iterator<Item = (ConversationId, Digest)> {
    log.conversations
        .iter()
        .flat_map(|(conversation, rows)| rows.iter().map(|row| (*conversation, *row)))
}

/// The rows that an event put into the copy.
fn applied(event: &Event) -> Vec<Digest> {
    match event {
        Event::Live { row, .. } => vec![*row],
        Event::Page { rows, .. } | Event::Loaded { rows, .. } => rows.clone(),
        _ => Vec::new(),
    }
}

/// The conversation that an event is about, whatever it is.
pub fn conversation_of(event: &Event) -> Option<ConversationId> {
    match event {
        Event::Queued { conversation, .. }
        | Event::Attempted { conversation, .. }
        | Event::Acked { conversation, .. }
        | Event::Refused { conversation, .. }
        | Event::Dropped { conversation } => Some(*conversation),
        other => conversation_shown(other),
    }
}

/// The conversation of which an event showed something to the device.
fn conversation_shown(event: &Event) -> Option<ConversationId> {
    match event {
        Event::Told { conversation }
        | Event::Live { conversation, .. }
        | Event::Page { conversation, .. }
        | Event::Loaded { conversation, .. }
        | Event::Mark { conversation, .. } => Some(*conversation),
        _ => None,
    }
}
