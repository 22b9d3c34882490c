//! A row in short, so that what a device holds can be compared with what the database holds.

use protocol::{FileId, Message, MessageId, Position, Reaction, Seq, UserId};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

/// `(id, seq, position, hash of row)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Digest {
    pub seq: Seq,
    pub id: MessageId,
    pub position: Position,
    /// Of everything people see of the row but links.
    pub hash: u64,
}

/// What a row says, wherever it was read from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Content {
    pub sender: UserId,
    pub text: Option<String>,
    pub attachments: Vec<FileId>,
    pub reply_to: Option<Seq>,
    pub reactions: Vec<Reaction>,
    pub sent_at: OffsetDateTime,
    pub edited_at: Option<OffsetDateTime>,
    pub deleted_at: Option<OffsetDateTime>,
}

impl Digest {
    pub fn new(id: MessageId, seq: Seq, position: Position, content: &Content) -> Self {
        Self {
            seq,
            id,
            position,
            hash: content.hash(),
        }
    }
}

impl From<&Message> for Digest {
    fn from(row: &Message) -> Self {
        let content = Content {
            sender: row.sender_id,
            text: row.text.clone(),
            attachments: row.attachments.iter().map(|file| file.id).collect(),
            reply_to: row.reply_to,
            reactions: row.reactions.clone(),
            sent_at: row.sent_at,
            edited_at: row.edited_at,
            deleted_at: row.deleted_at,
        };
        Self::new(row.id, row.seq, row.position, &content)
    }
}

impl Content {
    fn hash(&self) -> u64 {
        let millis = |time: OffsetDateTime| time.unix_timestamp_nanos() / 1_000_000;
        let canonical = format!(
            "{}\n{:?}\n{:?}\n{:?}\n{:?}\n{}\n{:?}\n{:?}",
            self.sender,
            self.text,
            self.attachments,
            self.reply_to,
            self.reactions,
            millis(self.sent_at),
            self.edited_at.map(millis),
            self.deleted_at.map(millis),
        );
        let bytes: [u8; 32] = Sha256::digest(canonical.as_bytes()).into();
        bytes
            .iter()
            .take(8)
            .fold(0, |hash, byte| (hash << 8) | u64::from(*byte))
    }
}
