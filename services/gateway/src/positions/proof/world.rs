//! Two people who write to each other, two gateways, a log, and a bus that loses, repeats and reorders.

mod devices;
mod gateways;
mod happenings;
mod likeness;
mod wire;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use client::device::Thread;
use client::device::outbox::{Change, Outbox};
use protocol::frame::Ref;
use protocol::internal::Head;
use protocol::marks::Marked;
use protocol::{ConversationId, Message, Position, Seq, UserId};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::positions::{Positions, Question, Sums};
use wire::{body, conversation, id, name_of};

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
        let name = (u8::from(side == 1), self.written[side]);
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
                .all(|(place, name)| usize::from(name.1) == place)
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
