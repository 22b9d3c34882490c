//! What a socket was told of marks: never an older state after a newer, and nothing it has missed.

use std::time::Instant;

use protocol::{UserId, internal::Head, marks::Marked};

use super::Positions;

impl Positions {
    /// The marks of one side have been raised to `told`. Answers whether the `receipt` itself should be
    /// written: not when it is older than what the socket knows, and not before the conversation's entry
    /// and `sync`, which the entry then follows.
    pub fn on_receipt(&mut self, peer: UserId, told: Marked, now: Instant) -> bool {
        if !self.line(peer).told || self.is_catching_up(peer) {
            self.want_entry(peer, now);
            return false;
        }
        let news = told.is_beyond(self.line(peer).marked);
        self.set_marked(peer, told);
        news
    }

    /// Marks of a conversation in which receipts are hidden: they count in the sums, and nothing is written.
    pub fn on_hidden_receipt(&mut self, peer: UserId, told: Marked) {
        if self.knows(peer) {
            self.set_marked(peer, told);
        }
    }

    /// Whether the socket was told of marks that `head` does not know yet.
    pub fn is_beyond(&mut self, head: Head) -> bool {
        let Head(peer, _, _, marked) = head;
        self.line(peer).marked.is_beyond(marked)
    }

    /// The entry that came is older than what the socket knows: it is asked for again.
    pub fn on_stale_entry(&mut self, peer: UserId, now: Instant) {
        self.busy(peer).in_flight = None;
        self.want_entry(peer, now);
    }

    /// Marks only grow.
    pub(super) fn set_marked(&mut self, peer: UserId, marked: Marked) {
        let line = self.line(peer);
        let before = line.marked;
        line.marked = before.max(marked);
        let after = line.marked.total();
        self.sums.marks = self.sums.marks.wrapping_sub(before.total()).wrapping_add(after);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use uuid::Uuid;

    use super::*;
    use crate::positions::{Question, Step};

    const PEER: UserId = UserId(Uuid::from_u128(1));

    fn marked(mine: u64, theirs: u64) -> Marked {
        Marked { mine, theirs }
    }

    fn head(mine: u64, theirs: u64) -> Head {
        Head(PEER, 3, 0, marked(mine, theirs))
    }

    fn asks_for_the_entry(positions: &mut Positions) -> bool {
        matches!(
            positions.take_steps()[..],
            [Step::Ask(Question::Entry { peer: PEER })]
        )
    }

    #[test]
    fn a_receipt_is_written_once_and_never_after_a_later_one() {
        let now = Instant::now();
        let mut positions = Positions::open(&[head(4, 2)], 1, &HashMap::new());

        assert!(positions.on_receipt(PEER, marked(6, 0), now));
        assert!(!positions.on_receipt(PEER, marked(6, 0), now));
        assert!(!positions.on_receipt(PEER, marked(5, 0), now));
        assert!(positions.on_receipt(PEER, marked(0, 3), now));
        assert_eq!(positions.sums().marks, 9);
        assert!(positions.take_steps().is_empty());
    }

    #[test]
    fn a_lost_receipt_is_found_by_the_heads_and_healed_by_the_entry() {
        let now = Instant::now();
        let mut positions = Positions::open(&[head(4, 2)], 1, &HashMap::new());

        // The peer's receipt is lost, a later one of one's own is not.
        assert!(positions.on_receipt(PEER, marked(6, 0), now));
        positions.on_heads(&[head(6, 3)], now);

        assert!(asks_for_the_entry(&mut positions));
        positions.on_entry(head(6, 3), now);
        assert_eq!(positions.sums().marks, 9);
        positions.on_heads(&[head(6, 3)], now);
        assert!(positions.take_steps().is_empty());
    }

    #[test]
    fn an_entry_that_a_receipt_overtook_is_asked_for_again() {
        let now = Instant::now();
        let mut positions = Positions::open(&[head(4, 2)], 1, &HashMap::new());
        positions.on_heads(&[head(5, 2)], now);
        assert!(asks_for_the_entry(&mut positions));

        assert!(positions.on_receipt(PEER, marked(6, 0), now));
        assert!(positions.is_beyond(head(5, 2)));
        positions.on_stale_entry(PEER, now);

        assert!(asks_for_the_entry(&mut positions));
        assert!(!positions.is_beyond(head(6, 2)));
    }

    #[test]
    fn a_hidden_receipt_counts_and_is_never_made_good() {
        let now = Instant::now();
        let mut positions = Positions::open(&[head(4, 2)], 1, &HashMap::new());

        positions.on_hidden_receipt(PEER, marked(0, 5));
        positions.on_hidden_receipt(UserId(Uuid::from_u128(2)), marked(0, 5));
        positions.on_heads(&[head(4, 5)], now);

        assert_eq!(positions.sums().marks, 9);
        assert!(positions.take_steps().is_empty());
    }

    #[test]
    fn of_a_conversation_the_socket_was_not_told_of_the_entry_comes_instead() {
        let now = Instant::now();
        let mut positions = Positions::open(&[head(4, 2)], 0, &HashMap::new());

        assert!(!positions.on_receipt(PEER, marked(6, 0), now));

        assert!(asks_for_the_entry(&mut positions));
    }
}
