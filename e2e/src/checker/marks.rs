//! Marks only go forward, never beyond the thread, and nothing is read before it is delivered.

use std::collections::{BTreeMap, HashMap};

use client::device::record::Event;
use protocol::{ConversationId, Seq, UserId};

use super::{Anomaly, Log, Witness};

pub(super) fn check(witness: &Witness, log: &Log) -> Vec<Anomaly> {
    let mut stand: HashMap<(ConversationId, UserId), (Seq, Seq)> = HashMap::new();
    let mut anomalies = Vec::new();
    for event in &witness.events {
        let Event::Mark {
            conversation,
            user,
            delivered,
            read,
        } = *event
        else {
            continue;
        };
        let end = log
            .conversations
            .get(&conversation)
            .and_then(|rows| rows.last())
            .map_or(0, |row| row.seq);
        let before = stand
            .insert((conversation, user), (delivered, read))
            .unwrap_or_default();
        if delivered < before.0 || read < before.1 || read > delivered || delivered > end {
            anomalies.push(Anomaly::Mark {
                user,
                delivered,
                read,
            });
        }
    }
    anomalies
}

/// A device was never told more than the log has. (Whether it was told all is seen when everything has healed:
/// a poll tells marks too, and leaves no record.)
pub(super) fn compare(witness: &Witness, log: &Log) -> Vec<Anomaly> {
    let mut told: BTreeMap<(ConversationId, UserId), (Seq, Seq)> = BTreeMap::new();
    for event in &witness.events {
        if let Event::Mark {
            conversation,
            user,
            delivered,
            read,
        } = *event
        {
            let most = told.entry((conversation, user)).or_default();
            *most = (most.0.max(delivered), most.1.max(read));
        }
    }
    let beyond = |stored: &(Seq, Seq), (delivered, read): (Seq, Seq)| delivered > stored.0 || read > stored.1;
    let untrue = told
        .into_iter()
        .filter(|(whose, marks)| log.marks.get(whose).is_some_and(|stored| beyond(stored, *marks)));
    untrue
        .map(|((conversation, user), (delivered, read))| Anomaly::MarkUntrue {
            user,
            conversation,
            delivered,
            read,
        })
        .collect()
}
