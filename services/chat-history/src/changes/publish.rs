//! The doorbells after a commit. What is lost here costs latency: the row is stored and will be found.

use std::{sync::Arc, time::Duration};

use bus::{Bus, ChatKind, Headers, Subject};
use bytes::Bytes;
use links::Links;
use protocol::{ConversationId, Epoch, Position, UserId, error::Role, frame::ServerFrame};
use telemetry::messaging::{self, Operation};
use time::OffsetDateTime;
use tokio::time::timeout;
use tracing::{Instrument, Span, debug};

use super::{Verdict, batch::Job, thread::AccessChange, transaction::Committed};
use crate::row::Row;

/// How long the doorbells of one batch may delay its answers.
const WITHIN: Duration = Duration::from_secs(1);

#[derive(Clone)]
pub struct Publisher {
    pub bus: Bus,
    pub links: Arc<Links>,
}

impl Publisher {
    /// Rings for each change, in order; each has its asker.
    pub async fn announce(&self, committed: &Committed, askers: &[Asker]) {
        if timeout(WITHIN, self.ring_all(committed, askers)).await.is_err() {
            debug!("The broker took too long, the rest is found by the heads check");
        }
    }

    async fn ring_all(&self, committed: &Committed, askers: &[Asker]) {
        for (verdict, asker) in committed.verdicts.iter().zip(askers) {
            let rung = match verdict {
                Verdict::Done(ack, row) => {
                    let (subject, mut headers, payload) =
                        self.event(committed.epoch, ack.conversation_id, row);
                    headers.since = asker.since;
                    self.publish((subject, headers, payload), &asker.span).await
                }
                Verdict::Duplicate(ack) => {
                    let head = head(committed, ack.conversation_id);
                    self.publish(head, &asker.span).await
                }
                Verdict::Refused(_) | Verdict::Needs(_) => Ok(()),
            };
            // While the broker is down each would fail alike.
            if rung.is_err() {
                return;
            }
        }
        self.ring_access(committed.epoch, &committed.access).await;
        if committed.contacts {
            let bell = (Subject::HISTORY_CONTACTED, Headers::default(), Bytes::new());
            let _ = self.publish(bell, &Span::current()).await;
        }
        if committed.releases {
            let bell = (Subject::HISTORY_RELEASED, Headers::default(), Bytes::new());
            let _ = self.publish(bell, &Span::current()).await;
        }
    }

    /// Says only how far a conversation has come: whoever listens asks for what they miss.
    pub async fn ring_head(&self, epoch: Epoch, conversation: ConversationId, position: Position) {
        let headers = Headers {
            epoch: Some(epoch),
            position: Some(position),
            ..Headers::default()
        };
        let bell = (Subject::chat(ChatKind::Head, conversation), headers, Bytes::new());
        let _ = self.publish(bell, &Span::current()).await;
    }

    /// Tells both people of each conversation who may write from here on; the position among the
    /// headers is the access version.
    pub async fn ring_access(&self, epoch: Epoch, access: &[(ConversationId, AccessChange)]) {
        for (conversation, change) in access {
            let frame = access_frame(*conversation, *change);
            let Ok(payload) = serde_json::to_vec(&frame) else {
                continue;
            };
            let headers = Headers {
                epoch: Some(epoch),
                position: Some(change.version.into()),
                ..Headers::default()
            };
            let bell = (
                Subject::chat(ChatKind::Access, *conversation),
                headers,
                payload.into(),
            );
            if self.publish(bell, &Span::current()).await.is_err() {
                return;
            }
        }
    }

    fn event(&self, epoch: Epoch, conversation: ConversationId, row: &Row) -> Bell {
        let position = row.position;
        let message = row
            .clone()
            .show(conversation, &self.links, OffsetDateTime::now_utc());
        let frame = ServerFrame::Message {
            conversation_id: conversation,
            position,
            message,
        };
        let payload = serde_json::to_vec(&frame).unwrap_or_default();
        let headers = Headers {
            epoch: Some(epoch),
            position: Some(position),
            ..Headers::default()
        };
        (
            Subject::chat(ChatKind::Event, conversation),
            headers,
            payload.into(),
        )
    }

    async fn publish(&self, (subject, headers, payload): Bell, parent: &Span) -> Result<(), bus::Error> {
        let span = parent.in_scope(|| messaging::span(Operation::Publish, subject.template()));
        self.bus.publish(subject, headers, payload).instrument(span).await
    }
}

/// Who asked for a change: their span, and when their gateway took it.
pub struct Asker {
    span: Span,
    since: Option<u64>,
}

impl Asker {
    pub fn of(job: &Job) -> Self {
        Self {
            span: job.span.clone(),
            since: job.item.change.since,
        }
    }
}

type Bell = (Subject, Headers, Bytes);

/// Rings without a body: the first doorbell may have been lost with the process that should have rung it.
fn head(committed: &Committed, conversation: ConversationId) -> Bell {
    let headers = Headers {
        epoch: Some(committed.epoch),
        position: committed.heads.get(&conversation).copied(),
        ..Headers::default()
    };
    (Subject::chat(ChatKind::Head, conversation), headers, Bytes::new())
}

fn access_frame(conversation: ConversationId, change: AccessChange) -> ServerFrame {
    ServerFrame::Access {
        conversation_id: conversation,
        user_id: person(conversation, change.role),
        can_send: change.reason.is_none(),
        reason: change.reason.map(|reason| reason.as_str().to_owned()),
    }
}

fn person(conversation: ConversationId, role: Role) -> UserId {
    match role {
        Role::Trainer => conversation.trainer,
        Role::User | Role::Platform => conversation.client,
    }
}
