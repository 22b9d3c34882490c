//! Changes of one conversation go to the log one after the other, so that it keeps the sender's order.

use std::collections::{HashMap, VecDeque};

use protocol::ConversationId;

/// Changes of one socket that may wait or be in work.
const WAITING: usize = 64;

/// The order of one socket's changes, by conversation.
#[derive(Debug)]
pub struct Lanes<C> {
    /// A conversation is here while one of its changes is in work; behind it, what waits.
    lanes: HashMap<ConversationId, VecDeque<C>>,
    total: usize,
}

impl<C> Default for Lanes<C> {
    fn default() -> Self {
        Self {
            lanes: HashMap::new(),
            total: 0,
        }
    }
}

/// Where a change went.
#[derive(Debug, PartialEq, Eq)]
pub enum Entered<C> {
    /// Nothing of its conversation is in work: start it.
    Start(C),
    Waits,
    /// Too much waits already.
    Full,
}

impl<C> Lanes<C> {
    pub fn enter(&mut self, conversation: ConversationId, change: C) -> Entered<C> {
        if self.total >= WAITING {
            return Entered::Full;
        }
        self.total += 1;
        if let Some(lane) = self.lanes.get_mut(&conversation) {
            lane.push_back(change);
            return Entered::Waits;
        }
        self.lanes.insert(conversation, VecDeque::new());
        Entered::Start(change)
    }

    /// A change is done; answers the next to start.
    pub fn done(&mut self, conversation: ConversationId) -> Option<C> {
        self.total = self.total.saturating_sub(1);
        let next = self.lanes.get_mut(&conversation).and_then(VecDeque::pop_front);
        if next.is_none() {
            self.lanes.remove(&conversation);
            if self.lanes.is_empty() {
                // An idle socket keeps no buffer.
                self.lanes = HashMap::new();
            }
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use protocol::UserId;
    use uuid::Uuid;

    use super::*;

    fn conversation(n: u128) -> ConversationId {
        ConversationId::new(UserId(Uuid::from_u128(n)), UserId(Uuid::from_u128(99)))
    }

    #[test]
    fn one_change_of_a_conversation_is_in_work_at_a_time() {
        let mut lanes = Lanes::default();

        assert_eq!(lanes.enter(conversation(1), 'a'), Entered::Start('a'));
        assert_eq!(lanes.enter(conversation(1), 'b'), Entered::Waits);
        assert_eq!(lanes.enter(conversation(2), 'c'), Entered::Start('c'));

        assert_eq!(lanes.done(conversation(1)), Some('b'));
        assert_eq!(lanes.done(conversation(1)), None);
        assert_eq!(lanes.enter(conversation(1), 'd'), Entered::Start('d'));
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut lanes = Lanes::default();

        for n in 0..WAITING {
            lanes.enter(conversation(1), n);
        }

        assert_eq!(lanes.enter(conversation(2), 0), Entered::Full);
    }
}
