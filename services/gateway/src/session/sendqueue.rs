//! What is still to be sent on one socket: bounded by count and by bytes. A full queue is a decision:
//! the socket closes 4005 and its device catches up on the next one.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::extract::ws::Utf8Bytes;
use protocol::{
    CloseCode, Position, UserId,
    internal::{AccessVersion, Head},
    marks::Marked,
};
use tokio::sync::Notify;

use crate::positions::Event;

/// What the rest of the gateway tells one session.
#[derive(Debug, Clone)]
pub enum Delivery {
    Event {
        peer: UserId,
        event: Event,
    },
    /// The conversation with `peer` has reached this position.
    Head {
        peer: UserId,
        position: Position,
    },
    /// The log's word on all conversations of the person.
    Heads(Arc<[Head]>),
    Access {
        peer: UserId,
        version: Option<AccessVersion>,
        /// Whether the person may write, when it is about this person.
        open: Option<bool>,
        frame: Utf8Bytes,
    },
    /// The marks of one of the two have been raised.
    Receipt {
        peer: UserId,
        /// Only the side that was raised; the other is 0.
        told: Marked,
        /// Absent where the person is not shown it.
        frame: Option<Utf8Bytes>,
    },
    /// The peer is writing. The first to go when a socket is slow.
    Typing {
        peer: UserId,
        frame: Utf8Bytes,
    },
    /// Somebody whom this socket watches came or went; at most one is in the queue.
    Presence,
    /// A frame that is written as it is, and may be lost.
    Frame(Utf8Bytes),
    /// Tokens were revoked: look whether this socket's is one of them.
    Revoked,
}

impl Delivery {
    /// Whether it is worth nothing a few seconds later.
    fn is_fleeting(&self) -> bool {
        matches!(self, Self::Typing { .. })
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Event { event, .. } => event.frame.len(),
            Self::Receipt { frame, .. } => frame.as_ref().map_or(0, |frame| frame.len()),
            Self::Access { frame, .. } | Self::Typing { frame, .. } | Self::Frame(frame) => frame.len(),
            Self::Heads(heads) => std::mem::size_of_val::<[Head]>(heads),
            Self::Head { .. } | Self::Presence | Self::Revoked => 0,
        }
    }
}

/// How much one socket may keep waiting.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub frames: usize,
    pub bytes: usize,
}

/// A socket with more than one part in so many of what may wait is slow: what is fleeting is let go.
const SLOW: usize = 16;

impl Bounds {
    fn is_slow(self, waiting: &Waiting) -> bool {
        waiting.deliveries.len() > self.frames / SLOW || waiting.bytes > self.bytes / SLOW
    }
}

/// Shared by the hub, which pushes, and the session, which takes.
#[derive(Debug)]
pub struct Queue {
    bounds: Bounds,
    waiting: Mutex<Waiting>,
    /// Wakes the session when something was pushed or the end was set.
    pushed: Notify,
    /// Wakes a write that is stuck when the end was set.
    ended: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    deliveries: VecDeque<Delivery>,
    bytes: usize,
    /// Set once, by whoever closes the socket first.
    end: Option<CloseCode>,
}

/// How much waits in a queue.
#[derive(Debug, Clone, Copy)]
pub struct Waits {
    pub frames: usize,
    pub bytes: usize,
    pub is_slow: bool,
}

/// What a session takes from its queue.
#[derive(Debug)]
pub enum Taken {
    Delivery(Delivery),
    End(CloseCode),
}

