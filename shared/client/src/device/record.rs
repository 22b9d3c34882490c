//! What a device did and saw, in order: the history that the checker reads afterwards.

use protocol::{ConversationId, Epoch, ErrorCode, MessageId, Position, Seq, UserId};

use crate::Digest;

/// How a change travelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    Socket,
    Http,
}

/// One thing that happened to a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A person wrote; sends of one conversation leave in this order.
    Queued {
        conversation: ConversationId,
        id: MessageId,
    },
    /// A send left, for the first time or again.
    Attempted {
        conversation: ConversationId,
        id: MessageId,
        over: Transport,
    },
    Acked {
        conversation: ConversationId,
        id: MessageId,
        seq: Seq,
        position: Position,
        duplicate: bool,
    },
    /// Refused for good.
    Refused {
        conversation: ConversationId,
        id: MessageId,
        code: ErrorCode,
    },
    /// The device learned that a conversation is its own.
    Told {
        conversation: ConversationId,
    },
    /// A `message` frame was applied.
    Live {
        conversation: ConversationId,
        position: Position,
        row: Digest,
    },
    /// A `sync` page was applied: rows with `from < position ≤ to`.
    Page {
        conversation: ConversationId,
        from: Position,
        to: Position,
        rows: Vec<Digest>,
    },
    /// The newest history was loaded: the copy stands at `position`.
    Loaded {
        conversation: ConversationId,
        position: Position,
        rows: Vec<Digest>,
    },
    /// The copy was dropped because the server said `reset`.
    Dropped {
        conversation: ConversationId,
    },
    Mark {
        conversation: ConversationId,
        user: UserId,
        delivered: Seq,
        read: Seq,
    },
    Welcomed {
        epoch: Epoch,
    },
    /// A socket ended; `None` when it was cut.
    Closed {
        code: Option<u16>,
    },
}
