//! What a person did besides writing, and whether the log still says so.

use std::collections::BTreeMap;

use client::device::{Answer, State};
use protocol::{Message, MessageId, Seq, UserId};

/// A change of a message that is there.
#[derive(Debug, Clone)]
pub struct Deed {
    pub seq: Seq,
    /// Names the answer.
    pub key: MessageId,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    Edit(String),
    Delete,
    React(&'static str, bool),
}

/// Everything one person did with one device, in order.
#[derive(Debug, Default)]
pub struct Deeds {
    done: Vec<Deed>,
    read: Seq,
    reads: usize,
}

/// How many of each were acknowledged.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    pub edits: usize,
    pub deletes: usize,
    pub reactions: usize,
    pub marks: usize,
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.edits += other.edits;
        self.deletes += other.deletes;
        self.reactions += other.reactions;
        self.marks += other.marks;
    }
}

impl Deeds {
    pub fn note(&mut self, deed: Deed) {
        self.done.push(deed);
    }

    /// The person has read up to here.
    pub fn reads(&mut self, seq: Seq) {
        self.reads += usize::from(seq > self.read);
        self.read = seq.max(self.read);
    }

    pub fn count(&self, state: &State) -> Count {
        let mut count = Count {
            marks: self.reads,
            ..Count::default()
        };
        for deed in self.acknowledged(state) {
            match deed.what {
                What::Edit(_) => count.edits += 1,
                What::Delete => count.deletes += 1,
                What::React(..) => count.reactions += 1,
            }
        }
        count
    }

    /// The messages of which an acknowledged edit, deletion or reaction is gone. `rows` are those of the log,
    /// as the device has them when it has everything.
    pub fn undone(
        &self,
        user: UserId,
        state: &State,
        rows: &BTreeMap<Seq, Message>,
    ) -> Vec<(Seq, MessageId)> {
        let mut last: BTreeMap<(Seq, &str), &Deed> = BTreeMap::new();
        for deed in self.acknowledged(state) {
            let subject = match deed.what {
                What::Edit(_) => "text",
                What::Delete => "all of it",
                What::React(emoji, _) => emoji,
            };
            last.insert((deed.seq, subject), deed);
        }
        let undone = last.into_values().filter(|deed| {
            rows.get(&deed.seq)
                .is_none_or(|row| !stands(&deed.what, user, row))
        });
        undone.map(|deed| (deed.seq, deed.key)).collect()
    }

    fn acknowledged(&self, state: &State) -> impl Iterator<Item = &Deed> {
        self.done
            .iter()
            .filter(|deed| matches!(state.answer(deed.key), Some(Answer::Acked(_))))
    }
}

/// Whether a row shows what was done to it last. Nothing is left of a deleted one.
fn stands(what: &What, user: UserId, row: &Message) -> bool {
    if row.deleted_at.is_some() {
        return true;
    }
    match what {
        What::Edit(text) => row.text.as_deref() == Some(text) && row.edited_at.is_some(),
        What::Delete => false,
        What::React(emoji, on) => {
            let reacted =
                |reaction: &protocol::Reaction| reaction.emoji == *emoji && reaction.user_ids.contains(&user);
            row.reactions.iter().any(reacted) == *on
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::{ConversationId, Reaction};
    use time::OffsetDateTime;
    use uuid::Uuid;

    use super::*;

    const ME: UserId = UserId(Uuid::from_u128(1));
    const PEER: UserId = UserId(Uuid::from_u128(2));

    #[test]
    fn an_edit_stands_only_with_its_own_words() {
        let edited = Message {
            text: Some("corrected".to_owned()),
            edited_at: Some(OffsetDateTime::UNIX_EPOCH),
            ..row()
        };

        assert!(stands(&What::Edit("corrected".to_owned()), ME, &edited));
        assert!(!stands(&What::Edit("corrected again".to_owned()), ME, &edited));
        assert!(!stands(&What::Edit("as written".to_owned()), ME, &row()));
    }

    #[test]
    fn a_deletion_stands_only_when_the_message_is_gone_and_takes_the_rest_with_it() {
        let deleted = Message {
            text: None,
            deleted_at: Some(OffsetDateTime::UNIX_EPOCH),
            ..row()
        };

        assert!(!stands(&What::Delete, ME, &row()));
        for what in [What::Delete, What::Edit("x".to_owned()), What::React("💪", true)] {
            assert!(stands(&what, ME, &deleted), "{what:?}");
        }
    }

    #[test]
    fn a_reaction_stands_only_in_its_own_persons_name() {
        let reacted = Message {
            reactions: vec![Reaction {
                emoji: "💪".to_owned(),
                user_ids: vec![ME],
            }],
            ..row()
        };

        assert!(stands(&What::React("💪", true), ME, &reacted));
        assert!(!stands(&What::React("💪", false), ME, &reacted));
        assert!(!stands(&What::React("💪", true), PEER, &reacted));
        assert!(!stands(&What::React("🔥", true), ME, &reacted));
    }

    fn row() -> Message {
        Message {
            id: MessageId::generate(),
            conversation_id: ConversationId::new(ME, PEER),
            seq: 1,
            position: 1,
            sender_id: ME,
            text: Some("as written".to_owned()),
            attachments: Vec::new(),
            reply_to: None,
            reactions: Vec::new(),
            sent_at: OffsetDateTime::UNIX_EPOCH,
            edited_at: None,
            deleted_at: None,
        }
    }
}
