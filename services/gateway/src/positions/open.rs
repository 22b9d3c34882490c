//! Where the person may write, as the log last said it, and who is shown to be writing.

use std::time::Instant;

use protocol::UserId;

use super::Positions;

impl Positions {
    /// In the conversations with these the person may not write.
    pub fn close(&mut self, peers: &[UserId]) {
        for peer in peers {
            self.set_open(*peer, false);
        }
    }

    /// Whether the person may write there, as far as the log has told. Of a conversation that it has not told of, no.
    pub fn set_open(&mut self, peer: UserId, open: bool) {
        if let Some(line) = self.lines.get_mut(&peer) {
            line.open = open;
        }
    }

    pub fn is_open(&self, peer: UserId) -> bool {
        self.lines.get(&peer).is_some_and(|line| line.open)
    }

    /// Whether the person has a conversation with `peer`: the log has told of it, now or when the socket opened.
    pub fn knows(&self, peer: UserId) -> bool {
        self.lines.get(&peer).is_some_and(|line| line.own || line.told)
    }

    /// The peer is writing. Answers whether the socket should hear of it: not before the conversation's entry,
    /// which is asked for, and not before its `sync`.
    pub fn on_typing(&mut self, peer: UserId, now: Instant) -> bool {
        if !self.line(peer).told {
            self.want_entry(peer, now);
            return false;
        }
        !self.is_catching_up(peer)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use protocol::{internal::Head, marks::Marked};
    use uuid::Uuid;

    use super::*;
    use crate::positions::{Question, Step};

    const PEER: UserId = UserId(Uuid::from_u128(1));
    const OTHER: UserId = UserId(Uuid::from_u128(2));

    fn open(told: usize, resumed: &[(UserId, u64)]) -> Positions {
        let head = |peer| Head(peer, 3, 0, Marked::default());
        let resumed = resumed.iter().copied().collect::<HashMap<_, _>>();
        Positions::open(&[head(PEER), head(OTHER)], told, &resumed)
    }

    #[test]
    fn one_writes_in_own_conversations_that_are_not_closed() {
        let mut positions = open(2, &[]);

        positions.close(&[OTHER]);

        assert!(positions.is_open(PEER));
        assert!(!positions.is_open(OTHER));
        assert!(!positions.is_open(UserId(Uuid::from_u128(3))));
        positions.set_open(OTHER, true);
        assert!(positions.is_open(OTHER));
    }

    #[test]
    fn who_types_is_not_shown_before_the_entry_nor_before_the_sync() {
        let now = Instant::now();
        let mut positions = open(1, &[(PEER, 1)]);
        positions.take_steps();

        assert!(!positions.on_typing(PEER, now), "it is behind");
        assert!(!positions.on_typing(OTHER, now), "it was not told of");
        assert!(matches!(
            positions.take_steps()[..],
            [Step::Ask(Question::Entry { peer: OTHER })]
        ));
        positions.on_synced(PEER, 3, false, now);
        assert!(positions.on_typing(PEER, now));
    }
}