impl Queue {
    pub fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            waiting: Mutex::default(),
            pushed: Notify::new(),
            ended: Notify::new(),
        }
    }

    /// Adds a delivery; over the bounds, the socket ends with [`CloseCode::TooSlow`].
    pub fn push(&self, delivery: Delivery) {
        let mut waiting = self.lock();
        if waiting.end.is_some() || (delivery.is_fleeting() && self.bounds.is_slow(&waiting)) {
            return;
        }
        let bytes = waiting.bytes + delivery.bytes();
        if waiting.deliveries.len() >= self.bounds.frames || bytes > self.bounds.bytes {
            drop(waiting);
            return self.end(CloseCode::TooSlow);
        }
        waiting.bytes = bytes;
        waiting.deliveries.push_back(delivery);
        drop(waiting);
        self.pushed.notify_one();
    }

    /// Ends the socket; what waits is dropped. The first code stays.
    pub fn end(&self, code: CloseCode) {
        let mut waiting = self.lock();
        waiting.end.get_or_insert(code);
        waiting.deliveries = VecDeque::new();
        waiting.bytes = 0;
        drop(waiting);
        self.pushed.notify_one();
        self.ended.notify_one();
    }

    /// The next thing to do, if there is one.
    pub fn try_take(&self) -> Option<Taken> {
        let mut waiting = self.lock();
        if let Some(code) = waiting.end {
            return Some(Taken::End(code));
        }
        let delivery = waiting.deliveries.pop_front()?;
        waiting.bytes -= delivery.bytes();
        if waiting.deliveries.is_empty() {
            // An idle socket keeps no buffer.
            waiting.deliveries = VecDeque::new();
        }
        Some(Taken::Delivery(delivery))
    }

    pub async fn take(&self) -> Taken {
        loop {
            if let Some(taken) = self.try_take() {
                return taken;
            }
            self.pushed.notified().await;
        }
    }

    pub fn waits(&self) -> Waits {
        let waiting = self.lock();
        Waits {
            frames: waiting.deliveries.len(),
            bytes: waiting.bytes,
            is_slow: self.bounds.is_slow(&waiting),
        }
    }

    /// Waits for the end, without taking anything.
    pub async fn ended(&self) -> CloseCode {
        loop {
            if let Some(code) = self.lock().end {
                return code;
            }
            self.ended.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(bytes: usize) -> Delivery {
        Delivery::Frame("x".repeat(bytes).into())
    }

    #[test]
    fn too_many_frames_end_the_socket_and_free_what_waited() {
        let queue = Queue::new(Bounds {
            frames: 2,
            bytes: 1_000,
        });

        for _ in 0..3 {
            queue.push(frame(1));
        }

        assert!(matches!(queue.try_take(), Some(Taken::End(CloseCode::TooSlow))));
        assert!(queue.lock().deliveries.is_empty());
    }

    #[test]
    fn too_many_bytes_end_the_socket() {
        let queue = Queue::new(Bounds {
            frames: 100,
            bytes: 1_000,
        });

        queue.push(frame(600));
        assert!(matches!(queue.try_take(), Some(Taken::Delivery(_))));
        queue.push(frame(600));
        queue.push(frame(600));

        assert!(matches!(queue.try_take(), Some(Taken::End(CloseCode::TooSlow))));
    }

    #[test]
    fn typing_is_let_go_first_and_never_ends_a_socket() {
        let queue = Queue::new(Bounds {
            frames: 32,
            bytes: 16_000,
        });
        let typing = || Delivery::Typing {
            peer: UserId(uuid::Uuid::nil()),
            frame: "typing".into(),
        };

        queue.push(typing());
        queue.push(frame(1));
        queue.push(frame(1));
        for _ in 0..100 {
            queue.push(typing());
        }

        let mut taken = Vec::new();
        while let Some(Taken::Delivery(delivery)) = queue.try_take() {
            taken.push(matches!(delivery, Delivery::Typing { .. }));
        }
        assert_eq!(taken, [true, false, false]);
        queue.push(frame(2_000));
        queue.push(typing());
        assert_eq!(queue.lock().deliveries.len(), 1);
    }

    #[test]
    fn the_first_reason_to_close_stays() {
        let queue = Queue::new(Bounds { frames: 1, bytes: 1 });

        queue.end(CloseCode::Replaced);
        queue.end(CloseCode::GoingAway);

        assert!(matches!(queue.try_take(), Some(Taken::End(CloseCode::Replaced))));
    }
}
