//! How a device's position moved: by one, by a page from where it stood, or by loading history.

use std::collections::HashMap;

use client::device::record::Event;
use protocol::{ConversationId, Position};

use super::{Anomaly, Witness};

pub(super) fn check(witness: &Witness) -> Vec<Anomaly> {
    let user = witness.user;
    let mut stands: HashMap<ConversationId, Position> = HashMap::new();
    let mut anomalies = Vec::new();
    for event in &witness.events {
        match event {
            Event::Live {
                conversation,
                position: next,
                ..
            } => {
                let after = stands.insert(*conversation, *next).unwrap_or(0);
                if *next == after {
                    anomalies.push(Anomaly::AppliedTwice {
                        user,
                        position: *next,
                    });
                } else if *next < after {
                    anomalies.push(Anomaly::OutOfOrder {
                        user,
                        after,
                        next: *next,
                    });
                } else if *next > after + 1 {
                    anomalies.push(Anomaly::Hole {
                        user,
                        after,
                        next: *next,
                    });
                }
            }
            Event::Page {
                conversation,
                from,
                to,
                ..
            } => {
                let after = stands.insert(*conversation, *to).unwrap_or(0);
                if *from > after {
                    anomalies.push(Anomaly::Hole {
                        user,
                        after,
                        next: *from + 1,
                    });
                } else if *to < after {
                    anomalies.push(Anomaly::OutOfOrder {
                        user,
                        after,
                        next: *to,
                    });
                }
            }
            Event::Loaded {
                conversation,
                position,
                ..
            } => {
                stands.insert(*conversation, *position);
            }
            Event::Dropped { conversation } => {
                stands.remove(conversation);
            }
            _ => {}
        }
    }
    anomalies
}
