//! What became of the changes that left the outbox.

use std::time::{Duration, Instant};

use protocol::{
    ConversationId, ErrorCode, MessageId,
    frame::{Ack, ErrorFrame, Ref},
};

use super::{Change, Recorded, State};
use crate::http;

/// A transient refusal that names no time is tried again after about this.
const RETRY: Duration = Duration::from_millis(500);

/// The last word on a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Acked(Ack),
    Refused(ErrorCode),
}

impl State {
    pub(super) fn change(
        &mut self,
        conversation: ConversationId,
        key: MessageId,
        change: Change,
        now: Instant,
    ) {
        if matches!(change, Change::Send(_)) {
            self.record.push(Recorded::Queued {
                conversation,
                id: key,
            });
        }
        self.outbox.push(conversation, key, change, now);
    }

    pub(super) fn acked(&mut self, r#ref: Ref, ack: Ack) {
        if let Some((conversation, key)) = self.outbox.find(r#ref) {
            self.finish(conversation, key, Answer::Acked(ack));
        } else {
            self.marking.acked(r#ref);
        }
    }

    pub(super) fn error(&mut self, error: &ErrorFrame, now: Instant) {
        let retry_after = error.retry_after_ms.map(Duration::from_millis);
        if let Some(r#ref) = error.r#ref {
            let pause = retry_after.unwrap_or_else(|| self.link.spread(RETRY));
            if self
                .marking
                .refused(r#ref, error.retryable.then_some(now + pause))
            {
                return;
            }
        }
        let asked = error.r#ref.and_then(|r#ref| self.outbox.find(r#ref));
        match (asked, error.conversation_id) {
            (Some((conversation, key)), _) if error.retryable => {
                self.put_off(conversation, key, retry_after, now);
            }
            (Some((conversation, key)), _) => {
                self.finish(conversation, key, Answer::Refused(error.code));
            }
            // A conversation that could not be synced is asked for again a little later.
            (None, Some(conversation)) => self.fetch_later(conversation, error.retryable, now),
            (None, None) => {}
        }
    }

    pub(super) fn posted(
        &mut self,
        conversation: ConversationId,
        key: MessageId,
        result: Result<Ack, http::Error>,
        now: Instant,
    ) {
        match result {
            Ok(ack) => self.finish(conversation, key, Answer::Acked(ack)),
            Err(error) => match error.problem() {
                Some(problem) if !problem.retryable => {
                    self.finish(conversation, key, Answer::Refused(problem.code));
                }
                problem => {
                    let after = problem.and_then(|problem| problem.retry_after_ms);
                    self.put_off(conversation, key, after.map(Duration::from_millis), now);
                }
            },
        }
    }

    fn put_off(
        &mut self,
        conversation: ConversationId,
        key: MessageId,
        after: Option<Duration>,
        now: Instant,
    ) {
        let pause = after.unwrap_or_else(|| self.link.spread(RETRY));
        self.outbox.postpone(conversation, key, now + pause);
    }

    fn finish(&mut self, conversation: ConversationId, key: MessageId, answer: Answer) {
        if !self.outbox.finish(conversation, key) {
            return;
        }
        match &answer {
            Answer::Acked(ack) if ack.id == Some(key) => self.record.push(Recorded::Acked {
                conversation,
                id: key,
                seq: ack.seq.unwrap_or_default(),
                position: ack.position.unwrap_or_default(),
                duplicate: ack.duplicate,
            }),
            Answer::Acked(_) => {}
            Answer::Refused(code) => {
                self.record.push(Recorded::Refused {
                    conversation,
                    id: key,
                    code: *code,
                });
            }
        }
        self.answers.insert(key, answer);
    }
}
