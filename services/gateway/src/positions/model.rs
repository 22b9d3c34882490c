//! A log, a bus that loses, repeats and reorders, and two sockets of one person: whatever happens, each
//! device sees every position once and in order, and ends with the log's rows.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use proptest::prelude::*;
use protocol::marks::Marked;
use uuid::Uuid;

use super::*;

const PEERS: usize = 3;
/// Small, so that most answers take several pages.
const PAGE_ROWS: usize = 2;

#[derive(Debug, Clone, Copy)]
enum Happening {
    /// Commits a send (`row` beyond the last) or an edit of an old row, and publishes its event.
    Commit {
        peer: usize,
        row: usize,
    },
    /// Hands socket `socket` the `nth` of the events on their way to it; `copies` 0 loses it.
    Arrive {
        socket: usize,
        nth: usize,
        copies: usize,
    },
    /// The log answers the oldest question of a socket, or fails to.
    Answer {
        socket: usize,
        fails: bool,
    },
    Wait {
        ms: u64,
    },
    CheckHeads {
        socket: usize,
    },
    /// The device asks for what follows a position it has had.
    ClientSync {
        socket: usize,
        peer: usize,
        back: u64,
    },
    Reconnect {
        socket: usize,
    },
    /// The log is restored from a backup: positions start anew under another epoch.
    Restore,
}

#[derive(Default)]
struct Log {
    epoch: u64,
    /// By peer: row → position of its latest change. A row's number is the position that made it.
    rows: HashMap<UserId, BTreeMap<Position, Position>>,
    heads: HashMap<UserId, Position>,
}

impl Log {
    fn commit(&mut self, peer: UserId, row: usize) -> Position {
        let head = self.heads.entry(peer).or_default();
        *head += 1;
        let rows = self.rows.entry(peer).or_default();
        let seq = rows.keys().nth(row).copied().unwrap_or(*head);
        rows.insert(seq, *head);
        *head
    }

    fn heads(&self) -> Vec<Head> {
        self.heads
            .iter()
            .map(|(peer, head)| Head(*peer, *head, 0, Marked::default()))
            .collect()
    }

    /// Rows after `after` in order of position, up to where they reach, and whether there are more.
    fn page(&self, peer: UserId, after: Position) -> (BTreeMap<Position, Position>, Position, bool) {
        let head = self.heads.get(&peer).copied().unwrap_or(0);
        let mut changed: Vec<_> = self
            .rows
            .get(&peer)
            .into_iter()
            .flatten()
            .map(|(s, p)| (*p, *s))
            .collect();
        changed.retain(|(position, _)| *position > after);
        changed.sort_unstable();
        let more = changed.len() > PAGE_ROWS;
        changed.truncate(PAGE_ROWS);
        let to = if more {
            changed.last().map_or(head, |(position, _)| *position)
        } else {
            head
        };
        (
            changed
                .into_iter()
                .map(|(position, seq)| (seq, position))
                .collect(),
            to,
            more,
        )
    }
}

/// What the device of one socket knows.
#[derive(Default)]
struct Device {
    at: HashMap<UserId, Position>,
    rows: HashMap<UserId, BTreeMap<Position, Position>>,
}

#[derive(Default)]
struct Socket {
    epoch: u64,
    positions: Positions,
    device: Device,
    questions: Vec<Question>,
    arriving: Vec<(UserId, Position, Position)>,
    refs: Ref,
}

impl Socket {
    fn connect(&mut self, log: &Log) {
        self.questions.clear();
        if self.epoch != log.epoch {
            self.device = Device {
                at: log.heads.clone(),
                rows: log.rows.clone(),
            };
            self.epoch = log.epoch;
        }
        let heads = log.heads();
        for Head(peer, head, ..) in &heads {
            // A device that never had the conversation loads its newest page from history.
            if !self.device.at.contains_key(peer) {
                self.device.at.insert(*peer, *head);
                self.device.rows.insert(*peer, log.rows[peer].clone());
            }
        }
        let told = heads.len() / 2;
        self.positions = Positions::open(&heads, told, &self.device.at);
        self.carry_out(&HashMap::new());
    }

