//! When two worlds are the same.

use std::hash::{Hash, Hasher};
use std::time::{Duration, Instant};

use client::device::record::Transport;
use client::device::thread::Lack;
use protocol::Position;
use protocol::frame::Ref;

use super::{Device, Frame, Socket, World};
use crate::positions::settle::InFlight;
use crate::positions::{Positions, Question};

/// Two worlds are the same when nothing that can happen tells them apart: times count from the present, and a
/// number of a request only by whether it is still waited for.
impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.log, &self.late, self.left, self.broken, self.written).hash(state);
        for (device, socket) in self.devices.iter().zip(&self.sockets) {
            hash_device(device, state);
            socket.is_some().hash(state);
            if let Some(socket) = socket {
                hash_socket(socket, device, state);
            }
        }
    }
}

impl PartialEq for World {
    fn eq(&self, other: &Self) -> bool {
        let print = |world: &Self| {
            let mut hasher = std::hash::DefaultHasher::new();
            world.hash(&mut hasher);
            hasher.finish()
        };
        print(self) == print(other)
    }
}

fn hash_device(device: &Device, state: &mut impl Hasher) {
    let outbox = &device.outbox;
    let due = outbox.deadline(Transport::Socket);
    (outbox.len(), device.waits_for(), ahead(due, device.now)).hash(state);
    (device.thread.position(), device.turn, device.welcomed).hash(state);
    for row in device.thread.rows() {
        (row.seq, row.id).hash(state);
    }
    if let Lack::After(after) = device.thread.lacks() {
        after.hash(state);
    }
}

fn hash_socket(socket: &Socket, device: &Device, state: &mut impl Hasher) {
    let waited_for = |r#ref: &Ref| device.outbox.find(*r#ref).is_some();
    (socket.gateway, socket.written, &socket.bells).hash(state);
    for (r#ref, name) in &socket.up {
        (waited_for(r#ref), name).hash(state);
    }
    for frame in &socket.down {
        match frame {
            Frame::Ack { r#ref, name, seq } => (waited_for(r#ref), name, seq).hash(state),
            frame => frame.hash(state),
        }
    }
    for question in &socket.questions {
        match question {
            Question::Sync { after, r#ref, .. } => (after, r#ref).hash(state),
            Question::Entry { .. } => 0.hash(state),
        }
    }
    hash_positions(&socket.positions, socket.now, state);
}

fn hash_positions(positions: &Positions, now: Instant, state: &mut impl Hasher) {
    (positions.catching_up.len(), positions.steps.len()).hash(state);
    ahead(positions.next_due(), now).hash(state);
    for line in positions.lines.values() {
        (line.last, line.told).hash(state);
        if let Some(busy) = &line.busy {
            let held: Vec<Position> = busy.held.keys().copied().collect();
            let in_flight: Option<InFlight> = busy.in_flight;
            (held, busy.heard, in_flight, busy.wants_entry, busy.asked).hash(state);
        }
    }
}

fn ahead(due: Option<Instant>, now: Instant) -> Option<Duration> {
    due.map(|due| due.saturating_duration_since(now))
}
