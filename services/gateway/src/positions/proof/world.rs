//! Two people who write to each other, two gateways, a log, and a bus that loses, repeats and reorders.

use std::{
    collections::{BTreeSet, VecDeque},
    hash::{Hash, Hasher},
    sync::Arc,
    time::{Duration, Instant},
};

use client::device::{
    Thread,
    outbox::{Change, Departure, Outbox},
    record::Transport,
    thread::{Lack, Verdict},
};
use protocol::{
    ConversationId, Message, MessageId, Position, Seq, UserId,
    frame::{ClientFrame, Ref, SendBody, Sync},
    internal::Head,
    marks::Marked,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::super::{Event, Positions, Question, Step, Sums, settle::InFlight};

const PEOPLE: [UserId; 2] = [UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2))];

/// A message: who wrote it, and the how manieth of that person's it is.
pub type Name = (u8, u16);
/// 0 or 1: a person, their device, and the socket of that device.
pub type Side = usize;

/// What keeps the promises; a model without one of them must be seen to break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safeguard {
    /// The log answers an id that it has with its first place.
    DuplicateCheck,
    /// The answer leaves after the commit.
    DurableFirst,
    /// The gateway drops, holds and asks by position.
    PositionRule,
    /// The device applies nothing but what follows.
    DeviceRule,
    /// A hole that does not fill by itself is asked for.
    HoleRepair,
    /// The heads are compared with the log's.
    HeadsCheck,
    /// One message of a conversation is in flight at a time.
    OneInFlight,
    /// What was in flight on a dead socket leaves again.
    Recall,
}

/// How much may go wrong on one way through the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Budget {
    /// Of gateways, and of the log's service at each step of an append.
    pub crashes: u8,
    /// Bells that are lost, and questions that get no answer.
    pub losses: u8,
    /// Bells that come twice.
    pub copies: u8,
    /// Bells that overtake others.
    pub swaps: u8,
    /// Answers that a device stops waiting for although they are on their way.
    pub hurries: u8,
}

impl Budget {
    pub const NOTHING: Self = Self {
        crashes: 0,
        losses: 0,
        copies: 0,
        swaps: 0,
        hurries: 0,
    };
    pub const ONE_OF_EACH: Self = Self {
        crashes: 1,
        losses: 1,
        copies: 1,
        swaps: 1,
        hurries: 1,
    };
}

