//! From the broker to the sockets: the body of an event is the final frame and is not parsed.

use axum::extract::ws::Utf8Bytes;
use bus::{ChatKind, Headers, Message, subject};
use protocol::{
    ConversationId, Position, Seq, UserId,
    internal::AccessVersion,
    marks::{Marked, Marks},
};
use serde::Deserialize;
use tokio::sync::Notify;
use tracing::warn;

use std::sync::Arc;

use boot::Latency;

use crate::{
    hub::{Hub, Party},
    journey::Journey,
    positions::Event,
    session::sendqueue::Delivery,
};

/// What a gateway reads of a `receipt`: it is small, and says itself whose marks it tells.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Receipt {
    user_id: UserId,
    delivered_seq: Seq,
    read_seq: Seq,
}

/// What a gateway reads of a `typing`: its writer's own devices have no use for it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Typing {
    user_id: UserId,
}

/// What a gateway reads of an `access`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Access {
    user_id: UserId,
    can_send: bool,
}

impl Receipt {
    fn seen_by(&self, user: UserId) -> Marked {
        let sum = Marks::new(self.delivered_seq, self.read_seq).sum();
        if self.user_id == user {
            Marked { mine: sum, theirs: 0 }
        } else {
            Marked { mine: 0, theirs: sum }
        }
    }
}

#[derive(Clone)]
pub struct Relay {
    pub hub: Hub,
    /// Wakes the heads check: something carries another epoch than ours.
    pub doubt: Arc<Notify>,
    /// From a sender's gateway to the last socket here.
    pub latency: Latency,
}

impl Relay {
    /// Hands a message from one person's subscription to that person.
    pub fn to(&self, party: Party, message: Message) {
        if let Some((conversation, kind, message)) = self.read(message) {
            self.hand(&[party], conversation, kind, message);
        }
    }

    /// Hands a message from the subscription for everything to whoever of the two is here.
    pub fn to_both(&self, message: Message) {
        if let Some((conversation, kind, message)) = self.read(message) {
            self.hand(&Party::both(conversation), conversation, kind, message);
        }
    }

    fn read(&self, message: Message) -> Option<(ConversationId, ChatKind, Message)> {
        let (kind, conversation) = subject::parse_chat(&message.subject)?;
        // A position of another epoch means nothing here. Which epoch is right, only the log knows.
        if message
            .headers
            .epoch
            .is_some_and(|epoch| self.hub.epoch().is_some_and(|ours| ours != epoch))
        {
            self.doubt.notify_one();
            return None;
        }
        Some((conversation, kind, message))
    }

    fn hand(&self, parties: &[Party], conversation: ConversationId, kind: ChatKind, message: Message) {
        let Ok(frame) = Utf8Bytes::try_from(message.payload) else {
            warn!("An event is not UTF-8");
            return;
        };
        let journey = (kind == ChatKind::Event).then(|| Journey::begin(&message.headers, &self.latency));
        let told = match Told::read(kind, &message.headers, &frame) {
            Ok(Some(told)) => told,
            Ok(None) => return,
            Err(error) => return warn!(%error, ?kind, "A message of a conversation could not be read"),
        };
        for party in parties {
            let peer = conversation.peer_of(party.user);
            let Some(delivery) = told.delivery((party.user, peer), frame.clone(), journey.as_ref()) else {
                continue;
            };
            self.hub.deliver(*party, &delivery);
        }
    }
}

/// What a message says, as far as a gateway reads it.
enum Told {
    Event(Position),
    Head(Position),
    /// And the one person who is shown it, where one of the two hides receipts.
    Receipt(Receipt, Option<UserId>),
    Access(Access, Option<AccessVersion>),
    Typing(Typing),
}

impl Told {
    fn read(kind: ChatKind, headers: &Headers, frame: &str) -> Result<Option<Self>, serde_json::Error> {
        Ok(match (kind, headers.position) {
            (ChatKind::Event, Some(position)) => Some(Self::Event(position)),
            (ChatKind::Head, Some(position)) => Some(Self::Head(position)),
            (ChatKind::Event | ChatKind::Head, None) => None,
            (ChatKind::Access, version) => {
                let version = version.and_then(|version| u32::try_from(version).ok());
                Some(Self::Access(serde_json::from_str(frame)?, version))
            }
            (ChatKind::Receipt, _) => Some(Self::Receipt(serde_json::from_str(frame)?, headers.only)),
            (ChatKind::Typing, _) => Some(Self::Typing(serde_json::from_str(frame)?)),
        })
    }

    /// What `user` is told, whose conversation with `peer` this is about.
    fn delivery(
        &self,
        (user, peer): (UserId, UserId),
        frame: Utf8Bytes,
        journey: Option<&Arc<Journey>>,
    ) -> Option<Delivery> {
        Some(match self {
            Self::Event(position) => {
                let event = Event {
                    position: *position,
                    frame,
                    journey: journey.cloned(),
                };
                Delivery::Event { peer, event }
            }
            Self::Head(position) => Delivery::Head {
                peer,
                position: *position,
            },
            Self::Receipt(receipt, only) => Delivery::Receipt {
                peer,
                told: receipt.seen_by(user),
                frame: only.is_none_or(|only| only == user).then_some(frame),
            },
            Self::Access(access, version) => Delivery::Access {
                peer,
                version: *version,
                open: (access.user_id == user).then_some(access.can_send),
                frame,
            },
            Self::Typing(typing) if typing.user_id == user => return None,
            Self::Typing(_) => Delivery::Typing { peer, frame },
        })
    }
}
