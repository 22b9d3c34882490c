//! The shortest that shows an anomaly: one conversation, one device if one is enough, and as few of the things
//! that happened to it as it takes.

use std::collections::BTreeSet;

use client::device::record::Event;
use protocol::{ConversationId, MessageId, Position};
use time::OffsetDateTime;

use crate::checker::{self, Anomaly, Log, Witness};

/// Those after the first say little that is new.
const AT_MOST: usize = 8;
/// What is told of a device before its last event.
const BEFORE: usize = 3;

/// An anomaly, and where to look.
#[derive(Debug)]
pub struct Finding {
    pub anomaly: Anomaly,
    pub conversation: Option<ConversationId>,
    /// When the message that it is about was written, by the clock of the devices.
    pub written: Option<OffsetDateTime>,
    /// What the log has around it.
    pub rows: Vec<String>,
    /// The end of the shortest record that shows it.
    pub record: Vec<String>,
}

/// Findings of all anomalies, the first ones with their explanation.
pub fn all(anomalies: &BTreeSet<Anomaly>, witnesses: &[Witness], log: &Log) -> Vec<Finding> {
    let explained = anomalies.iter().take(AT_MOST);
    let mut findings: Vec<_> = explained
        .map(|anomaly| explain(anomaly, witnesses, log))
        .collect();
    findings.extend(anomalies.iter().skip(AT_MOST).map(bare));
    findings
}

fn bare(anomaly: &Anomaly) -> Finding {
    Finding {
        anomaly: anomaly.clone(),
        conversation: None,
        written: None,
        rows: Vec::new(),
        record: Vec::new(),
    }
}

fn explain(anomaly: &Anomaly, witnesses: &[Witness], log: &Log) -> Finding {
    let found = conversations(witnesses, log)
        .into_iter()
        .find_map(|conversation| {
            let (few, short) = narrowed(conversation, witnesses, log);
            checker::check(&few, &short)
                .contains(anomaly)
                .then_some((conversation, few, short))
        });
    let Some((conversation, few, short)) = found else {
        return bare(anomaly);
    };
    let record = few
        .iter()
        .find_map(|witness| shortest(anomaly, witness, &short))
        .unwrap_or_default();
    let rows = rows_of(anomaly, conversation, &short);
    let last = record.last();
    Finding {
        anomaly: anomaly.clone(),
        conversation: Some(conversation),
        written: written(anomaly, &rows, last),
        rows: rows.iter().map(|row| format!("{row:?}")).collect(),
        record: record.iter().map(|event| format!("{event:?}")).collect(),
    }
}

fn conversations(witnesses: &[Witness], log: &Log) -> BTreeSet<ConversationId> {
    let seen = witnesses.iter().flat_map(|witness| &witness.events);
    let seen = seen.filter_map(checker::conversation_of);
    seen.chain(log.conversations.keys().copied()).collect()
}

/// Everything that concerns one conversation.
fn narrowed(conversation: ConversationId, witnesses: &[Witness], log: &Log) -> (Vec<Witness>, Log) {
    let concerns = |event: &&Event| checker::conversation_of(event).is_none_or(|of| of == conversation);
    let few = witnesses.iter().map(|witness| Witness {
        user: witness.user,
        events: witness.events.iter().filter(concerns).cloned().collect(),
        copies: witness
            .copies
            .iter()
            .filter(|(of, _)| **of == conversation)
            .map(|(of, rows)| (*of, rows.clone()))
            .collect(),
    });
    let mut short = log.clone();
    short.conversations.retain(|of, _| *of == conversation);
    short.marks.retain(|(of, _), _| *of == conversation);
    (few.collect(), short)
}

/// The end of the shortest beginning of one device's record that shows the anomaly without the others.
fn shortest(anomaly: &Anomaly, witness: &Witness, log: &Log) -> Option<Vec<Event>> {
    let shows = |events: &[Event]| {
        let alone = Witness {
            events: events.to_vec(),
            ..witness.clone()
        };
        checker::check(&[alone], log).contains(anomaly)
    };
    if !shows(&witness.events) {
        return None;
    }
    let (mut without, mut with) = (0, witness.events.len());
    while without < with {
        let middle = usize::midpoint(without, with);
        if shows(witness.events.get(..middle)?) {
            with = middle;
        } else {
            without = middle + 1;
        }
    }
    let from = with.saturating_sub(BEFORE + 1);
    witness.events.get(from..with).map(<[Event]>::to_vec)
}

/// The log's rows that an anomaly is about.
fn rows_of(anomaly: &Anomaly, conversation: ConversationId, log: &Log) -> Vec<client::Digest> {
    let rows = log.conversations.get(&conversation);
    let concerns = |row: &&client::Digest| {
        ids(anomaly).contains(&row.id)
            || positions(anomaly).contains(&row.position)
            || positions(anomaly).contains(&row.seq)
    };
    rows.into_iter().flatten().filter(concerns).copied().collect()
}

