//! What a device makes of what it is told, and what it sends.

use std::sync::Arc;

use client::device::outbox::Departure;
use client::device::record::Transport;
use client::device::thread::{Lack, Verdict};
use protocol::Position;
use protocol::frame::{ClientFrame, Ref};

use super::wire::{name_of, page};
use super::{Broken, Frame, PEOPLE, Safeguard, Side, World};

impl World {
    /// Both devices read what is there.
    pub fn read_all(&mut self, lacks: &[Safeguard]) {
        for side in 0..2 {
            while self.broken.is_none()
                && self.sockets[side]
                    .as_ref()
                    .is_some_and(|socket| !socket.down.is_empty())
            {
                self.read(side, lacks);
            }
        }
    }

    /// Everything that is there: what a crash may lose is what was written since.
    pub(super) fn read(&mut self, side: Side, lacks: &[Safeguard]) {
        for frame in std::mem::take(&mut self.socket(side).down) {
            self.read_one(side, frame, lacks);
        }
    }

    pub(super) fn read_one(&mut self, side: Side, frame: Frame, lacks: &[Safeguard]) {
        match frame {
            Frame::Welcome(head) => {
                let device = Arc::make_mut(&mut self.devices[side]);
                device.thread.hear_of(head);
                device.welcomed = true;
                self.depart(side);
            }
            Frame::Live(position) => self.apply_live(side, position, lacks),
            Frame::Page { from, to } => self.apply_page(side, from, to),
            Frame::Ack { r#ref, name, seq } => {
                if self.at(seq) != Some(name) {
                    self.broken = Some(Broken::AckedAndLost);
                    return;
                }
                let device = Arc::make_mut(&mut self.devices[side]);
                if let Some((queue, key)) = device.outbox.find(r#ref) {
                    device.outbox.finish(queue, key);
                }
                self.depart(side);
            }
        }
    }

    pub(super) fn apply_live(&mut self, side: Side, position: Position, lacks: &[Safeguard]) {
        let Some(row) = self.row(position) else {
            self.broken = Some(Broken::TwoValues);
            return;
        };
        let device = Arc::make_mut(&mut self.devices[side]);
        let before = device.thread.position();
        let applied = if lacks.contains(&Safeguard::DeviceRule) {
            Verdict::Applied(Vec::new())
        } else {
            device.thread.live(position, row)
        };
        match applied {
            Verdict::Applied(_) if position == before => self.broken = Some(Broken::AppliedTwice),
            Verdict::Applied(_) if position < before => self.broken = Some(Broken::AppliedOutOfOrder),
            Verdict::Applied(_) if position > before + 1 => self.broken = Some(Broken::AppliedBeyondAHole),
            Verdict::Applied(_) if lacks.contains(&Safeguard::DeviceRule) => {
                device.thread.page(page(before, position, Vec::new()));
            }
            Verdict::Hole => self.ask(side),
            Verdict::Applied(_) | Verdict::Stale => {}
        }
    }

    pub(super) fn apply_page(&mut self, side: Side, from: Position, to: Position) {
        let rows = (from + 1..=to)
            .filter_map(|position| self.row(position))
            .collect();
        let device = Arc::make_mut(&mut self.devices[side]);
        let before = device.thread.position();
        match device.thread.page(page(from, to, rows)) {
            Verdict::Applied(_) if from > before => self.broken = Some(Broken::AppliedBeyondAHole),
            Verdict::Applied(_) if to <= before => self.broken = Some(Broken::AppliedTwice),
            Verdict::Hole => self.ask(side),
            Verdict::Applied(_) | Verdict::Stale => {}
        }
    }

    /// The device asks for what it lacks; while it waits for an answer it does not ask again.
    pub(super) fn ask(&mut self, side: Side) {
        let Lack::After(after) = self.devices[side].thread.lacks() else {
            return;
        };
        let (peer, socket) = (PEOPLE[1 - side], self.socket(side));
        let asked = socket.positions.on_client_sync(peer, after, Ref::MAX, socket.now);
        if asked.is_ok() {
            self.carry_out(side);
        }
    }

    /// What is due leaves.
    pub(super) fn depart(&mut self, side: Side) {
        let device = Arc::make_mut(&mut self.devices[side]);
        let Some(socket) = &mut self.sockets[side] else {
            return;
        };
        if !device.welcomed {
            return;
        }
        for (.., departure) in device.outbox.depart(Transport::Socket, device.now) {
            if let Departure::Frame(ClientFrame::Send(send)) = departure {
                let id = send.body.id.parse().expect("an id of this model");
                Arc::make_mut(socket).up.push_back((send.r#ref, name_of(id)));
            }
        }
    }
}
