//! What travels: a payload and a few typed headers.

use async_nats::HeaderMap;
use bytes::Bytes;
use protocol::{Epoch, Position, UserId};

const EPOCH: &str = "Spotter-Epoch";
const POSITION: &str = "Spotter-Position";
const TO: &str = "Spotter-To";
const ONLY: &str = "Spotter-Only";
const MORE: &str = "Spotter-More";
const SINCE: &str = "Spotter-Since";
const TRACEPARENT: &str = "traceparent";

/// The headers of Spotter's messages; those of others are ignored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers {
    pub epoch: Option<Epoch>,
    /// Of an event or a head.
    pub position: Option<Position>,
    /// The one person of a conversation who is shown it.
    pub only: Option<UserId>,
    /// Up to where a `sync` page reaches.
    pub to: Option<Position>,
    /// Whether another page follows.
    pub more: bool,
    /// When the sender's door took the change that an event tells: Unix time in microseconds.
    pub since: Option<u64>,
    /// W3C trace context. Publishing fills it from the current span when it is absent.
    pub traceparent: Option<String>,
}

impl Headers {
    pub(crate) fn into_map(self) -> HeaderMap {
        let mut map = HeaderMap::new();
        if let Some(epoch) = self.epoch {
            map.insert(EPOCH, epoch.to_string());
        }
        if let Some(position) = self.position {
            map.insert(POSITION, position.to_string());
        }
        if let Some(only) = self.only {
            map.insert(ONLY, only.to_string());
        }
        if let Some(to) = self.to {
            map.insert(TO, to.to_string());
        }
        if self.more {
            map.insert(MORE, "1");
        }
        if let Some(since) = self.since {
            map.insert(SINCE, since.to_string());
        }
        if let Some(traceparent) = self.traceparent.or_else(telemetry::context::current) {
            map.insert(TRACEPARENT, traceparent);
        }
        map
    }

    pub(crate) fn from_map(map: Option<&HeaderMap>) -> Self {
        let Some(map) = map else { return Self::default() };
        let get = |name| map.get(name).map(async_nats::HeaderValue::as_str);
        Self {
            epoch: get(EPOCH).and_then(|raw| raw.parse().ok()),
            position: get(POSITION).and_then(|raw| raw.parse().ok()),
            only: get(ONLY).and_then(|raw| raw.parse().ok()),
            to: get(TO).and_then(|raw| raw.parse().ok()),
            more: get(MORE).is_some(),
            since: get(SINCE).and_then(|raw| raw.parse().ok()),
            traceparent: get(TRACEPARENT).map(ToOwned::to_owned),
        }
    }
}

/// A message that arrived.
#[derive(Debug, Clone)]
pub struct Message {
    pub subject: String,
    pub headers: Headers,
    pub payload: Bytes,
    pub(crate) reply: Option<async_nats::Subject>,
}

impl From<async_nats::Message> for Message {
    fn from(message: async_nats::Message) -> Self {
        Self {
            headers: Headers::from_map(message.headers.as_ref()),
            // The payload is a slice of the connection's 64 KiB read buffer, which a queued
            // message would keep alive as a whole.
            payload: Bytes::copy_from_slice(&message.payload),
            subject: message.subject.to_string(),
            reply: message.reply,
        }
    }
}
