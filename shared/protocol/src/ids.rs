//! Ids, parsed once at the edge: nobody inside holds a malformed one.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::Role;

/// Counts the content changes of one conversation, from 1 without gaps; 0 is "before the first".
pub type Position = u64;
/// The position that created a message: its place in the thread. Grows, with gaps.
pub type Seq = u64;

/// A string that is not the id it claims to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed id")]
pub struct Malformed;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, ToSchema)]
        #[ts(type = "string")]
        #[schema(value_type = String, format = "uuid")]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = Malformed;

            fn from_str(raw: &str) -> Result<Self, Malformed> {
                Uuid::parse_str(raw).map(Self).map_err(|_| Malformed)
            }
        }
    };
}

uuid_id!(
    /// A person: a trainer or a client. Issued by the platform.
    UserId
);
uuid_id!(
    /// An uploaded file.
    FileId
);
uuid_id!(
    /// Names this copy of the log; changes only after a restore from backup.
    Epoch
);
uuid_id!(
    /// One client instance (in a browser: a tab), chosen by the client.
    DeviceId
);
uuid_id!(
    /// One accepted socket, chosen by the gateway.
    SessionId
);

/// A message's id and its idempotency key in one conversation: a `UUIDv7` made by the sender's device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, TS, ToSchema)]
#[ts(type = "string")]
#[schema(value_type = String, format = "uuid")]
pub struct MessageId(Uuid);

impl MessageId {
    /// Takes a `UUIDv7`; any other version is malformed.
    pub fn parse(id: Uuid) -> Result<Self, Malformed> {
        if id.get_version_num() == 7 {
            Ok(Self(id))
        } else {
            Err(Malformed)
        }
    }

    pub fn generate() -> Self {
        Self(Uuid::now_v7())
    }

    pub fn uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for MessageId {
    type Err = Malformed;

    fn from_str(raw: &str) -> Result<Self, Malformed> {
        Uuid::parse_str(raw).map_err(|_| Malformed).and_then(Self::parse)
    }
}

impl<'de> Deserialize<'de> for MessageId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(Uuid::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// The two people of a conversation. Written `conversation:{trainerId}:{clientId}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, TS)]
#[ts(type = "string")]
pub struct ConversationId {
    pub trainer: UserId,
    pub client: UserId,
}

impl ConversationId {
    pub fn new(trainer: UserId, client: UserId) -> Self {
        Self { trainer, client }
    }

    /// The conversation of `me`, in `role`, with `peer`. `None` for a role without conversations.
    pub fn of(me: UserId, role: Role, peer: UserId) -> Option<Self> {
        match role {
            Role::Trainer => Some(Self::new(me, peer)),
            Role::User => Some(Self::new(peer, me)),
            Role::Platform => None,
        }
    }

    /// Reads an id as `me` in `role` may write it, in either order of the two people; answers the
    /// canonical order. `None` when `me` is not where the role says: for the caller it does not exist.
    pub fn seen_by(self, me: UserId, role: Role) -> Option<Self> {
        let peer = if self.trainer == me {
            self.client
        } else if self.client == me {
            self.trainer
        } else {
            return None;
        };
        if peer == me {
            None
        } else {
            Self::of(me, role, peer)
        }
    }

    /// The other person, as seen from `me`.
    pub fn peer_of(self, me: UserId) -> UserId {
        if self.trainer == me {
            self.client
        } else {
            self.trainer
        }
    }
}

impl utoipa::PartialSchema for ConversationId {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some("conversation:{trainerId}:{clientId}"))
            .into()
    }
}

impl ToSchema for ConversationId {}

impl fmt::Display for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "conversation:{}:{}", self.trainer, self.client)
    }
}

impl FromStr for ConversationId {
    type Err = Malformed;

    fn from_str(raw: &str) -> Result<Self, Malformed> {
        let (trainer, client) = raw
            .strip_prefix("conversation:")
            .and_then(|rest| rest.split_once(':'))
            .ok_or(Malformed)?;
        Ok(Self::new(trainer.parse()?, client.parse()?))
    }
}

impl Serialize for ConversationId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ConversationId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
        raw.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(n: u128) -> UserId {
        UserId(Uuid::from_u128(n))
    }

    #[test]
    fn either_order_of_the_two_people_is_one_conversation() {
        let (trainer, client) = (person(1), person(2));
        let canonical = ConversationId::new(trainer, client);
        let turned = ConversationId::new(client, trainer);

        for raw in [canonical, turned] {
            assert_eq!(raw.seen_by(trainer, Role::Trainer), Some(canonical));
            assert_eq!(raw.seen_by(client, Role::User), Some(canonical));
        }
    }

    #[test]
    fn a_conversation_of_others_does_not_exist() {
        let id = ConversationId::new(person(1), person(2));

        assert_eq!(id.seen_by(person(3), Role::Trainer), None);
        assert_eq!(id.seen_by(person(1), Role::Platform), None);
        assert_eq!(
            ConversationId::new(person(1), person(1)).seen_by(person(1), Role::User),
            None
        );
    }

    #[test]
    fn only_a_version_7_uuid_is_a_message_id() {
        assert!(MessageId::parse(Uuid::new_v4()).is_err());
        assert!(MessageId::parse(Uuid::now_v7()).is_ok());
    }
}
