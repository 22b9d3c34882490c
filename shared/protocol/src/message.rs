//! What people see: messages, attachments, and a conversation's line in the list.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{ConversationId, FileId, MessageId, Position, Seq, UserId, limits, rfc3339};

/// One message in its latest state. Absent values are `null`, so that a row always has the same keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    pub id: MessageId,
    pub conversation_id: ConversationId,
    pub seq: Seq,
    /// Of the row's latest change; a row never replaces one with a higher position.
    pub position: Position,
    pub sender_id: UserId,
    #[schema(required = true)]
    pub text: Option<String>,
    #[serde(default)]
    #[schema(required = true)]
    pub attachments: Vec<Attachment>,
    #[schema(required = true)]
    pub reply_to: Option<Seq>,
    #[serde(default)]
    #[schema(required = true)]
    pub reactions: Vec<Reaction>,
    #[serde(with = "rfc3339")]
    #[ts(type = "string")]
    pub sent_at: OffsetDateTime,
    #[serde(with = "rfc3339::option", default)]
    #[ts(type = "string | null")]
    #[schema(required = true)]
    pub edited_at: Option<OffsetDateTime>,
    #[serde(with = "rfc3339::option", default)]
    #[ts(type = "string | null")]
    #[schema(required = true)]
    pub deleted_at: Option<OffsetDateTime>,
}

/// A file of a message. Links expire at the end of the next full hour.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    pub id: FileId,
    /// Absent only in previews.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    #[schema(nullable = false)]
    pub url: Option<String>,
    pub content_type: String,
    /// Bytes.
    pub size: u64,
    #[schema(required = true)]
    pub name: Option<String>,
    #[schema(required = true)]
    pub width: Option<u32>,
    #[schema(required = true)]
    pub height: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    #[schema(nullable = false)]
    pub thumbnail_url: Option<String>,
    /// Thumbhash, base64.
    #[schema(required = true)]
    pub placeholder: Option<String>,
    #[schema(required = true)]
    pub duration_ms: Option<u64>,
    /// [`limits::WAVEFORM_POINTS`] levels, the loudest 255.
    #[schema(required = true)]
    pub waveform: Option<Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reaction {
    pub emoji: String,
    pub user_ids: Vec<UserId>,
}

/// A conversation's line in the list, as one of its two people sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversationEntry {
    pub conversation_id: ConversationId,
    pub peer_id: UserId,
    /// The conversation's head.
    pub position: Position,
    /// A preview: text cut to [`limits::PREVIEW_CHARS`], attachments without links.
    #[schema(required = true)]
    pub last_message: Option<Message>,
    /// Undeleted messages of the peer after `read_seq`, counted up to [`limits::UNREAD`].
    pub unread: u64,
    pub read_seq: Seq,
    pub delivered_seq: Seq,
    pub peer_read_seq: Seq,
    pub peer_delivered_seq: Seq,
    pub can_send: bool,
}

/// Cuts a message to a preview.
pub struct Preview;

impl Preview {
    pub fn of(mut message: Message) -> Message {
        if let Some(text) = &mut message.text
            && let Some((end, _)) = text.char_indices().nth(limits::PREVIEW_CHARS)
        {
            text.truncate(end);
        }
        for attachment in &mut message.attachments {
            attachment.url = None;
            attachment.thumbnail_url = None;
        }
        message
    }
}