    fn carry_out(&mut self, rows: &HashMap<(UserId, Position), Position>) {
        for step in self.positions.take_steps() {
            match step {
                Step::Deliver(event) => {
                    let peer = event.frame.parse::<UserId>().unwrap();
                    let at = self.device.at.entry(peer).or_default();
                    assert_eq!(
                        event.position,
                        *at + 1,
                        "each position once, in order, without a hole"
                    );
                    *at = event.position;
                    let seq = rows[&(peer, event.position)];
                    self.device
                        .rows
                        .entry(peer)
                        .or_default()
                        .insert(seq, event.position);
                }
                Step::Ask(question) => self.questions.push(question),
            }
        }
    }
}

struct World {
    log: Log,
    sockets: [Socket; 2],
    /// Which row each position of this epoch changed.
    changed: HashMap<(UserId, Position), Position>,
    now: Instant,
}

impl World {
    fn new() -> Self {
        let sockets = [Socket::default(), Socket::default()];
        Self {
            log: Log::default(),
            sockets,
            changed: HashMap::new(),
            now: Instant::now(),
        }
    }

    fn on(&mut self, happening: Happening) {
        match happening {
            Happening::Commit { peer, row } => self.commit(peer_id(peer), row),
            Happening::Arrive { socket, nth, copies } => self.arrive(socket, nth, copies),
            Happening::Answer { socket, fails } => self.answer(socket, fails),
            Happening::Wait { ms } => self.wait(Duration::from_millis(ms)),
            Happening::CheckHeads { socket } => self.check_heads(socket),
            Happening::ClientSync { socket, peer, back } => {
                let (peer, socket) = (peer_id(peer), &mut self.sockets[socket]);
                let at = socket.device.at.get(&peer).copied().unwrap_or(0);
                socket.refs += 1;
                let _ = socket
                    .positions
                    .on_client_sync(peer, at.saturating_sub(back), socket.refs, self.now);
                socket.carry_out(&self.changed);
            }
            Happening::Reconnect { socket } => self.sockets[socket].connect(&self.log),
            Happening::Restore => self.restore(),
        }
    }

    fn commit(&mut self, peer: UserId, row: usize) {
        let position = self.log.commit(peer, row);
        let seq = *self.log.rows[&peer]
            .iter()
            .find(|(_, p)| **p == position)
            .unwrap()
            .0;
        self.changed.insert((peer, position), seq);
        for socket in &mut self.sockets {
            socket.arriving.push((peer, position, seq));
        }
    }

    fn arrive(&mut self, socket: usize, nth: usize, copies: usize) {
        let socket = &mut self.sockets[socket];
        if socket.arriving.is_empty() {
            return;
        }
        let (peer, position, _) = socket.arriving.remove(nth % socket.arriving.len());
        for _ in 0..copies {
            let frame = peer.to_string().into();
            let event = Event {
                position,
                frame,
                journey: None,
            };
            socket.positions.on_event(peer, event, self.now);
            socket.carry_out(&self.changed);
        }
    }

    fn answer(&mut self, socket: usize, fails: bool) {
        let socket = &mut self.sockets[socket];
        if socket.questions.is_empty() {
            return;
        }
        match socket.questions.remove(0) {
            Question::Sync { peer, .. } | Question::Entry { peer } if fails => {
                socket.positions.on_failed(peer, self.now);
            }
            Question::Sync { peer, after, r#ref } => {
                let at = socket.device.at.get(&peer).copied().unwrap_or(0);
                assert!(
                    r#ref.is_some() || after == at,
                    "a page begins where the device stands"
                );
                let (rows, to, more) = self.log.page(peer, after);
                socket.device.rows.entry(peer).or_default().extend(rows);
                socket.device.at.insert(peer, to);
                socket.positions.on_synced(peer, to, more, self.now);
            }
            Question::Entry { peer } => {
                let head = self.log.heads.get(&peer).copied().unwrap_or(0);
                socket
                    .positions
                    .on_entry(Head(peer, head, 0, Marked::default()), self.now);
            }
        }
        socket.carry_out(&self.changed);
    }

    fn wait(&mut self, duration: Duration) {
        self.now += duration;
        for socket in &mut self.sockets {
            socket.positions.on_timer(self.now);
            socket.carry_out(&self.changed);
        }
    }

    fn check_heads(&mut self, socket: usize) {
        let heads = self.log.heads();
        let sum: Position = heads.iter().map(|head| head.1).sum();
        let socket = &mut self.sockets[socket];
        let sums = socket.positions.sums();
        if (sums.positions, sums.access) != (sum, heads.len() as u64) {
            socket.positions.on_heads(&heads, self.now);
            socket.carry_out(&self.changed);
        }
    }

