//! One position has one value, whoever looks at it, within one epoch.

use std::collections::HashMap;

use client::{Digest, device::record::Event};
use protocol::{ConversationId, Epoch, Position};

use super::{Anomaly, Log, Witness, applied, conversation_shown, rows};

type Values = HashMap<(Option<Epoch>, ConversationId, Position), Digest>;

pub(super) fn check(witnesses: &[Witness], log: &Log) -> Vec<Anomaly> {
    let mut values = Values::new();
    let mut anomalies = Vec::new();
    let mut latest = None;
    for witness in witnesses {
        let mut epoch = None;
        for event in &witness.events {
            if let Event::Welcomed { epoch: told } = event {
                epoch = Some(*told);
            }
            let Some(conversation) = conversation_shown(event) else {
                continue;
            };
            for row in applied(event) {
                anomalies.extend(note(&mut values, epoch, conversation, row));
            }
        }
        latest = latest.or(epoch);
    }
    for (conversation, row) in rows(log) {
        anomalies.extend(note(&mut values, latest, conversation, row));
    }
    anomalies
}

fn note(
    values: &mut Values,
    epoch: Option<Epoch>,
    conversation: ConversationId,
    row: Digest,
) -> Option<Anomaly> {
    let position = row.position;
    let known = *values.entry((epoch, conversation, position)).or_insert(row);
    (known != row).then_some(Anomaly::TwoValues {
        conversation,
        position,
    })
}
