//! A device's copy of one conversation, and the one rule by which it moves.

use std::collections::BTreeMap;

use protocol::{Message, Position, Seq, frame::Sync};

use crate::{Digest, http::History};

/// Rows in their latest state, up to a position without holes.
#[derive(Debug, Clone, Default)]
pub struct Thread {
    /// Everything up to here is applied. `None`: there is no base yet, the newest history must be loaded.
    position: Option<Position>,
    /// The highest position heard of.
    head: Position,
    rows: BTreeMap<Seq, Message>,
}

/// What became of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Applied(Vec<Digest>),
    /// Nothing in it was unknown.
    Stale,
    /// It lies beyond a hole: not applied.
    Hole,
}

/// What the copy lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    Nothing,
    /// The newest history page.
    Base,
    /// The changes after this position.
    After(Position),
}

impl Thread {
    pub fn position(&self) -> Position {
        self.position.unwrap_or(0)
    }

    pub fn has_base(&self) -> bool {
        self.position.is_some()
    }

    pub fn rows(&self) -> impl Iterator<Item = &Message> {
        self.rows.values()
    }

    pub fn lacks(&self) -> Lack {
        match self.position {
            None => Lack::Base,
            Some(position) if self.head > position => Lack::After(position),
            Some(_) => Lack::Nothing,
        }
    }

    /// Learns how far the conversation goes. An empty one needs no base.
    pub fn hear_of(&mut self, head: Position) {
        self.head = self.head.max(head);
        if self.head == 0 && self.position.is_none() {
            self.position = Some(0);
        }
    }

    /// A `message` frame: applied only right after what is there.
    pub fn live(&mut self, position: Position, row: Message) -> Verdict {
        self.head = self.head.max(position);
        match self.position {
            Some(last) if position <= last => Verdict::Stale,
            Some(last) if position == last + 1 => {
                let digest = Digest::from(&row);
                self.put(row);
                self.position = Some(position);
                Verdict::Applied(vec![digest])
            }
            _ => Verdict::Hole,
        }
    }

    /// A `sync` page: jumps to its `to`.
    pub fn page(&mut self, page: Sync) -> Verdict {
        self.head = self.head.max(page.to);
        match self.position {
            Some(last) if page.from > last => Verdict::Hole,
            Some(last) if page.to > last => {
                self.position = Some(page.to);
                Verdict::Applied(self.put_all(page.messages))
            }
            Some(_) => Verdict::Stale,
            None => Verdict::Hole,
        }
    }

    /// The newest history: the base of everything that follows.
    pub fn load(&mut self, history: History) -> Verdict {
        if self.position.is_some_and(|last| last >= history.position) {
            return Verdict::Stale;
        }
        self.position = Some(history.position);
        self.head = self.head.max(history.position);
        Verdict::Applied(self.put_all(history.rows))
    }

    /// Forgets everything: the log is another one, or too far ahead.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    fn put_all(&mut self, rows: Vec<Message>) -> Vec<Digest> {
        let digests = rows.iter().map(Digest::from).collect();
        for row in rows {
            self.put(row);
        }
        digests
    }

    /// A row never replaces one with a higher position.
    fn put(&mut self, row: Message) {
        if self
            .rows
            .get(&row.seq)
            .is_none_or(|old| old.position <= row.position)
        {
            self.rows.insert(row.seq, row);
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::{ConversationId, MessageId, UserId};
    use time::OffsetDateTime;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_row_never_replaces_one_with_a_higher_position() {
        let (first, edited) = (row(1, 1, "first"), row(1, 2, "edited"));
        let mut thread = Thread::default();
        thread.hear_of(0);
        thread.live(1, first.clone());
        thread.live(2, edited);

        let page = Sync {
            r#ref: None,
            conversation_id: conversation(),
            from: 0,
            to: 3,
            messages: vec![first, row(3, 3, "second")],
            more: false,
            reset: None,
        };
        thread.page(page);

        let texts: Vec<_> = thread.rows().filter_map(|row| row.text.as_deref()).collect();
        assert_eq!(texts, ["edited", "second"]);
        assert_eq!(thread.position(), 3);
    }

    #[test]
    fn nothing_beyond_a_hole_is_applied() {
        let mut thread = Thread::default();
        thread.hear_of(0);

        assert_eq!(thread.live(2, row(2, 2, "second")), Verdict::Hole);

        assert_eq!(thread.lacks(), Lack::After(0));
        assert_eq!(thread.rows().count(), 0);
    }

    fn row(seq: Seq, position: Position, text: &str) -> Message {
        Message {
            id: MessageId::generate(),
            conversation_id: conversation(),
            seq,
            position,
            sender_id: UserId(Uuid::nil()),
            text: Some(text.to_owned()),
            attachments: Vec::new(),
            reply_to: None,
            reactions: Vec::new(),
            sent_at: OffsetDateTime::UNIX_EPOCH,
            edited_at: None,
            deleted_at: None,
        }
    }

    fn conversation() -> ConversationId {
        ConversationId::new(UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)))
    }
}
