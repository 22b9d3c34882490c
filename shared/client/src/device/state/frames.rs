//! What the server says, on the socket or to a poll, and what that changes.

use std::time::{Duration, Instant};

use protocol::{
    ConversationEntry, ConversationId, Epoch, Message, Position, UserId,
    frame::{ClientFrame, ServerFrame, Sync, Welcome},
    http::SyncResponse,
    marks::Marks,
};

use super::{Action, Fetch, Marking, Poll, Recorded, State};
use crate::{
    device::{life::Presence, thread::Verdict},
    http,
};

/// How often a device asks over HTTP while its socket is not live.
const POLL_EVERY: Duration = Duration::from_secs(3);

impl State {
    pub(super) fn frame(&mut self, frame: ServerFrame, actions: &mut Vec<Action>, now: Instant) {
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
            ServerFrame::Conversation(entry) => self.told_marks_too(entry),
            ServerFrame::Receipt {
                conversation_id,
                user_id,
                delivered_seq,
                read_seq,
                unread,
            } => {
                let marks = Marks::new(delivered_seq, read_seq);
                self.marked(conversation_id, user_id, marks);
                if user_id == self.user
                    && let Some(entry) = self.entries.get_mut(&conversation_id)
                {
                    entry.unread = unread;
                }
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
            ServerFrame::Typing { .. } | ServerFrame::Presence { .. } => self.lives(&frame, now),
            ServerFrame::AuthOk { .. } => {}
        }
    }

    /// What is true for a moment.
    fn lives(&mut self, frame: &ServerFrame, now: Instant) {
        match *frame {
            ServerFrame::Typing {
                conversation_id,
                ttl_ms,
                ..
            } => self.life.types(conversation_id, ttl_ms, now),
            ServerFrame::Presence {
                user_id,
                online,
                last_seen_at,
            } => self.life.is_here(user_id, Presence { online, last_seen_at }),
            _ => {}
        }
    }

    fn live(&mut self, conversation: ConversationId, position: Position, row: Message) {
        if row.sender_id != self.user {
            self.life.wrote(conversation);
        }
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
            .for_each(|entry| self.told_marks_too(entry));
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
            // What was read of the other log names other messages here.
            self.marking = Marking::default();
            self.entries.clear();
        }
    }

    fn drop_copy(&mut self, conversation: ConversationId) {
        if self.thread(conversation).has_base() {
            self.record.push(Recorded::Dropped { conversation });
        }
        self.thread(conversation).reset();
        self.attend(conversation);
    }

    fn told(&mut self, mut entry: ConversationEntry) {
        let conversation = entry.conversation_id;
        if let Some(known) = self.entries.get(&conversation) {
            // The answer to a poll may be older than a receipt: marks only go forward.
            entry.delivered_seq = entry.delivered_seq.max(known.delivered_seq);
            entry.read_seq = entry.read_seq.max(known.read_seq);
            entry.peer_delivered_seq = entry.peer_delivered_seq.max(known.peer_delivered_seq);
            entry.peer_read_seq = entry.peer_read_seq.max(known.peer_read_seq);
        }
        self.record.push(Recorded::Told { conversation });
        self.thread(conversation).hear_of(entry.position);
        self.entries.insert(conversation, entry);
        self.attend(conversation);
    }

    /// An entry of the socket, whose marks are never older than a receipt before it. (The answer to a poll
    /// may be: it travels on another line.)
    fn told_marks_too(&mut self, entry: ConversationEntry) {
        let (conversation, peer) = (entry.conversation_id, entry.peer_id);
        let mine = Marks::new(entry.delivered_seq, entry.read_seq);
        let theirs = Marks::new(entry.peer_delivered_seq, entry.peer_read_seq);
        self.told(entry);
        self.marked(conversation, self.user, mine);
        self.marked(conversation, peer, theirs);
    }

    /// The server says how far one of the two has come.
    fn marked(&mut self, conversation: ConversationId, user: UserId, marks: Marks) {
        self.record.push(Recorded::Mark {
            conversation,
            user,
            delivered: marks.delivered(),
            read: marks.read(),
        });
        if user == self.user {
            self.marking.told(conversation, marks);
        }
        if let Some(entry) = self.entries.get_mut(&conversation) {
            let (delivered, read) = if user == self.user {
                (&mut entry.delivered_seq, &mut entry.read_seq)
            } else {
                (&mut entry.peer_delivered_seq, &mut entry.peer_read_seq)
            };
            *delivered = marks.delivered().max(*delivered);
            *read = marks.read().max(*read);
        }
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

    pub(super) fn polled(&mut self, result: Result<SyncResponse, http::Error>, now: Instant) {
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
}
