//! What people and tests look at.

use std::{collections::BTreeSet, time::Instant};

use protocol::{ConversationEntry, ConversationId, Epoch, MessageId, UserId};

use super::{Answer, Link, Outbox, Recorded, State, Thread};
use crate::device::life::Presence;

impl State {
    pub fn link(&self) -> &Link {
        &self.link
    }

    pub fn is_synced(&self) -> bool {
        self.synced && self.link.is_welcomed() && self.fetches.is_empty()
    }

    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// The server has every mark of this device's person.
    pub fn is_marked(&self) -> bool {
        self.marking.is_settled()
    }

    pub fn epoch(&self) -> Option<Epoch> {
        self.epoch
    }

    /// The copy of one conversation, if the device has heard of it.
    pub fn copy(&self, conversation: ConversationId) -> Option<&Thread> {
        self.threads.get(&conversation)
    }

    pub fn conversations(&self) -> BTreeSet<ConversationId> {
        self.threads.keys().copied().collect()
    }

    pub fn entry(&self, conversation: ConversationId) -> Option<&ConversationEntry> {
        self.entries.get(&conversation)
    }

    pub fn answer(&self, key: MessageId) -> Option<&Answer> {
        self.answers.get(&key)
    }

    pub fn record(&self) -> &[Recorded] {
        &self.record
    }

    /// Until when the other person is shown as writing, if they were not long silent.
    pub fn typing(&self, conversation: ConversationId) -> Option<Instant> {
        self.life.typing(conversation)
    }

    /// Whether somebody who is watched is here, once the server has said so.
    pub fn presence(&self, user: UserId) -> Option<Presence> {
        self.life.presence(user)
    }

    /// How often the server said that the token is about to expire.
    pub fn expiring(&self) -> u32 {
        self.expiring
    }
}
