//! What a device does about everything that happens to it: no socket, no clock, no channel inside.

use std::{
    collections::{BTreeMap, HashMap},
    time::Instant,
};

use protocol::{
    ConversationEntry, ConversationId, Epoch, MessageId, UserId,
    frame::{Ack, ClientFrame, ClientVersion, Hello, Resume, ServerFrame},
    http::{SyncRequest, SyncResponse},
    ids::DeviceId,
    limits::RESUME_POSITIONS,
    marks::Marks,
};

use super::{
    life::Life,
    link::{Due, Link},
    marks::Marking,
    outbox::{Change, Departure, Outbox},
    record::{Event as Recorded, Transport},
    thread::{Lack, Thread},
};
use crate::{
    http,
    socket::{Ended, Refused},
};

mod answers;
mod fetches;
mod frames;
mod view;

pub use answers::Answer;
use fetches::Fetch;

/// Something that happened to the device.
#[derive(Debug)]
pub enum Event {
    /// A person changed something; `key` names it until it is answered.
    Change {
        conversation: ConversationId,
        key: MessageId,
        change: Change,
    },
    /// A person has been delivered or has read.
    Mark {
        conversation: ConversationId,
        marks: Marks,
    },
    /// A person is writing: said on a live socket, or not at all.
    Typing(ConversationId),
    /// A person looks at these people.
    Watch(Vec<UserId>),
    Opened,
    Refused(Refused),
    Closed(Ended),
    Frame(Box<ServerFrame>),
    Loaded {
        conversation: ConversationId,
        result: Result<http::History, http::Error>,
    },
    Posted {
        conversation: ConversationId,
        key: MessageId,
        result: Result<Ack, http::Error>,
    },
    Polled(Result<SyncResponse, http::Error>),
    /// A person wants the device back after it stopped.
    Wake,
    Tick,
}

/// Something the device must do.
#[derive(Debug, PartialEq)]
pub enum Action {
    Dial,
    /// Drops the socket: nothing was heard of it for too long.
    GiveUp,
    Frame(ClientFrame),
    /// Sends `auth` with a fresh token.
    Authenticate,
    Load(ConversationId),
    Post {
        conversation: ConversationId,
        key: MessageId,
        body: protocol::frame::SendBody,
    },
    Poll(SyncRequest),
}

/// Everything a device knows.
#[derive(Debug)]
pub struct State {
    device: DeviceId,
    user: UserId,
    epoch: Option<Epoch>,
    threads: BTreeMap<ConversationId, Thread>,
    entries: BTreeMap<ConversationId, ConversationEntry>,
    /// Conversations that lack something, and what is done about it.
    fetches: BTreeMap<ConversationId, Fetch>,
    outbox: Outbox,
    marking: Marking,
    link: Link,
    poll: Poll,
    synced: bool,
    answers: HashMap<MessageId, Answer>,
    record: Vec<Recorded>,
    expiring: u32,
    life: Life,
}

#[derive(Debug)]
enum Poll {
    At(Instant),
    Busy,
}

impl State {
    pub fn new(device: DeviceId, user: UserId, link: Link, now: Instant) -> Self {
        Self {
            device,
            user,
            epoch: None,
            threads: BTreeMap::new(),
            entries: BTreeMap::new(),
            fetches: BTreeMap::new(),
            outbox: Outbox::default(),
            marking: Marking::default(),
            link,
            poll: Poll::At(now),
            synced: false,
            answers: HashMap::new(),
            record: Vec::new(),
            expiring: 0,
            life: Life::default(),
        }
    }

    /// Takes what happened and answers what to do next.
    pub fn on(&mut self, event: Event, now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        match event {
            Event::Change {
                conversation,
                key,
                change,
            } => self.change(conversation, key, change, now),
            Event::Mark { conversation, marks } => self.marking.want(conversation, marks),
            Event::Typing(conversation) if self.says_marks() => {
                let conversation_id = conversation.to_string();
                actions.push(Action::Frame(ClientFrame::Typing { conversation_id }));
            }
            Event::Watch(users) => self.life.watch(users),
            Event::Opened => {
                self.link.opened(now);
                self.synced = false;
                actions.push(Action::Frame(self.hello()));
            }
            Event::Refused(refused) => self.link.refused(&refused, now),
            Event::Closed(ended) => self.closed(&ended, now),
            Event::Frame(frame) => {
                self.link.heard(now);
                self.frame(*frame, &mut actions, now);
            }
            Event::Loaded { conversation, result } => self.loaded(conversation, result, now),
            Event::Posted {
                conversation,
                key,
                result,
            } => self.posted(conversation, key, result, now),
            Event::Polled(result) => self.polled(result, now),
            Event::Wake => self.link.wake(now),
            Event::Typing(_) | Event::Tick => {}
        }
        self.settle(&mut actions, now);
        actions
    }

