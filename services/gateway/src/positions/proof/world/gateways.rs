//! What happens at the log, on the bus and on the gateways.

use std::collections::VecDeque;
use std::sync::Arc;

use client::device::record::Transport;
use protocol::{Position, Seq};

use super::{
    Bell, Broken, Fate, Frame, Happening, Name, PEOPLE, Requests, Safeguard, Side, Socket, Way, World,
};
use crate::positions::{Event, Positions, Question, Step};

impl World {
    pub fn on(&mut self, happening: Happening, lacks: &[Safeguard]) {
        match happening {
            Happening::Dial(side) => self.dial(side),
            Happening::Append(side, fate) => self.append(side, fate, lacks),
            Happening::AppendLate(name) => {
                let place = self.late.iter().position(|late| *late == name);
                self.late.remove(place.expect("it is late"));
                self.commit(name, true, lacks);
            }
            Happening::Bell(side, nth, way) => self.bell(side, nth, way, lacks),
            Happening::Answer(side, succeeds) => self.answer(side, succeeds),
            Happening::Waited(side) => {
                let socket = self.socket(side);
                socket.now = socket.positions.next_due().expect("something is due");
                socket.positions.on_timer(socket.now);
                self.carry_out(side);
            }
            Happening::CheckHeads(side) => {
                let head = self.head(side);
                let socket = self.socket(side);
                socket.positions.on_heads(&[head], socket.now);
                self.carry_out(side);
            }
            Happening::Read(side) => self.read(side, lacks),
            Happening::Unanswered(side) => self.unanswered(side),
            Happening::Crash(gateway, requests) => self.crash(gateway, requests, lacks),
        }
    }

    pub(super) fn dial(&mut self, side: Side) {
        let head = self.head(side);
        let device = Arc::make_mut(&mut self.devices[side]);
        let at = device.thread.position();
        let peer = PEOPLE[1 - side];
        self.sockets[side] = Some(Arc::new(Socket {
            gateway: device.turn,
            positions: Positions::open(&[head], 1, &[(peer, at)].into()),
            now: device.now,
            written: at,
            up: VecDeque::new(),
            down: [Frame::Welcome(head.1)].into(),
            bells: Vec::new(),
            questions: VecDeque::new(),
        }));
        device.turn = 1 - device.turn;
        self.carry_out(side);
    }

    pub(super) fn append(&mut self, side: Side, fate: Fate, lacks: &[Safeguard]) {
        let socket = self.socket(side);
        let (r#ref, name) = socket.up.pop_front().expect("something is asked");
        let ack = |seq| Frame::Ack { r#ref, name, seq };
        if fate != Fate::Answered {
            self.left.crashes -= 1;
        }
        if fate == Fate::DiesBeforeCommit {
            if lacks.contains(&Safeguard::DurableFirst) {
                let seq = self.log.len() as Seq + 1;
                self.socket(side).down.push_back(ack(seq));
            }
            return;
        }
        let seq = self.commit(name, fate != Fate::DiesBeforePublish, lacks);
        if fate == Fate::Answered {
            self.socket(side).down.push_back(ack(seq));
        }
    }

    /// Stores a message and rings for it; one that is there is answered with its first place.
    pub(super) fn commit(&mut self, name: Name, rings: bool, lacks: &[Safeguard]) -> Seq {
        let before = self.log.iter().position(|stored| *stored == name);
        let known = before.filter(|_| !lacks.contains(&Safeguard::DuplicateCheck));
        if known.is_none() {
            self.log.push(name);
        }
        let head = self.log.len() as Position;
        let (bell, seq) = match known {
            Some(place) => (Bell::Head(head), place as Seq + 1),
            None => (Bell::Event(head), head),
        };
        if rings {
            for socket in self.sockets.iter_mut().flatten() {
                let bells = &mut Arc::make_mut(socket).bells;
                bells.push(bell);
            }
        }
        seq
    }

    pub(super) fn bell(&mut self, side: Side, nth: usize, way: Way, lacks: &[Safeguard]) {
        self.left.swaps -= u8::from(nth > 0);
        let socket = self.socket(side);
        let bell = match way {
            Way::ArrivesAndComesAgain => socket.bells[nth],
            Way::Arrives | Way::IsLost => socket.bells.remove(nth),
        };
        match way {
            Way::IsLost => self.left.losses -= 1,
            Way::ArrivesAndComesAgain => self.left.copies -= 1,
            Way::Arrives => {}
        }
        if way == Way::IsLost {
            return;
        }
        let (peer, socket) = (PEOPLE[1 - side], self.socket(side));
        match bell {
            Bell::Head(position) => socket.positions.on_head(peer, position, socket.now),
            Bell::Event(position) if lacks.contains(&Safeguard::PositionRule) => {
                socket.down.push_back(Frame::Live(position));
            }
            Bell::Event(position) => {
                let event = Event {
                    position,
                    frame: axum::extract::ws::Utf8Bytes::default(),
                    journey: None,
                };
                socket.positions.on_event(peer, event, socket.now);
            }
        }
        self.carry_out(side);
    }

    /// Does what the position machine asks for.
    pub(super) fn carry_out(&mut self, side: Side) {
        let socket = self.socket(side);
        for step in socket.positions.take_steps() {
            match step {
                Step::Ask(question) => socket.questions.push_back(question),
                Step::Deliver(event) => {
                    socket.down.push_back(Frame::Live(event.position));
                    let before = std::mem::replace(&mut socket.written, event.position);
                    if event.position != before + 1 {
                        self.broken = Some(Broken::WrittenOutOfOrder);
                        return;
                    }
                }
            }
        }
    }

    pub(super) fn answer(&mut self, side: Side, succeeds: bool) {
        let (peer, head) = (PEOPLE[1 - side], self.head(side));
        let socket = self.socket(side);
        let question = socket.questions.pop_front().expect("something is asked");
        if succeeds {
            match question {
                Question::Sync { after, .. } => {
                    let (from, to) = (after, head.1);
                    socket.written = to;
                    socket.down.push_back(Frame::Page { from, to });
                    socket.positions.on_synced(peer, to, false, socket.now);
                }
                Question::Entry { .. } => socket.positions.on_entry(head, socket.now),
            }
        } else {
            socket.positions.on_failed(peer, socket.now);
            self.left.losses -= 1;
        }
        self.carry_out(side);
    }

    pub(super) fn unanswered(&mut self, side: Side) {
        let device = &self.devices[side];
        let waits_for = device.waits_for().expect("something is in flight");
        if self.socket(side).has_on_its_way(waits_for) {
            self.left.hurries -= 1;
        }
        let device = Arc::make_mut(&mut self.devices[side]);
        device.now = device
            .outbox
            .deadline(Transport::Socket)
            .expect("it waits for something");
        self.depart(side);
    }

    pub(super) fn crash(&mut self, gateway: usize, requests: Requests, lacks: &[Safeguard]) {
        self.left.crashes -= 1;
        for side in 0..2 {
            if self.sockets[side]
                .as_ref()
                .is_none_or(|socket| socket.gateway != gateway)
            {
                continue;
            }
            let socket = self.sockets[side].take().expect("it is connected");
            if requests == Requests::Late {
                self.late.extend(socket.up.iter().map(|(_, name)| *name));
                self.late.sort_unstable();
            }
            let device = Arc::make_mut(&mut self.devices[side]);
            device.welcomed = false;
            if !lacks.contains(&Safeguard::Recall) {
                device.outbox.recall(device.now);
            }
        }
    }
}
