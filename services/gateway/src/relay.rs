//! From the broker to the sockets: the body of an event is the final frame and is not parsed.

use axum::extract::ws::Utf8Bytes;
use bus::{ChatKind, Message, subject};
use protocol::{
    ConversationId, Seq, UserId,
    marks::{Marked, Marks},
};
use serde::Deserialize;
use tokio::sync::Notify;
use tracing::{info_span, warn};

use std::sync::Arc;

use crate::{
    hub::{Hub, Party},
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
        let position = message.headers.position;
        let Ok(frame) = Utf8Bytes::try_from(message.payload) else {
            warn!("An event is not UTF-8");
            return;
        };
        let span = info_span!("deliver", otel.kind = "consumer", messaging.system = "nats");
        if let Some(parent) = &message.headers.traceparent {
            telemetry::context::set_parent(&span, parent);
        }
        let receipt = match kind {
            ChatKind::Receipt => match serde_json::from_str::<Receipt>(&frame) {
                Ok(receipt) => Some(receipt),
                Err(error) => return warn!(%error, "A receipt could not be read"),
            },
            _ => None,
        };
        for party in parties {
            let peer = conversation.peer_of(party.user);
            let delivery = match (kind, position) {
                (ChatKind::Event, Some(position)) => {
                    let event = Event {
                        position,
                        frame: frame.clone(),
                        span: span.clone(),
                    };
                    Delivery::Event { peer, event }
                }
                (ChatKind::Head, Some(position)) => Delivery::Head { peer, position },
                (ChatKind::Access, version) => {
                    let version = version.and_then(|version| u32::try_from(version).ok());
                    let frame = frame.clone();
                    Delivery::Access { peer, version, frame }
                }
                (ChatKind::Typing, _) => Delivery::Frame(frame.clone()),
                (ChatKind::Receipt, _) => {
                    let Some(receipt) = &receipt else { return };
                    Delivery::Receipt {
                        peer,
                        told: receipt.seen_by(party.user),
                        frame: frame.clone(),
                    }
                }
                (ChatKind::Event | ChatKind::Head, None) => return,
            };
            self.hub.deliver(*party, &delivery);
        }
    }
}