    /// When `Tick` is worth sending.
    pub fn deadline(&self) -> Option<Instant> {
        let poll = match self.poll {
            Poll::At(at) if self.link.is_degraded() => Some(at),
            _ => None,
        };
        let outbox = self.transport().and_then(|over| self.outbox.deadline(over));
        let fetches = self.fetches.values().filter_map(|fetch| fetch.deadline());
        poll.into_iter()
            .chain(outbox)
            .chain(self.link.deadline())
            .chain(fetches.min())
            .chain(self.marking.deadline().filter(|_| self.says_marks()))
            .min()
    }

    fn hello(&self) -> ClientFrame {
        let resume = self.epoch.map(|epoch| Resume {
            epoch: epoch.to_string(),
            positions: self.positions(),
        });
        ClientFrame::Hello(Hello {
            device: self.device.to_string(),
            client: Some(ClientVersion {
                name: "spotter-rust".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            }),
            resume,
        })
    }

    fn positions(&self) -> HashMap<String, u64> {
        let based = self.threads.iter().filter(|(_, thread)| thread.has_base());
        based
            .take(RESUME_POSITIONS)
            .map(|(conversation, thread)| (conversation.to_string(), thread.position()))
            .collect()
    }

    fn closed(&mut self, ended: &Ended, now: Instant) {
        self.record.push(Recorded::Closed { code: ended.code });
        self.link.closed(ended, now);
        self.synced = false;
        self.outbox.recall(now);
        self.marking.recall();
        self.life.recall();
        self.fetches.values_mut().for_each(Fetch::forget_socket);
    }

    fn thread(&mut self, conversation: ConversationId) -> &mut Thread {
        self.threads.entry(conversation).or_default()
    }

    /// Notes what a conversation lacks, so that `settle` fetches it.
    fn attend(&mut self, conversation: ConversationId) {
        match self.thread(conversation).lacks() {
            Lack::Nothing => {
                self.fetches.remove(&conversation);
            }
            Lack::Base | Lack::After(_) => {
                self.fetches.entry(conversation).or_insert(Fetch::Wanted);
            }
        }
    }

    /// Turns what is due into actions.
    fn settle(&mut self, actions: &mut Vec<Action>, now: Instant) {
        match self.link.due(now) {
            Some(Due::Dial) => actions.push(Action::Dial),
            Some(Due::GiveUp) => {
                let silent = Ended {
                    code: None,
                    reason: "silent for too long".to_owned(),
                };
                self.closed(&silent, now);
                actions.push(Action::GiveUp);
            }
            None => {}
        }
        self.fetch(actions, now);
        if let Poll::At(at) = self.poll
            && at <= now
            && self.link.is_degraded()
        {
            self.poll = Poll::Busy;
            let epoch = self.epoch.map(|epoch| epoch.0).unwrap_or_default().to_string();
            let positions = self.positions();
            actions.push(Action::Poll(SyncRequest { epoch, positions }));
        }
        self.depart(actions, now);
        if self.says_marks() {
            let outbox = &mut self.outbox;
            let frames = self.marking.depart(|| outbox.next_ref(), now);
            actions.extend(frames.into_iter().map(Action::Frame));
            actions.extend(self.life.depart().map(|user_ids| {
                let r#ref = outbox.next_ref();
                Action::Frame(ClientFrame::Watch { r#ref, user_ids })
            }));
        }
    }

    /// Marks wait until the socket has told where the server stands.
    fn says_marks(&self) -> bool {
        self.synced && self.link.is_live()
    }

    /// The way that changes leave by at this moment.
    fn transport(&self) -> Option<Transport> {
        if self.link.is_live() {
            Some(Transport::Socket)
        } else {
            self.link.is_degraded().then_some(Transport::Http)
        }
    }

    fn depart(&mut self, actions: &mut Vec<Action>, now: Instant) {
        let Some(over) = self.transport() else { return };
        for (conversation, key, departure) in self.outbox.depart(over, now) {
            self.record.push(Recorded::Attempted {
                conversation,
                id: key,
                over,
            });
            actions.push(match departure {
                Departure::Frame(frame) => Action::Frame(frame),
                Departure::Post(body) => Action::Post {
                    conversation,
                    key,
                    body,
                },
            });
        }
    }
}

#[cfg(test)]
mod tests;
