//! What services ask each other over the broker. Requests and answers are JSON; subjects and
//! headers are in `bus`.

mod change;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    ConversationId, Epoch, FileId, MessageId, Position, UserId,
    error::{Refusal, Role},
    file::AttachedFile,
    frame::Ref,
    marks::Marked,
    rfc3339,
};
pub use change::{Action, Change};

/// An answer, or why there is none.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reply<T> {
    Ok(T),
    Refused(Refusal),
}

impl<T> From<Result<T, Refusal>> for Reply<T> {
    fn from(result: Result<T, Refusal>) -> Self {
        match result {
            Ok(value) => Self::Ok(value),
            Err(refusal) => Self::Refused(refusal),
        }
    }
}

impl<T> From<Reply<T>> for Result<T, Refusal> {
    fn from(reply: Reply<T>) -> Self {
        match reply {
            Reply::Ok(value) => Ok(value),
            Reply::Refused(refusal) => Err(refusal),
        }
    }
}

/// `history.open` → `Reply<Opened>`: everything a connecting device needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenRequest {
    pub user: UserId,
    pub role: Role,
    /// Where the last page of heads ended, for somebody with more than one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<i64>,
}

/// Heads of one answer. A broker takes a message of 1 MiB, which is about 10,000.
pub const HEADS: usize = 5_000;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Opened {
    pub epoch: Epoch,
    /// A JSON array of `ConversationEntry`: the newest [`crate::limits::WELCOME_CONVERSATIONS`],
    /// in the order of the first `heads`. The gateway passes the bytes on.
    pub conversations: Box<RawValue>,
    pub more: bool,
    /// How many entries there are; a previous release does not say.
    #[serde(default)]
    pub shown: Option<usize>,
    /// All of the person's conversations, most recently active first; of more than [`HEADS`] those of the
    /// entries alone, and of the pages that are asked for then, in any order.
    pub heads: Vec<Head>,
    /// The other people of those conversations in which this person may not write; a previous release
    /// does not say.
    #[serde(default)]
    pub closed: Vec<UserId>,
    /// There are more heads: ask again, with this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<i64>,
}

/// Where one conversation stands, for one of its people: a tuple on the wire, because a trainer has thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head(
    /// The other person.
    pub UserId,
    pub Position,
    /// Counts the changes of who may send.
    pub AccessVersion,
    /// How far the marks of the two stand.
    #[serde(default)]
    pub Marked,
);

pub type AccessVersion = u32;

/// `history.heads` → `Reply<HeadsReply>`: which people have something they were not told?
/// Positions only grow and a gateway is never ahead of the log, so equal sums mean equal heads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadsRequest {
    pub people: Vec<HeadsSum>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct HeadsSum {
    pub user: UserId,
    pub role: Role,
    /// Sum of the positions of all the person's conversations.
    pub positions: u64,
    /// Sum of their access versions, plus the number of conversations.
    pub access: u64,
    /// Sum of the marks of both sides in all of them.
    #[serde(default)]
    pub marks: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadsReply {
    pub epoch: Epoch,
    /// One for each question whose sums differ, by its index in the request.
    pub behind: Vec<(usize, Vec<Head>)>,
}

/// `history.sync` → the bytes of a final `sync` frame, with [`SyncHeaders`] in the message's headers;
/// refused: a `Reply` with `Refused`, without these headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncRequest {
    pub conversation: ConversationId,
    pub after: Position,
    pub r#ref: Option<Ref>,
}

/// What the gateway must know of a `sync` frame that it does not parse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncHeaders {
    pub epoch: Epoch,
    pub to: Position,
    pub more: bool,
}

/// `history.entries` → `Reply<Entries>`: lines of the list for conversations a socket was not told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntriesRequest {
    pub user: UserId,
    pub role: Role,
    pub peers: Vec<UserId>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entries {
    pub epoch: Epoch,
    pub entries: Vec<EntryFrame>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EntryFrame {
    pub head: Head,
    /// Whether the person may write; a previous release does not say.
    #[serde(default)]
    pub can_send: bool,
    /// The final `conversation` frame.
    pub frame: Box<RawValue>,
}

/// Asks for what follows `after` in a numbered list: `roster.changes` and `history.contacts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PullRequest {
    pub after: i64,
    pub limit: u32,
    /// Only revocations younger than this; other changes are left out.
    #[serde(default, with = "rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub revocations_since: Option<OffsetDateTime>,
}

