//! What a stretch of the roster's list leaves true of each pair.

use std::collections::BTreeMap;

use protocol::{ConversationId, UserId, error::Role, internal::RosterChange};

use crate::access::Standing;

/// What is heard of one pair; what is not mentioned stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct News {
    related: Option<bool>,
    /// A booking joined them at some time of the stretch.
    was_related: bool,
    trainer_blocks: Option<bool>,
    client_blocks: Option<bool>,
}

/// Everything heard, by pair.
pub type Heard = BTreeMap<ConversationId, News>;

/// Takes in the next changes of the list.
pub fn hear<'a>(heard: &mut Heard, changes: impl IntoIterator<Item = &'a RosterChange>) {
    for change in changes {
        match *change {
            RosterChange::Relation {
                trainer,
                client,
                active,
            } => {
                if let Some(news) = of(heard, trainer, client) {
                    news.related = Some(active);
                    news.was_related |= active;
                }
            }
            RosterChange::Block {
                trainer,
                client,
                by,
                on,
            } => {
                if let Some(news) = of(heard, trainer, client) {
                    news.blocks(by, on);
                }
            }
            RosterChange::Revocation { .. }
            | RosterChange::Erasure { .. }
            | RosterChange::Settings { .. } => {}
        }
    }
}

/// `None` for somebody who would be the other side of themselves.
fn of(heard: &mut Heard, trainer: UserId, client: UserId) -> Option<&mut News> {
    (trainer != client).then(|| heard.entry(ConversationId::new(trainer, client)).or_default())
}

impl News {
    fn blocks(&mut self, by: Role, on: bool) {
        match by {
            Role::Trainer => self.trainer_blocks = Some(on),
            Role::User => self.client_blocks = Some(on),
            Role::Platform => {}
        }
    }

    /// Says also what was not heard: no booking, no block.
    pub fn complete(&mut self) {
        for said in [
            &mut self.related,
            &mut self.trainer_blocks,
            &mut self.client_blocks,
        ] {
            said.get_or_insert(false);
        }
    }

    /// Whether the pair needs a conversation: to talk in, or for a block to stand in.
    pub fn opens(self) -> bool {
        self.was_related || self.trainer_blocks == Some(true) || self.client_blocks == Some(true)
    }

    pub fn apply(self, standing: &mut Standing) {
        if self.was_related {
            standing.relate(true);
        }
        if let Some(active) = self.related {
            standing.relate(active);
        }
        for (by, on) in [
            (Role::Trainer, self.trainer_blocks),
            (Role::User, self.client_blocks),
        ] {
            if let Some(on) = on {
                standing.block(by, on);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const TOM: UserId = UserId(Uuid::from_u128(1));
    const ANNA: UserId = UserId(Uuid::from_u128(2));

    fn relation(active: bool) -> RosterChange {
        RosterChange::Relation {
            trainer: TOM,
            client: ANNA,
            active,
        }
    }

    fn block(by: Role, on: bool) -> RosterChange {
        RosterChange::Block {
            trainer: TOM,
            client: ANNA,
            by,
            on,
        }
    }

    /// Whatever stands on one page and whatever on the next, the end is the same.
    #[test]
    fn pages_may_end_anywhere() {
        let list = [
            relation(true),
            block(Role::User, true),
            relation(false),
            block(Role::Trainer, true),
            block(Role::User, false),
        ];
        let mut ends = Vec::new();
        for split in 0..=list.len() {
            let mut standing = Standing::default();
            for page in [&list[..split], &list[split..]] {
                let mut heard = Heard::new();
                hear(&mut heard, page);
                for news in heard.values() {
                    news.apply(&mut standing);
                }
            }
            ends.push(standing);
        }

        assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
        assert!(ends[0].answered && ends[0].trainer_blocks && !ends[0].client_blocks && !ends[0].related);
    }

    #[test]
    fn nobody_is_the_other_side_of_themselves() {
        let mut heard = Heard::new();

        hear(
            &mut heard,
            &[RosterChange::Relation {
                trainer: TOM,
                client: TOM,
                active: true,
            }],
        );

        assert!(heard.is_empty());
    }
}
