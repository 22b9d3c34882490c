//! What is true for a moment and never stored: who is writing, who is here.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use protocol::{ConversationId, UserId};
use time::OffsetDateTime;

/// Whether somebody is here, as the server last said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presence {
    pub online: bool,
    pub last_seen_at: Option<OffsetDateTime>,
}

#[derive(Debug, Default)]
pub(super) struct Life {
    typing: BTreeMap<ConversationId, Instant>,
    presence: BTreeMap<UserId, Presence>,
    /// Whom the person looks at: told to every new socket.
    watched: Vec<UserId>,
    is_told: bool,
}

impl Life {
    pub(super) fn typing(&self, conversation: ConversationId) -> Option<Instant> {
        self.typing.get(&conversation).copied()
    }

    pub(super) fn presence(&self, user: UserId) -> Option<Presence> {
        self.presence.get(&user).copied()
    }

    pub(super) fn types(&mut self, conversation: ConversationId, ttl_ms: u64, now: Instant) {
        let until = now + Duration::from_millis(ttl_ms);
        self.typing.insert(conversation, until);
    }

    /// What was being written has come.
    pub(super) fn wrote(&mut self, conversation: ConversationId) {
        self.typing.remove(&conversation);
    }

    pub(super) fn is_here(&mut self, user: UserId, presence: Presence) {
        self.presence.insert(user, presence);
    }

    pub(super) fn watch(&mut self, users: Vec<UserId>) {
        self.presence.retain(|user, _| users.contains(user));
        self.watched = users;
        self.is_told = false;
    }

    /// A new socket knows of nobody who is watched.
    pub(super) fn recall(&mut self) {
        self.is_told = self.watched.is_empty();
        self.typing.clear();
    }

    /// The list, when the socket does not have it.
    pub(super) fn depart(&mut self) -> Option<Vec<String>> {
        let is_due = !std::mem::replace(&mut self.is_told, true);
        is_due.then(|| self.watched.iter().map(ToString::to_string).collect())
    }
}
