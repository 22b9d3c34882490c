//! The position machine under a log and a broker that say anything: what is delivered follows without a hole on what
//! the socket was told before, and nothing is asked twice at once.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use gateway::positions::{Event, Positions, Question, Step};
use protocol::{Position, UserId, internal::Head, marks::Marked};
use uuid::Uuid;

const PEERS: u8 = 3;

struct World {
    positions: Positions,
    now: Instant,
    /// Where the device stands.
    last: HashMap<UserId, Position>,
    asked: Vec<Question>,
}

pub fn run(bytes: &[u8]) {
    let mut world = World::open(bytes);
    for step in bytes
        .get(usize::from(PEERS) * 2..)
        .unwrap_or_default()
        .as_chunks::<3>()
        .0
    {
        world.happens(*step);
        world.carry_out();
    }
}

impl World {
    fn open(bytes: &[u8]) -> Self {
        let (mut heads, mut resumed) = (Vec::new(), HashMap::new());
        for (n, [head, stands]) in (0..PEERS).zip(bytes.as_chunks::<2>().0) {
            heads.push(Head(peer(n), position(*head), 0, Marked::default()));
            resumed.insert(peer(n), position(*stands));
        }
        // A conversation that begins later begins before its first position.
        let mut last: HashMap<_, _> = (0..PEERS).map(|n| (peer(n), 0)).collect();
        last.extend(resumed.clone());
        let told = heads.len() / 2;
        let mut world = Self {
            positions: Positions::open(&heads, told, &resumed),
            now: Instant::now(),
            last,
            asked: Vec::new(),
        };
        world.carry_out();
        world
    }

    fn happens(&mut self, [what, who, much]: [u8; 3]) {
        let (peer, now) = (peer(who % PEERS), self.now);
        match what % 9 {
            0 => self
                .positions
                .on_event(peer, event(who % PEERS, position(much)), now),
            1 => self.positions.on_head(peer, position(much), now),
            2 => self.answer(position(much), what > 127),
            3 => {
                let question = (!self.asked.is_empty()).then(|| self.asked.remove(0));
                if let Some(Question::Sync { peer, .. } | Question::Entry { peer }) = question {
                    self.positions.on_failed(peer, now);
                }
            }
            4 => drop(
                self.positions
                    .on_client_sync(peer, position(much), u64::from(what), now),
            ),
            5 => self.now += Duration::from_millis(u64::from(much)),
            6 => {
                let head = Head(
                    peer,
                    position(much),
                    u32::from(what),
                    Marked {
                        mine: u64::from(who),
                        theirs: 0,
                    },
                );
                self.positions.on_heads(&[head], now);
            }
            7 => drop(
                self.positions
                    .on_access(peer, (much > 9).then_some(u32::from(much)), now),
            ),
            _ => drop(self.positions.on_typing(peer, now)),
        }
        self.positions.on_timer(self.now);
        assert!(
            self.positions.next_due().is_none_or(|due| due > self.now),
            "a deadline that is over"
        );
    }

    /// The log answers its oldest question.
    fn answer(&mut self, to: Position, more: bool) {
        if self.asked.is_empty() {
            return;
        }
        match self.asked.remove(0) {
            Question::Sync { peer, .. } => {
                self.last.insert(peer, to);
                self.positions.on_synced(peer, to, more, self.now);
            }
            Question::Entry { peer } if to == 0 => {
                self.last.insert(peer, 0);
                self.positions.on_gone(peer, self.now);
            }
            Question::Entry { peer } => self
                .positions
                .on_entry(Head(peer, to, 0, Marked::default()), self.now),
        }
    }

    fn carry_out(&mut self) {
        let mut delivered = Vec::new();
        for step in self.positions.take_steps() {
            match step {
                Step::Deliver(event) => delivered.push(event),
                Step::Ask(question) => self.asked.push(question),
            }
        }
        for (n, question) in self.asked.iter().enumerate() {
            let others = self.asked.iter().skip(n + 1);
            let twice = others.filter(|other| whom(other) == whom(question)).count();
            assert_eq!(
                twice, 0,
                "two questions of one conversation at once: {:?}",
                self.asked
            );
        }
        for event in delivered {
            // Whose it is stands in its frame.
            let last = event.frame.parse().ok().and_then(|n| self.last.get_mut(&peer(n)));
            let last = last.expect("it was made here");
            assert_eq!(
                last.checked_add(1),
                Some(event.position),
                "a hole, or a step back"
            );
            *last = event.position;
        }
    }
}

fn whom(question: &Question) -> UserId {
    match *question {
        Question::Sync { peer, .. } | Question::Entry { peer } => peer,
    }
}

fn peer(n: u8) -> UserId {
    UserId(Uuid::from_u128(u128::from(n) + 1))
}

/// Small ones, so that they meet, and the largest there are.
fn position(byte: u8) -> Position {
    match byte {
        0..=239 => u64::from(byte),
        _ => u64::MAX - u64::from(u8::MAX - byte),
    }
}

fn event(n: u8, position: Position) -> Event {
    Event {
        position,
        frame: n.to_string().into(),
        journey: None,
    }
}
