//! Marks on their way to chat-history: one question per conversation at a time; what is said meanwhile is
//! merged by max, so that a client which marks every message costs no more than one that marks the last.

use std::collections::BTreeMap;

use protocol::{ConversationId, frame::Ref, marks::Marks};

/// Conversations of one socket whose marks may be on their way.
const CONVERSATIONS: usize = 64;
/// Answers that one socket may wait for.
const REFS: usize = 256;

/// The marks of one socket, by conversation.
#[derive(Debug, Default)]
pub struct Marking {
    /// A conversation is here while marks of it are on their way. A tree, because an idle socket's is empty:
    /// then it is smaller than a table.
    lanes: BTreeMap<ConversationId, Lane>,
    refs: usize,
}

#[derive(Debug, Default)]
struct Lane {
    /// Who waits for the marks that are on their way.
    asked: Vec<Ref>,
    /// What is asked next, and who waits for that.
    next: Option<(Marks, Vec<Ref>)>,
}

/// Where a mark went.
#[derive(Debug, PartialEq, Eq)]
pub enum Entered {
    /// Nothing of its conversation is on its way: ask for these.
    Start(Marks),
    Waits,
    /// Too much waits already.
    Full,
}

impl Marking {
    pub fn enter(&mut self, conversation: ConversationId, marks: Marks, r#ref: Option<Ref>) -> Entered {
        if self.refs + usize::from(r#ref.is_some()) > REFS {
            return Entered::Full;
        }
        if let Some(lane) = self.lanes.get_mut(&conversation) {
            let (waiting, refs) = lane.next.get_or_insert_default();
            *waiting = waiting.max(marks);
            refs.extend(r#ref);
            self.refs += usize::from(r#ref.is_some());
            return Entered::Waits;
        }
        if self.lanes.len() >= CONVERSATIONS {
            return Entered::Full;
        }
        self.refs += usize::from(r#ref.is_some());
        let asked = r#ref.into_iter().collect();
        self.lanes.insert(conversation, Lane { asked, next: None });
        Entered::Start(marks)
    }

    /// An answer has come: who waited for it, and what is asked next.
    pub fn done(&mut self, conversation: ConversationId) -> (Vec<Ref>, Option<Marks>) {
        let Some(lane) = self.lanes.get_mut(&conversation) else {
            return (Vec::new(), None);
        };
        let answered = std::mem::take(&mut lane.asked);
        self.refs -= answered.len();
        let next = lane.next.take().map(|(marks, refs)| {
            lane.asked = refs;
            marks
        });
        if next.is_none() {
            self.lanes.remove(&conversation);
        }
        (answered, next)
    }
}

#[cfg(test)]
mod tests {
    use protocol::UserId;
    use uuid::Uuid;

    use super::*;

    fn conversation(n: u128) -> ConversationId {
        ConversationId::new(UserId(Uuid::from_u128(n)), UserId(Uuid::from_u128(99_999)))
    }

    #[test]
    fn marks_said_while_others_are_on_their_way_become_one() {
        let mut marking = Marking::default();

        let first = Marks::new(1, 0);
        assert_eq!(
            marking.enter(conversation(1), first, Some(1)),
            Entered::Start(first)
        );
        for n in 2..100 {
            let marks = Marks::new(n, n / 2);
            assert_eq!(marking.enter(conversation(1), marks, Some(n)), Entered::Waits);
        }

        assert_eq!(marking.done(conversation(1)), (vec![1], Some(Marks::new(99, 49))));
        assert_eq!(
            marking.done(conversation(1)),
            ((2..100).collect(), None),
            "everyone is answered once"
        );
        assert_eq!(marking.enter(conversation(1), first, None), Entered::Start(first));
    }

    #[test]
    fn what_waits_is_bounded_by_conversations_and_by_refs() {
        let mut marking = Marking::default();
        let marks = Marks::new(1, 1);
        for n in 0..CONVERSATIONS {
            marking.enter(conversation(n as u128), marks, None);
        }
        assert_eq!(marking.enter(conversation(9_999), marks, None), Entered::Full);

        for n in 0..REFS {
            marking.enter(conversation(0), marks, Some(n as u64));
        }
        assert_eq!(marking.enter(conversation(0), marks, Some(1)), Entered::Full);
        assert_eq!(marking.enter(conversation(0), marks, None), Entered::Waits);
    }
}
