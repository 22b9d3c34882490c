//! A message's row: what the database holds, and how people see it.

use links::Links;
use protocol::{
    Attachment, ConversationId, Message, MessageId, Position, Preview, Reaction, Seq, UserId,
    file::{AttachedFile, Variant},
};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

/// One message in its latest state, without the links that are signed when it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub id: MessageId,
    pub seq: Seq,
    pub position: Position,
    pub sender: UserId,
    pub text: Option<String>,
    pub attachments: Vec<AttachedFile>,
    pub reply_to: Option<Seq>,
    pub reactions: Vec<Reaction>,
    /// Keyed hash of what was sent first; `None` after deletion.
    pub content_hash: Option<Vec<u8>>,
    pub sent_at: OffsetDateTime,
    pub edited_at: Option<OffsetDateTime>,
    pub deleted_at: Option<OffsetDateTime>,
}

impl Row {
    /// The message as people see it; its links live until the end of the hour after `now`.
    pub fn show(self, conversation: ConversationId, links: &Links, now: OffsetDateTime) -> Message {
        self.into_message(conversation, |file| sign(file, links, now))
    }

    /// The message cut to what a list shows, without links.
    pub fn preview(self, conversation: ConversationId) -> Message {
        Preview::of(self.into_message(conversation, |file| file.with_links(None, None)))
    }

    fn into_message(
        self,
        conversation: ConversationId,
        attachment: impl Fn(AttachedFile) -> Attachment,
    ) -> Message {
        let attachments = self.attachments.into_iter().map(attachment).collect();
        Message {
            id: self.id,
            conversation_id: conversation,
            seq: self.seq,
            position: self.position,
            sender_id: self.sender,
            text: self.text,
            attachments,
            reply_to: self.reply_to,
            reactions: self.reactions,
            sent_at: self.sent_at,
            edited_at: self.edited_at,
            deleted_at: self.deleted_at,
        }
    }
}

fn sign(file: AttachedFile, links: &Links, now: OffsetDateTime) -> Attachment {
    let url = links.sign(file.id, Variant::Full, now);
    let thumbnail = file
        .content_type
        .starts_with("image/")
        .then(|| links.sign(file.id, Variant::Thumb, now));
    file.with_links(Some(url), thumbnail)
}

/// The columns of `chat.message`, as a query reads them.
pub struct Stored {
    pub seq: i64,
    pub position: i64,
    pub id: Uuid,
    pub sender: Uuid,
    pub text: Option<String>,
    pub attachments: Option<Json<Vec<AttachedFile>>>,
    pub reply_to: Option<i64>,
    pub reactions: Option<Json<Vec<Reaction>>>,
    pub content_hash: Option<Vec<u8>>,
    pub sent_at: OffsetDateTime,
    pub edited_at: Option<OffsetDateTime>,
    pub deleted_at: Option<OffsetDateTime>,
}

impl TryFrom<Stored> for Row {
    type Error = sqlx::Error;

    fn try_from(stored: Stored) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: MessageId::parse(stored.id).map_err(|error| sqlx::Error::Decode(error.into()))?,
            seq: stored.seq.cast_unsigned(),
            position: stored.position.cast_unsigned(),
            sender: UserId(stored.sender),
            text: stored.text,
            attachments: stored.attachments.map(|json| json.0).unwrap_or_default(),
            reply_to: stored.reply_to.map(i64::cast_unsigned),
            reactions: stored.reactions.map(|json| json.0).unwrap_or_default(),
            content_hash: stored.content_hash,
            sent_at: stored.sent_at,
            edited_at: stored.edited_at,
            deleted_at: stored.deleted_at,
        })
    }
}
