//! What a device does about everything that happens to it: no socket, no clock, no channel inside.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::{Duration, Instant},
};

use protocol::{
    ConversationEntry, ConversationId, Epoch, Message, MessageId, Position, UserId,
    frame::{Ack, ClientFrame, ClientVersion, Hello, Resume, ServerFrame, Sync, Welcome},
    http::{SyncRequest, SyncResponse},
    ids::DeviceId,
    limits::RESUME_POSITIONS,
};

use super::{
    link::{Due, Link},
    outbox::{Change, Departure, Outbox},
    record::{Event as Recorded, Transport},
    thread::{Lack, Thread, Verdict},
};
use crate::{
    http,
    socket::{Ended, Refused},
};

mod answers;
mod fetches;

pub use answers::Answer;
use fetches::Fetch;

const POLL_EVERY: Duration = Duration::from_secs(3);

/// Something that happened to the device.
#[derive(Debug)]
pub enum Event {
    /// A person changed something; `key` names it until it is answered.
    Change {
        conversation: ConversationId,
        key: MessageId,
        change: Change,
    },
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
    link: Link,
    poll: Poll,
    synced: bool,
    answers: HashMap<MessageId, Answer>,
    record: Vec<Recorded>,
    expiring: u32,
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
            link,
            poll: Poll::At(now),
            synced: false,
            answers: HashMap::new(),
            record: Vec::new(),
            expiring: 0,
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
            Event::Tick => {}
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
        let waits_for_transport = !self.link.is_welcomed() && !self.link.is_degraded();
        let outbox = if waits_for_transport {
            None
        } else {
            self.outbox.deadline()
        };
        let fetches = self.fetches.values().filter_map(|fetch| fetch.deadline());
        poll.into_iter()
            .chain(outbox)
            .chain(self.link.deadline())
            .chain(fetches.min())
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
        self.fetches.values_mut().for_each(Fetch::forget_socket);
    }

    fn frame(&mut self, frame: ServerFrame, actions: &mut Vec<Action>, now: Instant) {
        match frame {
            ServerFrame::Welcome(welcome) => self.welcome(*welcome, now),
            ServerFrame::Synced => {
                self.synced = true;
                self.fetches.values_mut().for_each(Fetch::hurry);
            }
            ServerFrame::Message {
                conversation_id,
                position,
                message,
            } => {
                self.live(conversation_id, position, message);
            }
            ServerFrame::Sync(page) => self.page(page),
            ServerFrame::Conversation(entry) => self.told(entry),
            ServerFrame::Receipt {
                conversation_id,
                user_id,
                delivered_seq,
                read_seq,
                ..
            } => {
                self.record.push(Recorded::Mark {
                    conversation: conversation_id,
                    user: user_id,
                    delivered: delivered_seq,
                    read: read_seq,
                });
            }
            ServerFrame::Access {
                conversation_id,
                user_id,
                can_send,
                ..
            } => {
                if user_id == self.user
                    && let Some(entry) = self.entries.get_mut(&conversation_id)
                {
                    entry.can_send = can_send;
                }
            }
            ServerFrame::Status { live } => self.status(live, now),
            ServerFrame::Ping => actions.push(Action::Frame(ClientFrame::Pong)),
            ServerFrame::AuthExpiring { .. } => {
                self.expiring += 1;
                actions.push(Action::Authenticate);
            }
            ServerFrame::Reconnect { after_ms } => {
                self.link.hand_over(now + Duration::from_millis(after_ms));
            }
            ServerFrame::Ack { r#ref, ack } => self.acked(r#ref, ack),
            ServerFrame::Error(error) => self.error(&error, now),
            ServerFrame::Typing { .. } | ServerFrame::Presence { .. } | ServerFrame::AuthOk { .. } => {}
        }
    }

    fn live(&mut self, conversation: ConversationId, position: Position, row: Message) {
        let verdict = self.thread(conversation).live(position, row);
        if let Verdict::Applied(rows) = verdict {
            self.record.extend(rows.into_iter().map(|row| Recorded::Live {
                conversation,
                position,
                row,
            }));
        }
        self.attend(conversation);
    }

    fn welcome(&mut self, welcome: Welcome, now: Instant) {
        self.link.welcomed(welcome.heartbeat, welcome.backoff);
        self.record.push(Recorded::Welcomed { epoch: welcome.epoch });
        self.enter(welcome.epoch);
        welcome
            .conversations
            .into_iter()
            .for_each(|entry| self.told(entry));
        self.outbox.recall(now);
    }

    fn status(&mut self, live: bool, now: Instant) {
        self.link.status(live);
        if !live {
            // What is in flight may never be answered on this socket: HTTP asks for it again.
            self.outbox.recall(now);
            self.poll = Poll::At(now);
        }
    }

    /// Another epoch is another log: nothing of the old copy can be trusted.
    fn enter(&mut self, epoch: Epoch) {
        if self.epoch.replace(epoch).is_some_and(|old| old != epoch) {
            let conversations: Vec<_> = self.threads.keys().copied().collect();
            for conversation in conversations {
                self.drop_copy(conversation);
            }
        }
    }

    fn drop_copy(&mut self, conversation: ConversationId) {
        if self.thread(conversation).has_base() {
            self.record.push(Recorded::Dropped { conversation });
        }
        self.thread(conversation).reset();
        self.attend(conversation);
    }

    fn told(&mut self, entry: ConversationEntry) {
        let conversation = entry.conversation_id;
        self.record.push(Recorded::Told { conversation });
        self.thread(conversation).hear_of(entry.position);
        self.entries.insert(conversation, entry);
        self.attend(conversation);
    }

    fn page(&mut self, page: Sync) {
        let (conversation, from, to) = (page.conversation_id, page.from, page.to);
        self.fetches.remove(&conversation);
        if page.reset.is_some() {
            self.drop_copy(conversation);
            return;
        }
        let more = page.more;
        if let Verdict::Applied(rows) = self.thread(conversation).page(page) {
            self.record.push(Recorded::Page {
                conversation,
                from,
                to,
                rows,
            });
        }
        if !more {
            self.attend(conversation);
        }
    }

    fn polled(&mut self, result: Result<SyncResponse, http::Error>, now: Instant) {
        let mut pause = self.link.spread(POLL_EVERY);
        if let Ok(response) = result {
            if response.syncs.iter().any(|page| page.more) {
                pause = Duration::ZERO;
            }
            self.enter(response.epoch);
            response.syncs.into_iter().for_each(|page| self.page(page));
            response
                .conversations
                .into_iter()
                .for_each(|entry| self.told(entry));
        }
        self.poll = Poll::At(now + pause);
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
    }

    fn depart(&mut self, actions: &mut Vec<Action>, now: Instant) {
        let over = if self.link.is_live() {
            Transport::Socket
        } else if self.link.is_degraded() {
            Transport::Http
        } else {
            return;
        };
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

/// What people and tests look at.
impl State {
    pub fn link(&self) -> &Link {
        &self.link
    }

    pub fn is_synced(&self) -> bool {
        self.synced && self.link.is_welcomed() && self.fetches.is_empty()
    }

    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    pub fn epoch(&self) -> Option<Epoch> {
        self.epoch
    }

    /// The copy of one conversation, if the device has heard of it.
    pub fn copy(&self, conversation: ConversationId) -> Option<&Thread> {
        self.threads.get(&conversation)
    }

    pub fn conversations(&self) -> BTreeSet<ConversationId> {
        self.threads.keys().copied().collect()
    }

    pub fn entry(&self, conversation: ConversationId) -> Option<&ConversationEntry> {
        self.entries.get(&conversation)
    }

    pub fn answer(&self, key: MessageId) -> Option<&Answer> {
        self.answers.get(&key)
    }

    pub fn record(&self) -> &[Recorded] {
        &self.record
    }

    /// How often the server said that the token is about to expire.
    pub fn expiring(&self) -> u32 {
        self.expiring
    }
}

#[cfg(test)]
mod tests;
