//! The socket, `chat.v1`: what clients and the server say to each other.

// Long because the frames of the socket are one list, read side by side with docs/protocol.md.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{
    ConversationEntry, ConversationId, Epoch, ErrorCode, Message, MessageId, Position, Seq, UserId,
    error::Role, ids::SessionId, limits::Limits, rfc3339,
};

/// The WebSocket subprotocol the server selects.
pub const SUBPROTOCOL: &str = "chat.v1";
/// What precedes the token in the second subprotocol a browser offers.
pub const BEARER_SUBPROTOCOL: &str = "bearer.";

/// A number the client chooses; the answer carries it.
pub type Ref = u64;

/// A frame from a client, as it stands on the wire. Ids are strings here: a malformed one is
/// `invalid_field` with its name, while a wrong type is `bad_frame`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ClientFrame {
    Hello(Hello),
    Send(Send),
    Edit {
        r#ref: Ref,
        conversation_id: String,
        seq: Seq,
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        #[schema(nullable = false)]
        if_position: Option<Position>,
    },
    Delete {
        r#ref: Ref,
        conversation_id: String,
        seq: Seq,
    },
    React {
        r#ref: Ref,
        conversation_id: String,
        seq: Seq,
        emoji: String,
        on: bool,
    },
    Delivered {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        #[schema(nullable = false)]
        r#ref: Option<Ref>,
        conversation_id: String,
        seq: Seq,
    },
    Read {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        #[schema(nullable = false)]
        r#ref: Option<Ref>,
        conversation_id: String,
        seq: Seq,
    },
    Typing {
        conversation_id: String,
    },
    Watch {
        r#ref: Ref,
        user_ids: Vec<String>,
    },
    Sync {
        r#ref: Ref,
        conversation_id: String,
        after: Position,
    },
    Auth {
        r#ref: Ref,
        token: String,
    },
    Pong,
}

/// The first frame, within 5 s.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Hello {
    /// Names this client instance (in a browser: this tab). UUID.
    pub device: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    #[schema(nullable = false)]
    pub client: Option<ClientVersion>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    #[schema(nullable = false)]
    pub resume: Option<Resume>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct ClientVersion {
    pub name: String,
    pub version: String,
}

/// Where a device stands: at most 500 conversations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Resume {
    pub epoch: String,
    pub positions: HashMap<String, Position>,
}

/// A message on its way. `POST /api/chat/messages` takes the same body without `ref`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Send {
    pub r#ref: Ref,
    #[serde(flatten)]
    pub body: SendBody,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SendBody {
    #[schema(pattern = "^conversation:[0-9a-f-]{36}:[0-9a-f-]{36}$")]
    pub conversation_id: String,
    /// UUIDv7: the message's id and its idempotency key in that conversation.
    #[schema(value_type = MessageId)]
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    #[schema(max_length = 4000)]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    #[schema(value_type = Option<Vec<crate::FileId>>, max_items = 10)]
    pub attachments: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reply_to: Option<Seq>,
    /// W3C trace context; linked to, never trusted for sampling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub traceparent: Option<String>,
}

/// A frame from the server. Clients ignore types they do not know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ServerFrame {
    Welcome(Box<Welcome>),
    Ack {
        r#ref: Ref,
        #[serde(flatten)]
        ack: Ack,
    },
    Message {
        conversation_id: ConversationId,
        position: Position,
        message: Message,
    },
    Sync(Sync),
    Synced,
    Conversation(ConversationEntry),
    Receipt {
        conversation_id: ConversationId,
        user_id: UserId,
        delivered_seq: Seq,
        read_seq: Seq,
        unread: u64,
    },
    Typing {
        conversation_id: ConversationId,
        user_id: UserId,
        ttl_ms: u64,
    },
    Presence {
        user_id: UserId,
        online: bool,
        #[serde(with = "rfc3339::option", default, skip_serializing_if = "Option::is_none")]
        #[ts(optional, type = "string")]
        #[schema(nullable = false)]
        last_seen_at: Option<OffsetDateTime>,
    },
    Status {
        live: bool,
    },
    Ping,
    AuthExpiring {
        in_ms: u64,
    },
    AuthOk {
        r#ref: Ref,
        #[serde(with = "rfc3339")]
        #[ts(type = "string")]
        expires_at: OffsetDateTime,
    },
    Reconnect {
        after_ms: u64,
    },
    Access {
        conversation_id: ConversationId,
        user_id: UserId,
        can_send: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        #[schema(nullable = false)]
        reason: Option<String>,
    },
    Error(ErrorFrame),
}

/// The answer to `hello`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Welcome<C = Vec<ConversationEntry>> {
    pub protocol: u32,
    pub session: SessionId,
    pub user: Me,
    pub epoch: Epoch,
    #[serde(with = "rfc3339")]
    #[ts(type = "string")]
    pub expires_at: OffsetDateTime,
    #[serde(with = "rfc3339")]
    #[ts(type = "string")]
    pub server_time: OffsetDateTime,
    pub heartbeat: Heartbeat,
    pub backoff: Backoff,
    pub limits: Limits,
    /// The most recently active ones; the gateway passes chat-history's bytes on.
    #[schema(value_type = Vec<ConversationEntry>)]
    pub conversations: C,
    /// Whether `GET /api/chat/conversations` has more.
    pub more: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Me {
    pub id: UserId,
    pub role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Heartbeat {
    pub interval_ms: u64,
    pub grace_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Backoff {
    pub min_ms: u64,
    pub max_ms: u64,
}

/// What became of a change. For a `send` the same for ever for the same id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ack {
    pub conversation_id: ConversationId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    #[schema(nullable = false)]
    pub id: Option<MessageId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    #[schema(nullable = false)]
    pub seq: Option<Seq>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    #[schema(nullable = false)]
    pub position: Option<Position>,
    #[serde(with = "rfc3339::option", default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    #[schema(nullable = false)]
    pub sent_at: Option<OffsetDateTime>,
    pub duplicate: bool,
}

/// Rows with `from < position ≤ to`, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sync {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    #[schema(nullable = false)]
    pub r#ref: Option<Ref>,
    pub conversation_id: ConversationId,
    pub from: Position,
    /// With `more`, the last row's position; else the head read together with the rows.
    pub to: Position,
    pub messages: Vec<Message>,
    pub more: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    #[schema(nullable = false)]
    pub reset: Option<Reset>,
}

/// Why a device must drop its copy and load the newest page from history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reset {
    EpochChanged,
    /// More than [`crate::limits::SYNC_TOO_FAR`] changed rows.
    TooFar,
    /// The device claims a position the log does not have.
    Ahead,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorFrame {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    #[schema(nullable = false)]
    pub r#ref: Option<Ref>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    #[schema(nullable = false)]
    pub conversation_id: Option<ConversationId>,
    pub code: ErrorCode,
    pub message: String,
    pub retryable: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    #[schema(nullable = false)]
    pub retry_after_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    #[schema(nullable = false)]
    pub field: Option<String>,
}

impl ErrorFrame {
    pub fn new(refusal: crate::error::Refusal) -> Self {
        Self {
            r#ref: None,
            conversation_id: None,
            code: refusal.code,
            message: refusal.code.message().to_owned(),
            retryable: refusal.code.retryable(),
            retry_after_ms: refusal.retry_after_ms,
            field: refusal.field,
        }
    }
}
