//! One rule per socket and conversation: position ≤ last: drop; = last + 1: send; beyond: hold, then
//! ask the log. Pure: no socket, no clock, no channel; the caller carries out the [`Step`]s.

mod marked;
#[cfg(test)]
mod model;
mod open;
#[cfg(test)]
mod proof;
mod settle;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::extract::ws::Utf8Bytes;
use protocol::{
    Position, UserId,
    frame::Ref,
    internal::{AccessVersion, Head},
};

/// Replicas may publish out of order: a hole gets this long to fill by itself.
pub const HOLD: Duration = Duration::from_millis(50);
/// After a failed question to the log.
const RETRY: Duration = Duration::from_secs(1);
/// Events held for one conversation, and bytes held for one socket: beyond these the log is asked at once.
const HELD_EVENTS: usize = 64;
const HELD_BYTES: usize = 512 * 1024;

use crate::journey::Journey;
use settle::{Busy, InFlight, Line};

/// What the session must do, in this order.
#[derive(Debug, Clone)]
pub enum Step {
    /// Write this event's frame as it is.
    Deliver(Event),
    Ask(Question),
}

/// What the log is asked.
#[derive(Debug, Clone, Copy)]
pub enum Question {
    /// What follows `after`: write the answer, then tell [`Positions::on_synced`].
    Sync {
        peer: UserId,
        after: Position,
        r#ref: Option<Ref>,
    },
    /// The conversation's entry: write it, then tell [`Positions::on_entry`].
    Entry { peer: UserId },
}

/// The final bytes of a `message` frame and the position they carry.
#[derive(Debug, Clone)]
pub struct Event {
    pub position: Position,
    pub frame: Utf8Bytes,
    /// Shared by the copies for all sockets; absent where nobody follows it.
    pub journey: Option<Arc<Journey>>,
}

/// A client asked for a `sync` while it still waits for another in the same conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlreadySyncing;

/// What `history.heads` compares: equal sums mean that nothing was missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    pub positions: u64,
    /// Of access versions plus one each.
    pub access: u64,
    pub marks: u64,
}

/// Where one socket stands in each of the person's conversations, by peer.
#[derive(Debug, Clone, Default)]
pub struct Positions {
    lines: HashMap<UserId, Line>,
    due: BTreeSet<(Instant, UserId)>,
    /// Resumed conversations that are behind; `synced` waits for them.
    catching_up: HashSet<UserId>,
    held_bytes: usize,
    sums: Sums,
    steps: Vec<Step>,
}

impl Positions {
    /// Starts at the heads, or for `resumed` conversations at the device's own position; those behind
    /// are synced at once. `told` is the number of leading heads whose entries `welcome` carried.
    pub fn open(heads: &[Head], told: usize, resumed: &HashMap<UserId, Position>) -> Self {
        let mut positions = Self::default();
        for (index, &Head(peer, head, access, marked)) in heads.iter().enumerate() {
            let last = resumed.get(&peer).copied().unwrap_or(head);
            let mut line = Line {
                last,
                access,
                marked,
                told: index < told,
                own: true,
                open: true,
                busy: None,
            };
            if last != head {
                let busy = Busy {
                    in_flight: Some(InFlight::Sync(None)),
                    ..Busy::default()
                };
                line.busy = Some(Box::new(busy));
                positions.catching_up.insert(peer);
                positions.steps.push(Step::Ask(Question::Sync {
                    peer,
                    after: last,
                    r#ref: None,
                }));
            }
            positions.sums.positions = positions.sums.positions.wrapping_add(last);
            positions.sums.access += u64::from(access) + 1;
            positions.sums.marks = positions.sums.marks.wrapping_add(marked.total());
            positions.lines.insert(peer, line);
        }
        positions
    }

    /// The steps that are due, in order; asking again answers nothing until something happens.
    pub fn take_steps(&mut self) -> Vec<Step> {
        std::mem::take(&mut self.steps)
    }

    pub fn sums(&self) -> Sums {
        self.sums
    }

    pub fn is_caught_up(&self) -> bool {
        self.catching_up.is_empty()
    }

    pub fn is_catching_up(&self, peer: UserId) -> bool {
        self.catching_up.contains(&peer)
    }

    /// When [`Positions::on_timer`] must be called, if nothing else happens.
    pub fn next_due(&self) -> Option<Instant> {
        self.due.first().map(|(due, _)| *due)
    }

    pub fn on_event(&mut self, peer: UserId, event: Event, now: Instant) {
        let position = event.position;
        let line = self.line(peer);
        if position <= line.last && line.busy.as_ref().is_none_or(|busy| busy.in_flight.is_none()) {
            return;
        }
        if line.busy.is_none() && line.told && line.last.checked_add(1) == Some(position) {
            self.advance(peer, position);
            self.steps.push(Step::Deliver(event));
            return;
        }
        let size = event.frame.len();
        let full = self.held_bytes + size > HELD_BYTES;
        let busy = self.busy(peer);
        busy.heard = busy.heard.max(position);
        if full || busy.held.len() >= HELD_EVENTS {
            self.release(peer);
            self.set_due(peer, Some(now));
        } else if let Some(copy) = busy.held.insert(position, event) {
            self.held_bytes = self.held_bytes - copy.frame.len() + size;
        } else {
            self.held_bytes += size;
        }
        self.settle(peer, now);
    }

