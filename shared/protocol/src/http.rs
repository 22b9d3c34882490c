//! Bodies of the HTTP API.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use ts_rs::TS;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    ConversationEntry, Epoch, ErrorCode, FileId, Message, Position, Seq, UserId, error::Role, frame::Sync,
    rfc3339,
};

/// Response headers that name the snapshot a history page was read from.
pub const CHAT_EPOCH: &str = "chat-epoch";
pub const CHAT_POSITION: &str = "chat-position";

/// `{"data": …}`: every list but history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct List<T> {
    pub data: Vec<T>,
}

/// `GET` and `PUT /api/me/settings`: what others may see of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Settings {
    /// Whether others see that one is online, and when one was last.
    pub presence: bool,
    /// Whether the two of a conversation see how far the other has been delivered and has read: where one
    /// of them hides it, neither does.
    pub receipts: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            presence: true,
            receipts: true,
        }
    }
}

/// `GET /api/chat/search`: a message with what was looked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct FoundMessage {
    #[serde(flatten)]
    pub message: Message,
    /// In order, without overlap.
    pub highlight: Vec<Highlight>,
}

/// From `start` to before `end`, in characters of the text (Unicode scalar values).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Highlight {
    pub start: usize,
    pub end: usize,
}

/// RFC 9457, `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Always `about:blank`: `code` is what programs read.
    pub r#type: String,
    pub title: String,
    /// What to do instead, where there is something to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    #[schema(nullable = false)]
    pub detail: Option<String>,
    pub status: u16,
    pub code: ErrorCode,
    pub retryable: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    #[schema(nullable = false)]
    pub retry_after_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    #[schema(nullable = false)]
    pub field: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    #[schema(nullable = false)]
    pub trace_id: Option<String>,
}

/// `POST /api/chat/sync`: the polling fallback.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct SyncRequest {
    pub epoch: String,
    /// At most [`crate::limits::RESUME_POSITIONS`].
    pub positions: HashMap<String, Position>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct SyncResponse {
    pub epoch: Epoch,
    /// `sync` frames without `ref`, of the changed ones only.
    #[serde(with = "as_frames")]
    #[ts(type = "Array<{ \"type\": \"sync\" } & Sync>")]
    pub syncs: Vec<Sync>,
    /// Entries that are new, or whose marks or access changed.
    pub conversations: Vec<ConversationEntry>,
}

/// `POST /api/chat/marks`: answers the conversation's entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MarksRequest {
    #[schema(pattern = "^conversation:[0-9a-f-]{36}:[0-9a-f-]{36}$")]
    pub conversation_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub delivered_seq: Option<Seq>,
    /// Raises delivered too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub read_seq: Option<Seq>,
}

/// A page over HTTP says its `type`, as it does on the socket.
mod as_frames {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::frame::{ServerFrame, Sync};

    pub fn serialize<S: Serializer>(syncs: &[Sync], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(syncs.iter().map(|sync| ServerFrame::Sync(sync.clone())))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Sync>, D::Error> {
        Vec::deserialize(deserializer)
    }
}

/// A person with an address: what a trainer sees of clients and a client of trainers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Contact {
    #[serde(rename = "userID")]
    pub user_id: UserId,
    pub name: String,
    pub email: String,
    pub role: Role,
}

/// A person's name: `GET /api/people`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Person {
    #[serde(rename = "userID")]
    pub user_id: UserId,
    pub name: String,
    pub role: Role,
}

/// `PUT /api/directory/users/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct DirectoryUser {
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    #[schema(min_length = 3, max_length = 320)]
    pub email: String,
    /// Never `Platform`: a service is not in the directory.
    #[schema(schema_with = conversing_role)]
    pub role: Role,
    /// A lower one than the stored is ignored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub version: Option<i64>,
}

/// The roles of people.
fn conversing_role() -> utoipa::openapi::schema::Object {
    utoipa::openapi::ObjectBuilder::new()
        .schema_type(utoipa::openapi::schema::Type::String)
        .enum_values(Some([Role::Trainer.as_str(), Role::User.as_str()]))
        .build()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum BookingStatus {
    Active,
    Completed,
    Cancelled,
}

/// `PUT /api/directory/bookings/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryBooking {
    pub trainer_id: UserId,
    pub client_id: UserId,
    pub status: BookingStatus,
    #[serde(with = "rfc3339")]
    #[ts(type = "string")]
    pub starts_at: OffsetDateTime,
    #[serde(with = "rfc3339")]
    #[ts(type = "string")]
    pub ends_at: OffsetDateTime,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub version: Option<i64>,
}

/// A line of `POST /api/directory/import`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ImportLine {
    User {
        id: UserId,
        #[serde(flatten)]
        user: DirectoryUser,
    },
    Booking {
        id: Uuid,
        #[serde(flatten)]
        booking: DirectoryBooking,
    },
}

/// A line of the answer to `POST /api/directory/import`: one for each line that was refused, and at
/// last how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ImportReport {
    /// Nothing of this line was kept.
    Refused {
        /// Counted from 1.
        line: u64,
        code: ErrorCode,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        field: Option<String>,
        message: String,
    },
    /// Every line was read.
    Done { lines: u64, accepted: u64, refused: u64 },
    /// Lines from this one on were not kept: send them again, later for a code that is retryable.
    Stopped {
        line: u64,
        code: ErrorCode,
        message: String,
    },
}

/// `POST /api/files/upload`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Uploaded {
    pub url: String,
    pub id: FileId,
    pub content_type: String,
    pub size: u64,
    #[schema(required = true)]
    pub width: Option<u32>,
    #[schema(required = true)]
    pub height: Option<u32>,
    #[schema(required = true)]
    pub thumbnail_url: Option<String>,
    #[schema(required = true)]
    pub placeholder: Option<String>,
    /// Of a voice message alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    #[schema(nullable = false)]
    pub duration_ms: Option<u64>,
    /// Of a voice message alone: [`crate::limits::WAVEFORM_POINTS`] levels, the loudest 255.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    #[schema(nullable = false)]
    pub waveform: Option<Vec<u8>>,
}

/// `GET /api/files/{id}`; and what an upload answers that is not ready in a few seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum FileStatus {
    Processing { id: FileId },
    Ready(Uploaded),
    Rejected { id: FileId, code: ErrorCode },
}

/// `POST /api/files/links`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct LinksRequest {
    /// At most [`crate::limits::IDS`].
    #[schema(value_type = Vec<FileId>, max_items = 100)]
    pub ids: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileLinks {
    pub id: FileId,
    pub url: String,
    #[schema(required = true)]
    pub thumbnail_url: Option<String>,
}