    /// Every socket is closed, and what was on its way carries the old epoch, which sessions drop.
    fn restore(&mut self) {
        self.log = Log {
            epoch: self.log.epoch + 1,
            ..Log::default()
        };
        self.changed.clear();
        for socket in &mut self.sockets {
            socket.arriving.clear();
            socket.connect(&self.log);
        }
    }

    /// No more loss: a heads check, and an answer to every question.
    fn heal(&mut self) {
        for _ in 0..4 {
            for socket in 0..2 {
                self.check_heads(socket);
            }
            self.wait(RETRY + HOLD);
            for socket in 0..2 {
                while !self.sockets[socket].questions.is_empty() {
                    self.answer(socket, false);
                }
            }
        }
    }
}

fn peer_id(n: usize) -> UserId {
    UserId(Uuid::from_u128(n as u128 + 1))
}

fn happening() -> impl Strategy<Value = Happening> {
    let (peer, socket) = (0..PEERS, 0..2_usize);
    prop_oneof![
        6 => (peer.clone(), 0..6_usize).prop_map(|(peer, row)| Happening::Commit { peer, row }),
        8 => (socket.clone(), 0..4_usize, 0..3_usize)
            .prop_map(|(socket, nth, copies)| Happening::Arrive { socket, nth, copies }),
        6 => (socket.clone(), prop::bool::weighted(0.2))
            .prop_map(|(socket, fails)| Happening::Answer { socket, fails }),
        3 => (1..120_u64).prop_map(|ms| Happening::Wait { ms }),
        1 => socket.clone().prop_map(|socket| Happening::CheckHeads { socket }),
        1 => (socket.clone(), peer, 0..4_u64)
            .prop_map(|(socket, peer, back)| Happening::ClientSync { socket, peer, back }),
        1 => socket.prop_map(|socket| Happening::Reconnect { socket }),
        1 => Just(Happening::Restore),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn every_device_ends_with_the_log_and_saw_each_position_once(
        happenings in prop::collection::vec(happening(), 1..120),
    ) {
        let mut world = World::new();
        for happening in happenings {
            world.on(happening);
        }

        world.heal();

        for socket in &world.sockets {
            prop_assert!(socket.positions.is_caught_up());
            prop_assert_eq!(socket.positions.held_bytes, 0);
            for (peer, head) in &world.log.heads {
                prop_assert_eq!(socket.device.at.get(peer), Some(head));
                prop_assert_eq!(socket.device.rows.get(peer), world.log.rows.get(peer));
            }
        }
    }
}

#[test]
fn an_event_that_no_commit_backs_is_let_go_after_one_question() {
    let (peer, now) = (peer_id(0), Instant::now());
    let mut positions = Positions::open(&[Head(peer, 3, 0, Marked::default())], 1, &HashMap::new());
    let event = Event {
        position: 900,
        frame: Utf8Bytes::default(),
        journey: None,
    };

    positions.on_event(peer, event, now);
    positions.on_timer(now + HOLD);
    assert!(matches!(
        positions.take_steps()[..],
        [Step::Ask(Question::Sync { after: 3, .. })]
    ));
    positions.on_synced(peer, 3, false, now + HOLD);

    assert_eq!(positions.next_due(), None);
    assert!(positions.take_steps().is_empty());
}

#[test]
fn a_device_that_claims_the_largest_position_there_is_harms_only_itself() {
    let (peer, now) = (peer_id(0), Instant::now());
    let claimed = HashMap::from([(peer, Position::MAX)]);
    let mut positions = Positions::open(&[Head(peer, 3, 0, Marked::default())], 1, &claimed);
    positions.take_steps();

    positions.on_failed(peer, now);
    positions.on_head(peer, Position::MAX, now);
    positions.on_timer(now + RETRY);

    assert!(positions.is_caught_up());
    assert!(positions.take_steps().is_empty());
}

#[test]
fn holding_is_bounded_and_the_log_is_asked_at_once_beyond_it() {
    let (peer, now) = (peer_id(0), Instant::now());
    let mut positions = Positions::open(&[Head(peer, 0, 0, Marked::default())], 1, &HashMap::new());

    for position in 2..=(2 + HELD_EVENTS as u64) {
        let event = Event {
            position,
            frame: Utf8Bytes::from("x".repeat(100)),
            journey: None,
        };
        positions.on_event(peer, event, now);
    }

    assert_eq!(positions.held_bytes, 0);
    assert!(matches!(
        positions.take_steps()[..],
        [Step::Ask(Question::Sync { after: 0, .. })]
    ));
}