/// A promise that was broken on the way here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Broken {
    AckedAndLost,
    AppliedTwice,
    AppliedBeyondAHole,
    AppliedOutOfOrder,
    WrittenOutOfOrder,
    TwoValues,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Happening {
    Dial(Side),
    /// The oldest request on the way from a socket reaches the log.
    Append(Side, Fate),
    /// A request of a gateway that died meanwhile does.
    AppendLate(Name),
    /// The `nth` of the bells on their way to a socket.
    Bell(Side, usize, Way),
    /// The log answers the oldest question of a socket, or fails to.
    Answer(Side, bool),
    /// A hole did not fill by itself in time.
    Waited(Side),
    CheckHeads(Side),
    /// A device reads the next frame.
    Read(Side),
    /// A device waited long enough for an answer.
    Unanswered(Side),
    /// A gateway dies; what it had asked of the log is lost with it, or not.
    Crash(usize, Requests),
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    Answered,
    DiesBeforeCommit,
    DiesBeforePublish,
    DiesBeforeReply,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    Arrives,
    IsLost,
    ArrivesAndComesAgain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Requests {
    Lost,
    Late,
}

#[derive(Debug, Clone)]
pub struct World {
    /// Which message each position made.
    pub log: Vec<Name>,
    pub devices: [Arc<Device>; 2],
    pub sockets: [Option<Arc<Socket>>; 2],
    /// Requests whose gateway died before the log had them.
    pub late: Vec<Name>,
    pub left: Budget,
    pub broken: Option<Broken>,
    /// How much each person has written.
    written: [u16; 2],
}

#[derive(Debug, Clone)]
pub struct Device {
    pub outbox: Outbox,
    pub thread: Thread,
    now: Instant,
    /// The gateway to be dialed next.
    turn: usize,
    welcomed: bool,
}

#[derive(Debug, Clone)]
pub struct Socket {
    pub gateway: usize,
    pub positions: Positions,
    now: Instant,
    /// The last position written to the socket.
    written: Position,
    up: VecDeque<(Ref, Name)>,
    down: VecDeque<Frame>,
    pub bells: Vec<Bell>,
    questions: VecDeque<Question>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Frame {
    Welcome(Position),
    Live(Position),
    Page { from: Position, to: Position },
    Ack { r#ref: Ref, name: Name, seq: Seq },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bell {
    Event(Position),
    Head(Position),
}

impl World {
    /// Both devices are connected, each to a gateway of its own, and nothing is written.
    pub fn new(left: Budget) -> Self {
        let now = Instant::now();
        let device = |side: Side| {
            let mut thread = Thread::default();
            thread.hear_of(0);
            Arc::new(Device {
                outbox: Outbox::default(),
                thread,
                now,
                turn: side,
                welcomed: false,
            })
        };
        let mut world = Self {
            log: Vec::new(),
            devices: [device(0), device(1)],
            sockets: [None, None],
            late: Vec::new(),
            left,
            broken: None,
            written: [0, 0],
        };
        for side in 0..2 {
            world.dial(side);
            world.read(side, &[]);
        }
        world
    }

    /// A person writes.
    pub fn write(&mut self, side: Side, lacks: &[Safeguard]) {
        let name = (side as u8, self.written[side]);
        self.written[side] += 1;
        // Without the rule each message is the first of a queue of its own.
        let queue = if lacks.contains(&Safeguard::OneInFlight) {
            ConversationId::new(UserId(id(name).uuid()), PEOPLE[1])
        } else {
            conversation()
        };
        let device = Arc::make_mut(&mut self.devices[side]);
        let change = Change::Send(body(name));
        device.outbox.push(queue, id(name), change, device.now);
        self.depart(side);
    }

    /// Everything that was written is acknowledged, and each device has the log.
    pub fn is_converged(&self) -> bool {
        let whole = |device: &Arc<Device>| {
            device.outbox.is_empty() && device.thread.position() == self.log.len() as Position
        };
        self.log.len() >= self.written.iter().sum::<u16>().into() && self.devices.iter().all(whole)
    }

    /// What one sender wrote stands in the order of writing.
    pub fn keeps_sender_order(&self) -> bool {
        let is_in_order = |side| {
            let mut own = self.log.iter().filter(|name| name.0 == side);
            own.by_ref()
                .enumerate()
                .all(|(place, name)| name.1 == place as u16)
        };
        !self.has_each_message_once() || (is_in_order(0) && is_in_order(1))
    }

    pub fn has_each_message_once(&self) -> bool {
        self.log.iter().collect::<BTreeSet<_>>().len() == self.log.len()
    }

    /// Each row of each device is the log's row of that place.
    pub fn has_one_value_for_each_position(&self) -> bool {
        let is_of_log = |row: &Message| self.at(row.seq) == Some(name_of(row.id));
        let rows = |device: &Arc<Device>| device.thread.rows().all(is_of_log);
        self.devices.iter().all(rows)
    }

    pub fn at(&self, seq: Seq) -> Option<Name> {
        self.log.get(usize::try_from(seq).ok()?.checked_sub(1)?).copied()
    }

    pub fn happenings(&self, lacks: &[Safeguard]) -> Vec<Happening> {
        let mut all = Vec::new();
        if self.broken.is_some() {
            return all;
        }
        for side in 0..2 {
            match &self.sockets[side] {
                None => all.push(Happening::Dial(side)),
                Some(socket) => self.happenings_of(side, socket, lacks, &mut all),
            }
        }
        all.extend(self.late.first().copied().map(Happening::AppendLate));
        if self.left.crashes > 0 {
            for gateway in 0..2 {
                let here = self
                    .sockets
                    .iter()
                    .flatten()
                    .filter(|socket| socket.gateway == gateway);
                let (sockets, asked) = here.fold((0, false), |(n, asked), socket| {
                    (n + 1, asked || !socket.up.is_empty())
                });
                if sockets > 0 {
                    all.push(Happening::Crash(gateway, Requests::Lost));
                }
                if asked {
                    all.push(Happening::Crash(gateway, Requests::Late));
                }
            }
        }
        all
    }

    fn happenings_of(&self, side: Side, socket: &Socket, lacks: &[Safeguard], all: &mut Vec<Happening>) {
        let (device, left) = (&self.devices[side], self.left);
        if !socket.up.is_empty() {
            all.push(Happening::Append(side, Fate::Answered));
            if left.crashes > 0 {
                let dies = [
                    Fate::DiesBeforeCommit,
                    Fate::DiesBeforePublish,
                    Fate::DiesBeforeReply,
                ];
                all.extend(dies.map(|fate| Happening::Append(side, fate)));
            }
        }
        for (nth, bell) in socket.bells.iter().enumerate() {
            if socket.bells[..nth].contains(bell) || (nth > 0 && left.swaps == 0) {
                continue;
            }
            all.push(Happening::Bell(side, nth, Way::Arrives));
            if left.losses > 0 {
                all.push(Happening::Bell(side, nth, Way::IsLost));
            }
            if left.copies > 0 {
                all.push(Happening::Bell(side, nth, Way::ArrivesAndComesAgain));
            }
        }
        if !socket.questions.is_empty() {
            all.push(Happening::Answer(side, true));
            if left.losses > 0 {
                all.push(Happening::Answer(side, false));
            }
        }
        if socket.positions.next_due().is_some() && !lacks.contains(&Safeguard::HoleRepair) {
            all.push(Happening::Waited(side));
        }
        // The check comes every twenty seconds: what was on its way is long there, and what was held asked for.
        let waits = !socket.questions.is_empty() || socket.positions.next_due().is_some();
        let quiet = socket.bells.is_empty() && !waits;
        if quiet && socket.positions.sums() != self.sums() && !lacks.contains(&Safeguard::HeadsCheck) {
            all.push(Happening::CheckHeads(side));
        }
        if !socket.down.is_empty() {
            all.push(Happening::Read(side));
        }
        if let Some(waits_for) = device.waits_for() {
            let comes = socket.has_on_its_way(waits_for);
            if (!comes || left.hurries > 0) && !lacks.contains(&Safeguard::Recall) {
                all.push(Happening::Unanswered(side));
            }
        }
    }

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

    fn dial(&mut self, side: Side) {
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

    fn append(&mut self, side: Side, fate: Fate, lacks: &[Safeguard]) {
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
    fn commit(&mut self, name: Name, rings: bool, lacks: &[Safeguard]) -> Seq {
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

    fn bell(&mut self, side: Side, nth: usize, way: Way, lacks: &[Safeguard]) {
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
    fn carry_out(&mut self, side: Side) {
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

    fn answer(&mut self, side: Side, succeeds: bool) {
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

    fn unanswered(&mut self, side: Side) {
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

    fn crash(&mut self, gateway: usize, requests: Requests, lacks: &[Safeguard]) {
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

    /// Everything that is there: what a crash may lose is what was written since.
    fn read(&mut self, side: Side, lacks: &[Safeguard]) {
        for frame in std::mem::take(&mut self.socket(side).down) {
            self.read_one(side, frame, lacks);
        }
    }

    fn read_one(&mut self, side: Side, frame: Frame, lacks: &[Safeguard]) {
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

    fn apply_live(&mut self, side: Side, position: Position, lacks: &[Safeguard]) {
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

    fn apply_page(&mut self, side: Side, from: Position, to: Position) {
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
    fn ask(&mut self, side: Side) {
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
    fn depart(&mut self, side: Side) {
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

    fn head(&self, side: Side) -> Head {
        Head(PEOPLE[1 - side], self.log.len() as Position, 0, Marked::default())
    }

    fn sums(&self) -> Sums {
        Sums {
            positions: self.log.len() as Position,
            access: 1,
            marks: 0,
        }
    }

    fn row(&self, position: Position) -> Option<Message> {
        let name = self.at(position)?;
        Some(Message {
            id: id(name),
            conversation_id: conversation(),
            seq: position,
            position,
            sender_id: PEOPLE[usize::from(name.0)],
            text: None,
            attachments: Vec::new(),
            reply_to: None,
            reactions: Vec::new(),
            sent_at: OffsetDateTime::UNIX_EPOCH,
            edited_at: None,
            deleted_at: None,
        })
    }

    fn socket(&mut self, side: Side) -> &mut Socket {
        Arc::make_mut(self.sockets[side].as_mut().expect("it is connected"))
    }
}

impl Device {
    /// The message whose answer it waits for.
    fn waits_for(&self) -> Option<Name> {
        self.outbox.in_flight(conversation()).map(name_of)
    }
}

impl Socket {
    fn has_on_its_way(&self, name: Name) -> bool {
        let asked = self.up.iter().any(|(_, asked)| *asked == name);
        let answered = |frame: &Frame| matches!(frame, Frame::Ack { name: of, .. } if *of == name);
        asked || self.down.iter().any(answered)
    }
}

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

fn page(from: Position, to: Position, messages: Vec<Message>) -> Sync {
    Sync {
        r#ref: None,
        conversation_id: conversation(),
        from,
        to,
        messages,
        more: false,
        reset: None,
    }
}

fn body(name: Name) -> SendBody {
    SendBody {
        conversation_id: conversation().to_string(),
        id: id(name).to_string(),
        text: None,
        attachments: None,
        reply_to: None,
        traceparent: None,
    }
}

fn conversation() -> ConversationId {
    ConversationId::new(PEOPLE[0], PEOPLE[1])
}

/// A UUID of version 7 that carries the name.
fn id(name: Name) -> MessageId {
    let name = u128::from(name.0) << 16 | u128::from(name.1);
    let id = Uuid::from_u128(0x7000_8000_0000_0000_0000 | name);
    MessageId::parse(id).expect("an id of version 7")
}

fn name_of(id: MessageId) -> Name {
    let bytes = id.uuid().into_bytes();
    (bytes[13], u16::from_be_bytes([bytes[14], bytes[15]]))
}