fn ids(anomaly: &Anomaly) -> Vec<MessageId> {
    match anomaly {
        Anomaly::Lost { id, .. }
        | Anomaly::Duplicate { id, .. }
        | Anomaly::Phantom { id }
        | Anomaly::Undone { key: id, .. } => vec![*id],
        Anomaly::SenderOrder { earlier, later } => vec![*earlier, *later],
        _ => Vec::new(),
    }
}

fn positions(anomaly: &Anomaly) -> Vec<Position> {
    match anomaly {
        Anomaly::AppliedTwice { position, .. } | Anomaly::TwoValues { position, .. } => vec![*position],
        Anomaly::Hole { after, next, .. } | Anomaly::OutOfOrder { after, next, .. } => vec![*after, *next],
        Anomaly::Undone { seq, .. } => vec![*seq],
        Anomaly::Mark { delivered, read, .. } | Anomaly::MarkUntrue { delivered, read, .. } => {
            vec![*delivered, *read]
        }
        _ => Vec::new(),
    }
}

/// When the latest message was written that this is about; ids tell the time.
fn written(anomaly: &Anomaly, rows: &[client::Digest], last: Option<&Event>) -> Option<OffsetDateTime> {
    let of_event = last.and_then(|event| match event {
        Event::Acked { id, .. } | Event::Queued { id, .. } => Some(*id),
        Event::Live { row, .. } => Some(row.id),
        Event::Page { rows, .. } | Event::Loaded { rows, .. } => rows.last().map(|row| row.id),
        _ => None,
    });
    let ids = ids(anomaly).into_iter().chain(rows.iter().map(|row| row.id));
    ids.chain(of_event).filter_map(made).max()
}

/// When an id was made: the first 48 bits of a `UUIDv7` are milliseconds.
fn made(id: MessageId) -> Option<OffsetDateTime> {
    let milliseconds = i128::try_from(id.uuid().as_u128() >> 80).ok()?;
    OffsetDateTime::from_unix_timestamp_nanos(milliseconds * 1_000_000).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use client::Digest;
    use protocol::UserId;
    use uuid::Uuid;

    use super::*;

    const TRAINER: UserId = UserId(Uuid::from_u128(1));

    #[test]
    fn what_shows_an_anomaly_is_one_conversation_and_the_record_up_to_it() {
        let (quiet, loud) = (Talk::with(2), Talk::with(3));
        let mut device = quiet.told();
        device.extend(loud.told());
        let again = loud.live(2);
        device.push(again.clone());
        device.extend(loud.told().into_iter().skip(2));
        let witness = witness(device, [&quiet, &loud]);
        let log = log([&quiet, &loud]);

        let anomalies = checker::check(std::slice::from_ref(&witness), &log);
        let out_of_order = Anomaly::OutOfOrder {
            user: TRAINER,
            after: 3,
            next: 2,
        };
        let findings = all(&anomalies, &[witness], &log);

        let found = findings.iter().find(|finding| finding.anomaly == out_of_order);
        let found = found.expect("the anomaly that was planted");
        assert_eq!(found.conversation, Some(loud.conversation));
        assert_eq!(found.record.last(), Some(&format!("{again:?}")));
        assert!(found.record.len() <= BEFORE + 1, "{:?}", found.record);
        assert!(found.written.is_some());
    }

    #[test]
    fn of_many_anomalies_each_is_named_and_the_first_are_explained() {
        let talk = Talk::with(2);
        let anomalies = (1..=20).map(|seq| Anomaly::Lost {
            id: MessageId::generate(),
            seq,
        });
        let anomalies: BTreeSet<_> = anomalies.collect();

        let findings = all(&anomalies, &[], &log([&talk]));

        assert_eq!(findings.len(), anomalies.len());
    }

    /// Three messages of one conversation.
    struct Talk {
        conversation: ConversationId,
        rows: Vec<Digest>,
    }

    impl Talk {
        fn with(client: u128) -> Self {
            let row = |seq| Digest {
                seq,
                id: MessageId::generate(),
                position: seq,
                hash: seq,
            };
            Self {
                conversation: ConversationId::new(TRAINER, UserId(Uuid::from_u128(client))),
                rows: (1..=3).map(row).collect(),
            }
        }

        /// A device wrote all of it and saw it live.
        fn told(&self) -> Vec<Event> {
            let written = self.rows.iter().map(|row| Event::Queued {
                conversation: self.conversation,
                id: row.id,
            });
            written.chain((1..=3).map(|seq| self.live(seq))).collect()
        }

        fn live(&self, seq: usize) -> Event {
            let row = self.rows[seq - 1];
            Event::Live {
                conversation: self.conversation,
                position: row.position,
                row,
            }
        }
    }

    fn log<const N: usize>(talks: [&Talk; N]) -> Log {
        Log {
            conversations: talks.map(|talk| (talk.conversation, talk.rows.clone())).into(),
            ..Log::default()
        }
    }

    fn witness<const N: usize>(events: Vec<Event>, talks: [&Talk; N]) -> Witness {
        let copies: BTreeMap<_, _> = log(talks).conversations;
        Witness {
            user: TRAINER,
            events,
            copies,
        }
    }
}
