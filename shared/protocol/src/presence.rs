//! What services tell and ask each other of who is connected. JSON, over the broker.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{UserId, rfc3339};

/// People in one report of who was seen, and in one question about them.
pub const SEEN: usize = 1_000;

/// `presence.<userId>`: a person's first socket on one gateway has come, or the last has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Here {
    /// Which gateway says so.
    pub replica: Uuid,
    pub online: bool,
    #[serde(with = "rfc3339")]
    pub at: OffsetDateTime,
}

/// `online.who`: every gateway that has some of these people answers with [`OnlineHere`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhoIsOnline {
    /// At most [`SEEN`].
    pub users: Vec<UserId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnlineHere {
    pub replica: Uuid,
    pub users: Vec<UserId>,
}

/// `roster.seen` → `Reply<()>`: who was connected, and when last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenReport {
    /// At most [`SEEN`].
    pub seen: Vec<Seen>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub user: UserId,
    #[serde(with = "rfc3339")]
    pub at: OffsetDateTime,
}

/// `roster.last_seen` → `Reply<Vec<Seen>>`: of those who were ever seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastSeenRequest {
    /// At most [`SEEN`].
    pub users: Vec<UserId>,
}
