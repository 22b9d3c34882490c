//! How far people have been delivered and have read. Marks are collected for a moment, merged by max and
//! stored together, apart from the conversations' own rows: they never wait for an append, nor it for them.

pub mod store;

use std::{collections::BTreeMap, time::Duration};

use boot::Tasks;
use bus::{Bus, ChatKind, Headers, Subject};
use protocol::{
    ConversationId, ErrorCode, UserId,
    error::Refusal,
    frame::ServerFrame,
    marks::{MarkRequest, Marks},
};
use sqlx::PgPool;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, timeout, timeout_at},
};
use tracing::{debug, warn};

use crate::{
    database::{Lease, within},
    failure::{Failure, report},
    metrics::Metrics,
};
use store::{Raised, Receipt};

/// How long marks are collected before they are stored.
const COLLECT: Duration = Duration::from_millis(250);
/// Marks that may wait while others are stored.
const QUEUE: usize = 4_096;
/// Marks that are stored at once.
const BATCH: usize = 4_096;
/// How long the doorbells of one batch may keep the next waiting.
const RING_WITHIN: Duration = Duration::from_secs(1);

/// Where marks are handed in; cheap to clone. Its task ends when the last handle is dropped.
#[derive(Clone)]
pub struct Register {
    queue: mpsc::Sender<Asked>,
}

struct Asked {
    key: Key,
    marks: Marks,
    answer: oneshot::Sender<Result<(), ErrorCode>>,
}

/// One person in one conversation.
type Key = (ConversationId, UserId);

impl Register {
    pub fn start(pool: PgPool, bus: Bus, metrics: Metrics, tasks: &Tasks) -> Self {
        let (queue, asked) = mpsc::channel(QUEUE);
        let clerk = Clerk { pool, bus, metrics };
        tasks.spawn("marks", clerk.run(asked));
        Self { queue }
    }

    /// Answers once the marks are stored, or others that lie further.
    pub async fn raise(&self, request: &MarkRequest) -> Result<(), Refusal> {
        let conversation = request.conversation;
        if conversation.seen_by(request.user, request.role) != Some(conversation) {
            return Err(ErrorCode::NotFound.into());
        }
        let (answer, answered) = oneshot::channel();
        let asked = Asked {
            key: (conversation, request.user),
            marks: request.marks,
            answer,
        };
        self.queue.try_send(asked).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => ErrorCode::Overloaded,
            mpsc::error::TrySendError::Closed(_) => ErrorCode::Unavailable,
        })?;
        // A clerk that is gone has answered nothing: whether it stored them is unknown.
        Ok(answered.await.unwrap_or(Err(ErrorCode::Unavailable))?)
    }
}

/// What is collected: for each person and conversation the highest marks, and who waits for them.
#[derive(Default)]
struct Collected {
    marks: BTreeMap<Key, Marks>,
    waiting: Vec<(Key, oneshot::Sender<Result<(), ErrorCode>>)>,
}

impl Collected {
    fn add(&mut self, asked: Asked) {
        let marks = self.marks.entry(asked.key).or_default();
        *marks = marks.max(asked.marks);
        self.waiting.push((asked.key, asked.answer));
    }

    fn answer(self, outcome: impl Fn(&Key) -> Result<(), ErrorCode>) {
        for (key, waiting) in self.waiting {
            // Nobody listens any more: the mark stands all the same.
            let _ = waiting.send(outcome(&key));
        }
    }
}

/// Stores what is handed in.
struct Clerk {
    pool: PgPool,
    bus: Bus,
    metrics: Metrics,
}

impl Clerk {
    async fn run(self, mut asked: mpsc::Receiver<Asked>) {
        while let Some(first) = asked.recv().await {
            let mut collected = Collected::default();
            collected.add(first);
            let until = Instant::now() + COLLECT;
            while collected.waiting.len() < BATCH
                && let Ok(Some(next)) = timeout_at(until, asked.recv()).await
            {
                collected.add(next);
            }
            self.store(collected).await;
        }
    }

    async fn store(&self, collected: Collected) {
        let raised = match self.persistently(&collected.marks).await {
            Ok(raised) => raised,
            Err(failure) => return collected.answer(|_| Err(failure.code())),
        };
        self.metrics
            .marked(collected.waiting.len(), raised.receipts.len());
        collected.answer(|(conversation, _)| {
            let known = raised.known.contains(conversation);
            known.then_some(()).ok_or(ErrorCode::NotFound)
        });
        if timeout(RING_WITHIN, self.ring(&raised)).await.is_err() {
            debug!("The broker took too long, the rest is found by the heads check");
        }
    }

    /// Tries again once when the connection broke: marks may be repeated, and a connection that idled
    /// through a restart of the database breaks at its first use.
    async fn persistently(&self, marks: &BTreeMap<Key, Marks>) -> Result<Raised, Failure> {
        match self.attempt(marks).await {
            Err(Failure::Broken) => self.attempt(marks).await,
            outcome => outcome,
        }
    }

    async fn attempt(&self, marks: &BTreeMap<Key, Marks>) -> Result<Raised, Failure> {
        let stored = within(async {
            let mut lease = Lease::take(&self.pool).await?;
            let raised = store::raise(lease.conn()?, marks).await?;
            lease.keep();
            Ok::<_, sqlx::Error>(raised)
        });
        stored.await.map_err(|error| {
            report(&error);
            Failure::of(&error)
        })
    }

    /// Tells both people of each mark that was raised.
    async fn ring(&self, raised: &Raised) {
        for receipt in &raised.receipts {
            let headers = Headers {
                epoch: Some(raised.epoch),
                only: receipt.private.then_some(receipt.user),
                ..Headers::default()
            };
            let subject = Subject::chat(ChatKind::Receipt, receipt.conversation);
            let payload = match serde_json::to_vec(&frame(receipt)) {
                Ok(payload) => payload.into(),
                Err(error) => {
                    warn!(%error, "A receipt could not be written");
                    continue;
                }
            };
            // While the broker is down each would fail alike.
            if self.bus.publish(subject, headers, payload).await.is_err() {
                return;
            }
        }
    }
}

fn frame(receipt: &Receipt) -> ServerFrame {
    ServerFrame::Receipt {
        conversation_id: receipt.conversation,
        user_id: receipt.user,
        delivered_seq: receipt.marks.delivered(),
        read_seq: receipt.marks.read(),
        unread: receipt.unread,
    }
}
