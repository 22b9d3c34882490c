//! How a device's position moved: by one, by a page from where it stood, or by loading history.

use std::collections::HashMap;

use client::device::record::Event;
use protocol::{ConversationId, Position, UserId};

use super::{Anomaly, Witness};

pub(super) fn check(witness: &Witness) -> Vec<Anomaly> {
    let user = witness.user;
    let mut stands: HashMap<ConversationId, Position> = HashMap::new();
    let moves = witness.events.iter().filter_map(|event| match event {
        Event::Live {
            conversation,
            position,
            ..
        } => {
            let after = stands.insert(*conversation, *position).unwrap_or(0);
            live(user, after, *position)
        }
        Event::Page {
            conversation,
            from,
            to,
            ..
        } => {
            let after = stands.insert(*conversation, *to).unwrap_or(0);
            page(user, after, *from, *to)
        }
        Event::Loaded {
            conversation,
            position,
            ..
        } => {
            stands.insert(*conversation, *position);
            None
        }
        Event::Dropped { conversation } => {
            stands.remove(conversation);
            None
        }
        _ => None,
    });
    moves.collect()
}

fn live(user: UserId, after: Position, next: Position) -> Option<Anomaly> {
    match next {
        next if next == after + 1 => None,
        next if next == after => Some(Anomaly::AppliedTwice { user, position: next }),
        next if next < after => Some(Anomaly::OutOfOrder { user, after, next }),
        next => Some(Anomaly::Hole { user, after, next }),
    }
}

fn page(user: UserId, after: Position, from: Position, to: Position) -> Option<Anomaly> {
    if from > after {
        Some(Anomaly::Hole {
            user,
            after,
            next: from + 1,
        })
    } else if to < after {
        Some(Anomaly::OutOfOrder {
            user,
            after,
            next: to,
        })
    } else {
        None
    }
}
