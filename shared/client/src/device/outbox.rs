//! Changes that are not acknowledged yet: one in flight per conversation, in order, until answered.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::{Duration, Instant},
};

use protocol::{
    ConversationId, MessageId, Position, Seq,
    frame::{ClientFrame, Ref, Send, SendBody},
};

use super::record::Transport;

const ACK_TIMEOUT: Duration = Duration::from_secs(5);
/// A little longer than the HTTP client waits: its own error comes first.
const HTTP_TIMEOUT: Duration = Duration::from_secs(12);

/// What a person wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    Send(SendBody),
    Edit {
        seq: Seq,
        text: String,
        if_position: Option<Position>,
    },
    Delete {
        seq: Seq,
    },
    React {
        seq: Seq,
        emoji: String,
        on: bool,
    },
}

impl Change {
    /// Only sends exist over HTTP: other changes wait for a socket.
    fn leaves(&self, over: Transport) -> bool {
        over == Transport::Socket || matches!(self, Self::Send(_))
    }

    fn frame(&self, conversation: ConversationId, r#ref: Ref) -> ClientFrame {
        let conversation_id = conversation.to_string();
        match self.clone() {
            Self::Send(body) => ClientFrame::Send(Send { r#ref, body }),
            Self::Edit {
                seq,
                text,
                if_position,
            } => ClientFrame::Edit {
                r#ref,
                conversation_id,
                seq,
                text,
                if_position,
            },
            Self::Delete { seq } => ClientFrame::Delete {
                r#ref,
                conversation_id,
                seq,
            },
            Self::React { seq, emoji, on } => ClientFrame::React {
                r#ref,
                conversation_id,
                seq,
                emoji,
                on,
            },
        }
    }
}

#[derive(Debug, Clone)]
struct Item {
    /// A send's message id; for other changes a name of its own.
    key: MessageId,
    change: Change,
    flight: Flight,
}

#[derive(Debug, Clone, Copy)]
enum Flight {
    Waiting { until: Instant },
    Away { until: Instant, over: Transport },
}

/// A change on its way out.
#[derive(Debug, Clone, PartialEq)]
pub enum Departure {
    Frame(ClientFrame),
    Post(SendBody),
}

#[derive(Debug, Clone, Default)]
pub struct Outbox {
    queues: BTreeMap<ConversationId, VecDeque<Item>>,
    /// Which item each ref of this device asked about, until the item is answered.
    refs: HashMap<Ref, (ConversationId, MessageId)>,
    last_ref: Ref,
}

impl Outbox {
    pub fn len(&self) -> usize {
        self.queues.values().map(VecDeque::len).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.queues.is_empty()
    }

    /// The change of this conversation that left and is not answered.
    pub fn in_flight(&self, conversation: ConversationId) -> Option<MessageId> {
        let item = self.queues.get(&conversation)?.front()?;
        matches!(item.flight, Flight::Away { .. }).then_some(item.key)
    }

    pub fn push(&mut self, conversation: ConversationId, key: MessageId, change: Change, now: Instant) {
        let flight = Flight::Waiting { until: now };
        let item = Item { key, change, flight };
        self.queues.entry(conversation).or_default().push_back(item);
    }

    /// A number no frame of this device has carried.
    pub fn next_ref(&mut self) -> Ref {
        self.last_ref += 1;
        self.last_ref
    }

    /// The changes that leave now: the first of each conversation, if it is due.
    pub fn depart(&mut self, over: Transport, now: Instant) -> Vec<(ConversationId, MessageId, Departure)> {
        let mut departures = Vec::new();
        for (conversation, queue) in &mut self.queues {
            let Some(item) = queue.front_mut() else { continue };
            let (Flight::Waiting { until } | Flight::Away { until, .. }) = item.flight;
            if until > now || !item.change.leaves(over) {
                continue;
            }
            let departure = match (over, &item.change) {
                (Transport::Socket, change) => {
                    self.last_ref += 1;
                    self.refs.insert(self.last_ref, (*conversation, item.key));
                    Departure::Frame(change.frame(*conversation, self.last_ref))
                }
                (Transport::Http, Change::Send(body)) => Departure::Post(body.clone()),
                (Transport::Http, _) => continue,
            };
            let patience = match over {
                Transport::Socket => ACK_TIMEOUT,
                Transport::Http => HTTP_TIMEOUT,
            };
            let until = now + patience;
            item.flight = Flight::Away { until, over };
            departures.push((*conversation, item.key, departure));
        }
        departures
    }

    /// The item this ref asked about, if it is still unanswered.
    pub fn find(&self, r#ref: Ref) -> Option<(ConversationId, MessageId)> {
        self.refs.get(&r#ref).copied()
    }

    /// Takes an answered item out; `false` when it was answered before.
    pub fn finish(&mut self, conversation: ConversationId, key: MessageId) -> bool {
        let Some(queue) = self.queues.get_mut(&conversation) else {
            return false;
        };
        let before = queue.len();
        queue.retain(|item| item.key != key);
        let found = queue.len() < before;
        if queue.is_empty() {
            self.queues.remove(&conversation);
        }
        self.refs.retain(|_, (_, asked)| *asked != key);
        found
    }

    /// The item was refused for the moment: it leaves again after a while.
    pub fn postpone(&mut self, conversation: ConversationId, key: MessageId, until: Instant) {
        let queue = self.queues.get_mut(&conversation);
        if let Some(item) = queue.and_then(VecDeque::front_mut)
            && item.key == key
        {
            item.flight = Flight::Waiting { until };
        }
    }

    /// The socket is gone: what was in flight on it leaves again with the next.
    pub fn recall(&mut self, now: Instant) {
        for item in self.queues.values_mut().filter_map(VecDeque::front_mut) {
            if matches!(
                item.flight,
                Flight::Away {
                    over: Transport::Socket,
                    ..
                }
            ) {
                item.flight = Flight::Waiting { until: now };
            }
        }
    }

    /// When `depart` is worth calling again.
    pub fn deadline(&self, over: Transport) -> Option<Instant> {
        let fronts = self.queues.values().filter_map(VecDeque::front);
        fronts
            .filter(|item| item.change.leaves(over))
            .map(|item| match item.flight {
                Flight::Waiting { until } | Flight::Away { until, .. } => until,
            })
            .min()
    }
}
