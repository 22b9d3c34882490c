use std::time::Duration;

use proptest::prelude::*;
use protocol::{
    ErrorCode, Message, Position, Seq,
    error::Role,
    frame::{Backoff, ErrorFrame, Heartbeat, Me, Reset, SendBody, Sync, Welcome},
    ids::SessionId,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::*;

proptest! {
    #[test]
    fn dropped_doubled_and_reordered_frames_leave_the_same_thread(
        changes in prop::collection::vec((0..4_u8, any::<prop::sample::Index>()), 1..40),
        fates in prop::collection::vec(0..6_u8, 200),
    ) {
        let mut story = Story::connected();
        let mut fates = fates.into_iter().cycle();
        let mut delayed = Vec::new();

        for (kind, target) in changes {
            let frame = story.log.change(kind, target);
            match fates.next().unwrap_or_default() {
                0 => {}
                1 => delayed.push(frame),
                2 => { story.hear(frame.clone()); story.hear(frame); }
                3 => { story.cut(); story.reconnect(); }
                _ => { story.hear(frame); delayed.drain(..).rev().for_each(|late| story.hear(late)); }
            }
            if fates.next() == Some(0) {
                story.later(Duration::from_secs(11));
            }
            if std::mem::take(&mut story.given_up) > 0 {
                // Nothing was heard for too long: the device dials by itself.
                story.reconnect();
            }
        }
        story.tell_head();

        prop_assert_eq!(story.rows(), story.log.rows());
        prop_assert!(story.device.is_synced());
        prop_assert!(moves_are_without_holes(story.device.record()));
    }

    #[test]
    fn a_page_applied_twice_or_late_changes_nothing(cut in 0..20_u64, sends in 1..20_u8) {
        let mut story = Story::connected();
        for _ in 0..sends {
            let frame = story.log.send();
            story.hear(frame);
        }
        let before = story.rows();

        story.hear(ServerFrame::Sync(story.log.page(cut.min(u64::from(sends)))));

        prop_assert_eq!(story.rows(), before);
    }
}

#[test]
fn one_message_of_a_conversation_is_in_flight_at_a_time() {
    let mut story = Story::connected();

    let first = story.write("one");
    let second = story.write("two");

    assert_eq!(story.sent, [first]);
    story.ack(0, first);
    assert_eq!(story.sent, [first, second]);
}

#[test]
fn an_unanswered_send_leaves_again_with_the_same_id_after_five_seconds() {
    let mut story = Story::connected();
    let id = story.write("hello?");

    story.later(Duration::from_millis(4_900));
    assert_eq!(story.sent, [id]);
    story.later(Duration::from_millis(200));

    assert_eq!(story.sent, [id, id]);
}

#[test]
fn a_send_in_flight_when_the_socket_breaks_leaves_again_on_the_next() {
    let mut story = Story::connected();
    let id = story.write("again");

    story.cut();
    story.reconnect();

    assert_eq!(story.sent, [id, id]);
}

#[test]
fn a_transient_refusal_is_retried_and_a_final_one_lets_the_next_go() {
    let mut story = Story::connected();
    let (first, second) = (story.write("one"), story.write("two"));

    story.refuse(0, ErrorCode::Unavailable);
    story.later(Duration::from_secs(1));
    assert_eq!(story.sent, [first, first]);
    story.refuse(1, ErrorCode::ReadOnly);

    assert_eq!(story.sent, [first, first, second]);
    assert_eq!(
        story.device.answer(first),
        Some(&Answer::Refused(ErrorCode::ReadOnly))
    );
}

#[test]
fn an_ack_does_not_move_the_position() {
    let mut story = Story::connected();
    let id = story.write("mine");

    story.ack(0, id);

    assert_eq!(story.position(), 0);
}

#[test]
fn without_a_live_gateway_sends_and_polls_go_over_http() {
    let mut story = Story::connected();

    story.hear(ServerFrame::Status { live: false });
    let id = story.write("over http");

    assert_eq!(story.posted, [id]);
    assert_eq!(story.polls, 1);
    assert!(story.sent.is_empty());
}

#[test]
fn another_epoch_drops_the_copy_and_loads_history() {
    let mut story = Story::connected();
    let frame = story.log.send();
    story.hear(frame);

    story.cut();
    story.epoch = Epoch(Uuid::from_u128(99));
    story.reconnect();

    assert_eq!(story.loads, 1);
    assert_eq!(story.rows(), story.log.rows());
}

#[test]
fn a_reset_drops_the_copy_and_loads_history() {
    let mut story = Story::connected();
    let frame = story.log.send();
    story.hear(frame);

    let mut page = story.log.page(0);
    page.reset = Some(Reset::TooFar);
    page.messages.clear();
    story.hear(ServerFrame::Sync(page));

    assert_eq!(story.loads, 1);
    assert_eq!(story.rows(), story.log.rows());
}

#[test]
fn a_silent_socket_is_given_up_and_a_ping_keeps_it() {
    let mut story = Story::connected();

    story.later(Duration::from_secs(30));
    story.hear(ServerFrame::Ping);
    story.later(Duration::from_secs(30));
    assert_eq!(story.given_up, 0);
    story.later(Duration::from_secs(6));

    assert_eq!(story.given_up, 1);
}

#[test]
fn a_reconnect_opens_the_next_socket_before_the_old_one_closes() {
    let mut story = Story::connected();

    story.hear(ServerFrame::Reconnect { after_ms: 2_000 });
    assert_eq!(story.dials, 1);
    story.later(Duration::from_millis(2_001));

    assert_eq!(story.dials, 2);
    assert!(story.device.link().is_live());
}

#[test]
fn a_code_of_4500_or_more_ends_the_device_and_a_lower_one_brings_it_back() {
    let mut story = Story::connected();
    story.close(4_505);
    story.later(Duration::from_mins(1));
    assert_eq!(story.dials, 1);

    let mut story = Story::connected();
    story.close(4_005);
    story.later(Duration::from_mins(1));

    assert_eq!(story.dials, 2);
}

const TRAINER: UserId = UserId(Uuid::from_u128(1));
const CLIENT: UserId = UserId(Uuid::from_u128(2));

/// One device and a server that answers it from a log.
struct Story {
    device: State,
    now: Instant,
    log: Log,
    epoch: Epoch,
    sent: Vec<MessageId>,
    refs: Vec<u64>,
    posted: Vec<MessageId>,
    polls: u32,
    loads: u32,
    dials: u32,
    given_up: u32,
}

impl Story {
    fn connected() -> Self {
        let now = Instant::now();
        let link = Link::new(7, None, now);
        let device = State::new(DeviceId(Uuid::from_u128(3)), CLIENT, link, now);
        let mut story = Self {
            device,
            now,
            log: Log::default(),
            epoch: Epoch(Uuid::from_u128(9)),
            sent: Vec::new(),
            refs: Vec::new(),
            posted: Vec::new(),
            polls: 0,
            loads: 0,
            dials: 0,
            given_up: 0,
        };
        story.reconnect();
        story
    }

    fn happen(&mut self, event: Event) {
        let actions = self.device.on(event, self.now);
        for action in actions {
            match action {
                Action::Dial => self.dials += 1,
                Action::GiveUp => self.given_up += 1,
                Action::Poll(_) => self.polls += 1,
                Action::Post { key, .. } => self.posted.push(key),
                Action::Frame(ClientFrame::Sync { after, .. }) => {
                    let page = self.log.page(after);
                    self.hear(ServerFrame::Sync(page));
                }
                Action::Frame(ClientFrame::Send(send)) => {
                    self.sent.push(send.body.id.parse().unwrap());
                    self.refs.push(send.r#ref);
                }
                Action::Load(conversation) => {
                    self.loads += 1;
                    let result = Ok(self.log.history(self.epoch));
                    self.happen(Event::Loaded { conversation, result });
                }
                Action::Frame(_) | Action::Authenticate => {}
            }
        }
    }

    fn hear(&mut self, frame: ServerFrame) {
        self.happen(Event::Frame(Box::new(frame)));
    }

    fn later(&mut self, duration: Duration) {
        self.now += duration;
        self.happen(Event::Tick);
    }

    fn cut(&mut self) {
        let ended = Ended {
            code: None,
            reason: String::new(),
        };
        self.happen(Event::Closed(ended));
    }

    fn close(&mut self, code: u16) {
        let ended = Ended {
            code: Some(code),
            reason: String::new(),
        };
        self.happen(Event::Closed(ended));
    }

    /// Dials, and answers as a gateway does: welcome, the pages of the resume, synced.
    fn reconnect(&mut self) {
        self.later(Duration::from_secs(1));
        let resumed = self.device.epoch().map(|_| self.position());
        self.happen(Event::Opened);
        self.hear(ServerFrame::Welcome(Box::new(self.welcome())));
        if let Some(after) = resumed.filter(|after| *after < self.log.head()) {
            self.hear(ServerFrame::Sync(self.log.page(after)));
        }
        self.hear(ServerFrame::Synced);
    }

    /// As the gateway's check of heads repairs a lost last event.
    fn tell_head(&mut self) {
        let page = self.log.page(self.position());
        self.hear(ServerFrame::Sync(page));
    }

    fn welcome(&self) -> Welcome {
        let entry = ConversationEntry {
            conversation_id: conversation(),
            peer_id: TRAINER,
            position: self.log.head(),
            last_message: None,
            unread: 0,
            read_seq: 0,
            delivered_seq: 0,
            peer_read_seq: 0,
            peer_delivered_seq: 0,
            can_send: true,
        };
        Welcome {
            protocol: 1,
            session: SessionId(Uuid::nil()),
            user: Me {
                id: CLIENT,
                role: Role::User,
            },
            epoch: self.epoch,
            expires_at: OffsetDateTime::UNIX_EPOCH,
            server_time: OffsetDateTime::UNIX_EPOCH,
            heartbeat: Heartbeat {
                interval_ms: 25_000,
                grace_ms: 10_000,
            },
            backoff: Backoff {
                min_ms: 250,
                max_ms: 30_000,
            },
            limits: protocol::limits::Limits::default(),
            conversations: vec![entry],
            more: false,
        }
    }

    fn write(&mut self, text: &str) -> MessageId {
        let key = MessageId::generate();
        let change = Change::Send(SendBody {
            conversation_id: conversation().to_string(),
            id: key.to_string(),
            text: Some(text.to_owned()),
            attachments: None,
            reply_to: None,
            traceparent: None,
        });
        self.happen(Event::Change {
            conversation: conversation(),
            key,
            change,
        });
        key
    }

    fn ack(&mut self, attempt: usize, id: MessageId) {
        let ack = Ack {
            conversation_id: conversation(),
            id: Some(id),
            seq: Some(1),
            position: Some(1),
            sent_at: None,
            duplicate: false,
        };
        self.hear(ServerFrame::Ack {
            r#ref: self.refs[attempt],
            ack,
        });
    }

    fn refuse(&mut self, attempt: usize, code: ErrorCode) {
        let mut error = ErrorFrame::new(code.into());
        error.r#ref = Some(self.refs[attempt]);
        self.hear(ServerFrame::Error(error));
    }

    fn position(&self) -> Position {
        self.device.copy(conversation()).map_or(0, Thread::position)
    }

    fn rows(&self) -> Vec<Message> {
        self.device
            .copy(conversation())
            .unwrap()
            .rows()
            .cloned()
            .collect()
    }
}

/// The truth: every change in order, as the row stood right after it.
#[derive(Default)]
struct Log(Vec<Message>);

impl Log {
    /// Sends, edits or deletes; answers the frame that tells it.
    fn change(&mut self, kind: u8, target: prop::sample::Index) -> ServerFrame {
        let known = self.rows();
        match kind {
            2 | 3 if !known.is_empty() => self.store(kind, known[target.index(known.len())].clone()),
            _ => self.send(),
        }
    }

    fn send(&mut self) -> ServerFrame {
        self.store(0, row(self.head() + 1))
    }

    fn store(&mut self, kind: u8, mut row: Message) -> ServerFrame {
        let position = self.head() + 1;
        row.position = position;
        row.text = (kind != 3).then(|| format!("at {position}"));
        self.0.push(row.clone());
        ServerFrame::Message {
            conversation_id: conversation(),
            position,
            message: row,
        }
    }

    fn head(&self) -> Position {
        self.0.len() as Position
    }

    /// Latest states in the thread's order.
    fn rows(&self) -> Vec<Message> {
        let latest: BTreeMap<Seq, Message> = self.0.iter().map(|row| (row.seq, row.clone())).collect();
        latest.into_values().collect()
    }

    fn page(&self, from: Position) -> Sync {
        let mut messages: Vec<_> = self
            .rows()
            .into_iter()
            .filter(|row| row.position > from)
            .collect();
        messages.sort_by_key(|row| row.position);
        Sync {
            r#ref: None,
            conversation_id: conversation(),
            from,
            to: self.head(),
            messages,
            more: false,
            reset: None,
        }
    }

    fn history(&self, epoch: Epoch) -> http::History {
        http::History {
            epoch,
            position: self.head(),
            rows: self.rows(),
        }
    }
}

fn row(seq: Seq) -> Message {
    Message {
        id: MessageId::generate(),
        conversation_id: conversation(),
        seq,
        position: seq,
        sender_id: TRAINER,
        text: None,
        attachments: Vec::new(),
        reply_to: None,
        reactions: Vec::new(),
        sent_at: OffsetDateTime::UNIX_EPOCH,
        edited_at: None,
        deleted_at: None,
    }
}

fn conversation() -> ConversationId {
    ConversationId::new(TRAINER, CLIENT)
}

/// Live frames follow one another, pages and loads may jump, nothing goes back.
fn moves_are_without_holes(record: &[Recorded]) -> bool {
    let mut last = 0;
    record.iter().all(|event| match event {
        Recorded::Live { position, .. } => std::mem::replace(&mut last, *position) + 1 == *position,
        Recorded::Page { from, to, .. } => *from <= last && std::mem::replace(&mut last, *to) < *to,
        Recorded::Loaded { position, .. } => {
            last = *position;
            true
        }
        _ => true,
    })
}
