//! How far people have been delivered and have read: numbers that only grow.

use serde::{Deserialize, Serialize};

use crate::{ConversationId, Seq, UserId, error::Role};

/// `history.mark` → `Reply<()>`, once the marks are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkRequest {
    pub user: UserId,
    pub role: Role,
    /// Canonical, and the user is one of its people.
    pub conversation: ConversationId,
    pub marks: Marks,
}

/// Up to where somebody has been delivered and has read. What is read was delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Marks {
    delivered: Seq,
    read: Seq,
}

impl Marks {
    /// Reading raises delivered too.
    pub fn new(delivered: Seq, read: Seq) -> Self {
        Self {
            delivered: delivered.max(read),
            read,
        }
    }

    pub fn delivered(self) -> Seq {
        self.delivered
    }

    pub fn read(self) -> Seq {
        self.read
    }

    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            delivered: self.delivered.max(other.delivered),
            read: self.read.max(other.read),
        }
    }

    /// Never beyond `end`.
    #[must_use]
    pub fn within(self, end: Seq) -> Self {
        Self {
            delivered: self.delivered.min(end),
            read: self.read.min(end),
        }
    }

    /// Whether either lies further here than there.
    pub fn is_beyond(self, other: Self) -> bool {
        self.delivered > other.delivered || self.read > other.read
    }

    /// What [`Marked`] holds for one side.
    pub fn sum(self) -> u64 {
        self.delivered.wrapping_add(self.read)
    }
}

/// How far the marks of the two people of a conversation stand, each as the sum of its delivered and its
/// read. Both only grow, so of two states of one side the one with the higher sum is the later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Marked {
    pub mine: u64,
    pub theirs: u64,
}

impl Marked {
    pub fn total(self) -> u64 {
        self.mine.wrapping_add(self.theirs)
    }

    /// Whether either side stands further here than there.
    pub fn is_beyond(self, other: Self) -> bool {
        self.mine > other.mine || self.theirs > other.theirs
    }

    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            mine: self.mine.max(other.mine),
            theirs: self.theirs.max(other.theirs),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_delivers_and_neither_goes_back_or_beyond_the_end() {
        let read = Marks::new(2, 5);
        assert_eq!((read.delivered(), read.read()), (5, 5));

        let later = read.max(Marks::new(7, 1));
        assert_eq!((later.delivered(), later.read()), (7, 5));

        let clamped = later.within(4);
        assert_eq!((clamped.delivered(), clamped.read()), (4, 4));
    }
}
