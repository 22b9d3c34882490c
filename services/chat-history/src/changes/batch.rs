//! Concurrent changes become few transactions: each conversation has one of several writers, which
//! takes everything that waits and commits it at once.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
    time::Duration,
};

use boot::Tasks;
use protocol::ErrorCode;
use sqlx::PgPool;
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};
use tracing::Span;

use super::{Verdict, publish::Publisher, transaction::Item, writer::Writer};
use crate::{failpoint::Failpoint, metrics::Metrics, search::digest::Full};

/// Changes that may wait for one writer.
const QUEUE: usize = 1_024;
/// Who has waited longer is no longer listening.
pub const EXPIRES_AFTER: Duration = Duration::from_secs(4);

/// A change on its way to a writer and back.
pub struct Job {
    pub item: Item,
    /// The asker's span, and its `traceparent` for links.
    pub span: Span,
    pub traceparent: Option<String>,
    pub queued: Instant,
    pub answer: oneshot::Sender<Verdict>,
}

impl Job {
    /// Whether the change's trace is.
    pub fn is_recorded(&self) -> bool {
        self.traceparent
            .as_deref()
            .is_some_and(telemetry::context::is_sampled)
    }
}

/// What writers need.
#[derive(Clone)]
pub struct Tools {
    pub pool: PgPool,
    pub publisher: Publisher,
    pub metrics: Metrics,
    /// Told of conversations whose search has something to digest.
    pub full: Full,
    pub failpoint: Option<Failpoint>,
}

/// Hands changes to the writers. They end when the last handle is dropped.
#[derive(Clone)]
pub struct Batcher {
    queues: Arc<[mpsc::Sender<Job>]>,
    metrics: Metrics,
}

impl Batcher {
    pub fn start(writers: u32, tools: &Tools, tasks: &Tasks) -> Self {
        let queues = (0..writers.max(1)).map(|_| {
            let (queue, jobs) = mpsc::channel(QUEUE);
            tasks.spawn("writer", Writer::new(tools.clone()).run(jobs));
            queue
        });
        Self {
            queues: queues.collect(),
            metrics: tools.metrics.clone(),
        }
    }

    /// Answers once the change is committed, or will not be.
    pub async fn submit(&self, item: Item) -> Verdict {
        let verdict = match self.enqueue(item) {
            // A writer that is gone has answered nothing: whether it committed is unknown.
            Ok(answer) => answer.await.unwrap_or_else(|_| Verdict::unavailable()),
            Err(code) => Verdict::Refused(code.into()),
        };
        self.metrics.answered(&verdict);
        verdict
    }

    fn enqueue(&self, item: Item) -> Result<oneshot::Receiver<Verdict>, ErrorCode> {
        let mut hasher = DefaultHasher::new();
        item.change.conversation.hash(&mut hasher);
        let place = hasher.finish() % self.queues.len() as u64;
        let queue = usize::try_from(place)
            .ok()
            .and_then(|place| self.queues.get(place));
        let (answer, answered) = oneshot::channel();
        let job = Job {
            item,
            span: Span::current(),
            traceparent: telemetry::context::current(),
            queued: Instant::now(),
            answer,
        };
        let Some(queue) = queue else {
            return Err(ErrorCode::Unavailable);
        };
        match queue.try_send(job) {
            Ok(()) => Ok(answered),
            Err(mpsc::error::TrySendError::Full(_)) => Err(ErrorCode::Overloaded),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(ErrorCode::Unavailable),
        }
    }
}
