//! A change of a conversation, as gateways put it to the log.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::{ConversationId, Emoji, FileId, MessageId, MessageText, Position, Seq, UserId, error::Role};

/// `history.append` (a `Send`) and `history.change` (the others) → `Reply<frame::Ack>`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    pub actor: UserId,
    pub role: Role,
    /// Canonical, and the actor is one of its people.
    pub conversation: ConversationId,
    pub action: Action,
    /// When the gateway took it, Unix time in microseconds: for the figure of how long a delivery took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
}

impl Change {
    /// The same, taken by the sender's door at this time.
    #[must_use]
    pub fn taken(self, at: SystemTime) -> Self {
        let since = at.duration_since(UNIX_EPOCH).ok();
        Self {
            since: since.and_then(|since| u64::try_from(since.as_micros()).ok()),
            ..self
        }
    }

    /// The message that a `send` makes.
    pub fn message(&self) -> Option<MessageId> {
        match self.action {
            Action::Send { id, .. } => Some(id),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Action {
    Send {
        id: MessageId,
        text: Option<MessageText>,
        attachments: Vec<FileId>,
        reply_to: Option<Seq>,
    },
    Edit {
        seq: Seq,
        text: MessageText,
        if_position: Option<Position>,
    },
    Delete {
        seq: Seq,
    },
    React {
        seq: Seq,
        emoji: Emoji,
        on: bool,
    },
}