/// One page of a numbered list, in order. `to` is the number to ask after next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pulled<T> {
    pub items: Vec<(i64, T)>,
    pub to: i64,
    pub more: bool,
}

/// `roster.changes` → `Reply<Pulled<RosterChange>>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum RosterChange {
    /// Whether an active booking joins the two.
    Relation {
        trainer: UserId,
        client: UserId,
        active: bool,
    },
    /// Tokens of `user` with `iat ≤ revoked_at` are refused: sign-out, or a change of role.
    Revocation {
        user: UserId,
        #[serde(with = "rfc3339")]
        revoked_at: OffsetDateTime,
    },
    /// Whether the side `by` blocks the other: independent of bookings, and of what the other side does.
    Block {
        trainer: UserId,
        client: UserId,
        by: Role,
        on: bool,
    },
    /// Everything of this person goes, in every service; ids stay where order needs them.
    Erasure {
        user: UserId,
        #[serde(with = "rfc3339")]
        erased_at: OffsetDateTime,
    },
    /// What `user` lets others see. Among `roster.settings` alone, which holds the latest of each person.
    Settings {
        user: UserId,
        presence: bool,
        receipts: bool,
    },
}

/// `history.erased` and `files.erased` → `Reply<Erased>`: is anything of this person left?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasedRequest {
    pub user: UserId,
    /// Where the last answer ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Uuid>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// Rows and objects that still hold something of the person's.
    pub left: u64,
    /// What was not looked at yet; `None` when all was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Uuid>,
}

/// `history.contacts` → `Reply<Pulled<ContactMade>>`: a client wrote to a trainer for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactMade {
    pub trainer: UserId,
    pub client: UserId,
}

/// `roster.relation` → `Reply<Relation>`: asked before a first contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationRequest {
    pub trainer: UserId,
    pub client: UserId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Relation {
    /// The trainer is in the directory with that role, and the client as `User`.
    pub both_known: bool,
    /// An active booking joins the two.
    pub active: bool,
}

/// `files.attach` → `Reply<Vec<AttachedFile>>`, in the order asked: idempotent, only the sender's own ready files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttachRequest {
    pub file_ids: Vec<FileId>,
    pub sender: UserId,
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
}

pub type Attached = Vec<AttachedFile>;

/// `history.releases` → `Reply<Pulled<Released>>`: a message that carried files was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Released {
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
}

/// `history.files` → `Reply<Vec<Carried>>`: which messages carry these files?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedRequest {
    /// At most [`crate::limits::IDS`].
    pub ids: Vec<FileId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Carried {
    pub file_id: FileId,
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
}

/// `history.export` → `Reply<ExportPage>`: what a person wrote and marked, a page at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryExport {
    pub user: UserId,
    pub role: Role,
    pub part: HistoryPart,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ExportPlace>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HistoryPart {
    /// The person's conversations, with own marks.
    Conversations,
    /// Own messages, and own reactions to those of others.
    Messages,
}

/// Where a page of an export ended, in the words of whoever answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportPlace(pub i64, pub i64);

/// A page of finished JSON, below what the broker carries.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExportPage {
    pub items: Vec<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<ExportPlace>,
}

/// `files.export` → `Reply<FilesPage>`: a person's own files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilesExport {
    pub user: UserId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<FileId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilesPage {
    pub files: Vec<OwnFile>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<FileId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnFile {
    pub id: FileId,
    pub name: Option<String>,
    pub content_type: String,
    pub size: u64,
    #[serde(with = "rfc3339")]
    pub uploaded_at: OffsetDateTime,
}

/// `files.read` → bytes of an own file from `offset` on, with where they end in the message's headers;
/// refused: a `Reply` with `Refused`, without this header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRead {
    pub user: UserId,
    pub file: FileId,
    pub offset: u64,
}
