//! A conversation while a batch holds its lock: the head, who may write, and the rows the batch needs.
//! Changes are applied here, in memory; what came of them is written afterwards in few statements.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use protocol::{ConversationId, MessageId, Position, Seq, error::Role, internal::AccessVersion};
use time::OffsetDateTime;

use crate::{
    access::{Reason, Standing},
    row::Row,
    search::digest::STEP,
};

/// The locked row of `chat.conversation`.
#[derive(Debug, Clone)]
pub struct Conversation {
    pub id: i64,
    pub people: ConversationId,
    pub head: Position,
    pub standing: Standing,
    pub access_version: AccessVersion,
    pub last_activity_at: OffsetDateTime,
}

#[derive(Debug)]
pub struct Thread {
    pub conversation: Conversation,
    /// As it was when the lock was taken.
    before: Conversation,
    rows: BTreeMap<Seq, Row>,
    by_id: HashMap<MessageId, Seq>,
    /// Created by this batch.
    added: BTreeSet<Seq>,
    /// Existed before and changed by this batch.
    changed: BTreeSet<Seq>,
    /// Deleted by this batch, with the files they carried.
    released: Vec<MessageId>,
}

/// Whose right to write changed, or the reason why they may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessChange {
    pub role: Role,
    /// Why not; `None` for a person who may.
    pub reason: Option<Reason>,
    /// Of the conversation, after the change.
    pub version: AccessVersion,
}

impl Thread {
    pub fn new(conversation: Conversation) -> Self {
        Self {
            before: conversation.clone(),
            conversation,
            rows: BTreeMap::new(),
            by_id: HashMap::new(),
            added: BTreeSet::new(),
            changed: BTreeSet::new(),
            released: Vec::new(),
        }
    }

    /// Takes in a row that is stored.
    pub fn load(&mut self, row: Row) {
        self.by_id.insert(row.id, row.seq);
        self.rows.insert(row.seq, row);
    }

    pub fn row(&self, seq: Seq) -> Option<&Row> {
        self.rows.get(&seq)
    }

    pub fn by_id(&self, id: MessageId) -> Option<&Row> {
        self.rows.get(self.by_id.get(&id)?)
    }

    /// Adds a message under the next number.
    pub fn add(&mut self, row: impl FnOnce(Position) -> Row) -> &Row {
        let seq = self.next();
        let row = row(seq);
        self.added.insert(seq);
        self.by_id.insert(row.id, seq);
        self.rows.entry(seq).insert_entry(row).into_mut()
    }

    /// Changes a message that is there, under the next number.
    pub fn change(&mut self, seq: Seq, change: impl FnOnce(&mut Row)) -> Option<&Row> {
        if !self.rows.contains_key(&seq) {
            return None;
        }
        let position = self.next();
        if !self.added.contains(&seq) {
            self.changed.insert(seq);
        }
        let row = self.rows.get_mut(&seq)?;
        change(row);
        row.position = position;
        Some(row)
    }

    /// Notes that a message lets its files go: their owner learns of it.
    pub fn release(&mut self, id: MessageId) {
        self.released.push(id);
    }

    pub fn released(&self) -> &[MessageId] {
        &self.released
    }

    fn next(&mut self) -> Position {
        self.conversation.head += 1;
        self.conversation.head
    }

    pub fn added(&self) -> impl Iterator<Item = &Row> {
        self.added.iter().filter_map(|seq| self.rows.get(seq))
    }

    pub fn changed(&self) -> impl Iterator<Item = &Row> {
        self.changed.iter().filter_map(|seq| self.rows.get(seq))
    }

    pub fn is_touched(&self) -> bool {
        self.conversation.head != self.before.head
    }

    /// The batch has come a step further, or changed a text: search has something to digest.
    pub fn is_to_digest(&self) -> bool {
        let step = |head: Position| (head + 1) / STEP;
        step(self.conversation.head) != step(self.before.head)
            || self
                .changed()
                .any(|row| row.edited_at.is_some() || row.deleted_at.is_some())
    }

    /// The client's first message ever: the roster learns of it.
    pub fn is_contact(&self) -> bool {
        self.conversation.standing.client_wrote && !self.before.standing.client_wrote
    }

    /// Whose right to write this batch changed.
    pub fn access_changes(&self) -> Vec<AccessChange> {
        self.before.access_changes(self.conversation.standing)
    }
}

impl Conversation {
    /// Whose right to write another standing changes.
    pub fn access_changes(&self, after: Standing) -> Vec<AccessChange> {
        [Role::Trainer, Role::User]
            .into_iter()
            .filter(|role| self.standing.reason(*role) != after.reason(*role))
            .map(|role| self.access(role, after))
            .collect()
    }

    /// What the next version says of one side.
    pub fn access(&self, role: Role, after: Standing) -> AccessChange {
        AccessChange {
            role,
            reason: after.reason(role),
            version: self.access_version.wrapping_add(1),
        }
    }
}
