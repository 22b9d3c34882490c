//! What follows from what happened in one conversation: deliver, hold, or ask.

use std::{collections::BTreeMap, time::Instant};

use protocol::{Position, UserId, frame::Ref, internal::AccessVersion, marks::Marked};

use super::{Event, HOLD, Positions, Question, Step};

#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    pub(super) last: Position,
    pub(super) access: AccessVersion,
    pub(super) marked: Marked,
    /// The socket has seen the conversation's entry.
    pub(super) told: bool,
    /// The log said so when the socket opened. A question about a foreign conversation makes a line too.
    pub(super) own: bool,
    /// The person may write there, as far as this socket knows.
    pub(super) open: bool,
    /// Absent while nothing is held, heard of or asked for: the usual case.
    pub(super) busy: Option<Box<Busy>>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Busy {
    pub(super) held: BTreeMap<Position, Event>,
    /// The highest position heard of, held or not.
    pub(super) heard: Position,
    pub(super) in_flight: Option<InFlight>,
    pub(super) wants_entry: bool,
    /// A client's own `sync`, to be asked next.
    pub(super) asked: Option<(Ref, Position)>,
    /// When the log is asked unless the hole fills by itself.
    pub(super) due: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum InFlight {
    Entry,
    Sync(Option<Ref>),
}

impl Positions {
    pub(super) fn want_entry(&mut self, peer: UserId, now: Instant) {
        self.busy(peer).wants_entry = true;
        self.settle(peer, now);
    }

    /// Does everything that can be done for one conversation without waiting.
    pub(super) fn settle(&mut self, peer: UserId, now: Instant) {
        let line = self.line(peer);
        let (told, last) = (line.told, line.last);
        let Some(busy) = &mut line.busy else { return };
        if busy.in_flight.is_some() {
            return;
        }
        if let Some((r#ref, after)) = busy.asked.take() {
            return self.ask_sync(peer, after, Some(r#ref));
        }
        let behind = busy.heard > last;
        if busy.wants_entry || (!told && behind) {
            busy.wants_entry = false;
            busy.in_flight = Some(InFlight::Entry);
            self.set_due(peer, None);
            self.steps.push(Step::Ask(Question::Entry { peer }));
            return;
        }
        self.deliver_held(peer);
        let line = self.line(peer);
        let last = line.last;
        let Some(busy) = &mut line.busy else { return };
        if busy.heard <= last {
            self.set_due(peer, None);
            self.line(peer).busy = None;
        } else if busy.due.is_some_and(|due| due <= now) {
            self.ask_sync(peer, last, None);
        } else if busy.due.is_none() {
            self.set_due(peer, Some(now + HOLD));
        }
    }

    /// Delivers what follows `last` without a hole.
    pub(super) fn deliver_held(&mut self, peer: UserId) {
        loop {
            let line = self.line(peer);
            let last = line.last;
            let Some(first) = line.busy.as_mut().and_then(|busy| busy.held.first_entry()) else {
                return;
            };
            if *first.key() > last.saturating_add(1) {
                return;
            }
            let event = first.remove();
            self.held_bytes -= event.frame.len();
            if last.checked_add(1) == Some(event.position) {
                self.advance(peer, event.position);
                self.steps.push(Step::Deliver(event));
            }
        }
    }

    /// The answer will hold everything that was committed before the question, so what is held is let
    /// go: a position that no commit backs is forgotten with it.
    pub(super) fn ask_sync(&mut self, peer: UserId, after: Position, r#ref: Option<Ref>) {
        self.release(peer);
        self.set_due(peer, None);
        let busy = self.busy(peer);
        busy.heard = 0;
        busy.in_flight = Some(InFlight::Sync(r#ref));
        self.steps.push(Step::Ask(Question::Sync { peer, after, r#ref }));
    }

    pub(super) fn release(&mut self, peer: UserId) {
        let Some(busy) = self.lines.get_mut(&peer).and_then(|line| line.busy.as_mut()) else {
            return;
        };
        let bytes: usize = busy.held.values().map(|event| event.frame.len()).sum();
        busy.held.clear();
        self.held_bytes -= bytes;
    }

    pub(super) fn set_due(&mut self, peer: UserId, due: Option<Instant>) {
        let busy = self.busy(peer);
        let before = std::mem::replace(&mut busy.due, due);
        if let Some(before) = before {
            self.due.remove(&(before, peer));
        }
        if let Some(due) = due {
            self.due.insert((due, peer));
        }
    }

    pub(super) fn advance(&mut self, peer: UserId, to: Position) {
        let line = self.line(peer);
        let from = std::mem::replace(&mut line.last, to);
        self.sums.positions = self.sums.positions.wrapping_sub(from).wrapping_add(to);
    }

    pub(super) fn set_access(&mut self, peer: UserId, version: AccessVersion) {
        let line = self.line(peer);
        let before = std::mem::replace(&mut line.access, version);
        self.sums.access = self.sums.access - u64::from(before) + u64::from(version);
    }

    /// The line of `peer`; a conversation begun since the socket opened starts before its first position.
    pub(super) fn line(&mut self, peer: UserId) -> &mut Line {
        self.lines.entry(peer).or_insert_with(|| {
            self.sums.access += 1;
            Line::default()
        })
    }

    pub(super) fn busy(&mut self, peer: UserId) -> &mut Busy {
        self.line(peer).busy.get_or_insert_default()
    }
}