    /// Someone says the conversation has reached `position`, without the event itself.
    pub fn on_head(&mut self, peer: UserId, position: Position, now: Instant) {
        if position > self.line(peer).last {
            let busy = self.busy(peer);
            busy.heard = busy.heard.max(position);
            self.settle(peer, now);
        }
    }

    /// What the log says of all the person's conversations.
    pub fn on_heads(&mut self, heads: &[Head], now: Instant) {
        for &Head(peer, position, access, marked) in heads {
            let unknown = !self.lines.contains_key(&peer);
            let line = self.line(peer);
            if unknown || line.access != access || marked.is_beyond(line.marked) {
                self.want_entry(peer, now);
            }
            self.on_head(peer, position, now);
        }
    }

    /// Who may send has changed. Answers whether the `access` frame itself should be written: for a
    /// conversation that the socket was not told of, its entry says it instead.
    pub fn on_access(&mut self, peer: UserId, version: Option<AccessVersion>, now: Instant) -> bool {
        if !self.line(peer).told {
            self.want_entry(peer, now);
            return false;
        }
        match version {
            // Replicas may publish out of order. Both people's frames of one change carry one version.
            Some(version) if version < self.line(peer).access => return false,
            Some(version) => self.set_access(peer, version),
            None => {}
        }
        true
    }

    /// The client asks for what follows `after`; live events of the conversation wait for the answer.
    pub fn on_client_sync(
        &mut self,
        peer: UserId,
        after: Position,
        r#ref: Ref,
        now: Instant,
    ) -> Result<(), AlreadySyncing> {
        let busy = self.busy(peer);
        if busy.asked.is_some() {
            return Err(AlreadySyncing);
        }
        busy.asked = Some((r#ref, after));
        self.settle(peer, now);
        Ok(())
    }

    /// A `sync` page up to `to` was written. With `more`, the next is asked for.
    pub fn on_synced(&mut self, peer: UserId, to: Position, more: bool, now: Instant) {
        self.advance(peer, to);
        let busy = self.busy(peer);
        if let (true, Some(InFlight::Sync(r#ref))) = (more, busy.in_flight) {
            self.steps.push(Step::Ask(Question::Sync {
                peer,
                after: to,
                r#ref,
            }));
            return;
        }
        busy.in_flight = None;
        self.catching_up.remove(&peer);
        self.settle(peer, now);
    }

    /// The entry was written; `head` is what it says.
    pub fn on_entry(&mut self, head: Head, now: Instant) {
        let Head(peer, position, access, marked) = head;
        self.set_access(peer, access);
        self.set_marked(peer, marked);
        self.line(peer).told = true;
        let busy = self.busy(peer);
        busy.in_flight = None;
        busy.heard = busy.heard.max(position);
        self.settle(peer, now);
    }

    /// A question got no answer: it is asked again after a while.
    pub fn on_failed(&mut self, peer: UserId, now: Instant) {
        // A device may say that it stands anywhere, at the largest number there is too.
        let beyond = self.line(peer).last.saturating_add(1);
        let busy = self.busy(peer);
        match busy.in_flight.take() {
            Some(InFlight::Entry) => busy.wants_entry = true,
            // What was held is gone, so the log must be asked whether or not anything else comes.
            Some(InFlight::Sync(_)) => busy.heard = busy.heard.max(beyond),
            None => {}
        }
        self.catching_up.remove(&peer);
        self.set_due(peer, Some(now + RETRY));
    }

    /// The log knows no such conversation: there is nothing to wait for. What the client has asked
    /// meanwhile gets an answer of its own.
    pub fn on_gone(&mut self, peer: UserId, now: Instant) {
        let asked = self.busy(peer).asked.take();
        self.release(peer);
        self.set_due(peer, None);
        self.catching_up.remove(&peer);
        if let Some(line) = self.lines.remove(&peer) {
            self.sums.positions = self.sums.positions.wrapping_sub(line.last);
            self.sums.access -= u64::from(line.access) + 1;
            self.sums.marks = self.sums.marks.wrapping_sub(line.marked.total());
        }
        if let Some((r#ref, after)) = asked {
            // Nothing else waits there: it has just been forgotten.
            let _ = self.on_client_sync(peer, after, r#ref, now);
        }
    }

    pub fn on_timer(&mut self, now: Instant) {
        while let Some(&(due, peer)) = self.due.first()
            && due <= now
        {
            self.due.pop_first();
            self.settle(peer, now);
        }
    }
}
