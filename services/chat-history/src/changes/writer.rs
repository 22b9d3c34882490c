//! One writer: takes what waits, commits it, rings the doorbells, answers.

use std::{collections::HashSet, time::Duration};

use protocol::{ConversationId, rfc3339};
use time::OffsetDateTime;
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};
use tracing::{
    Instrument, Span,
    field::{self, Empty},
    info_span, warn,
};

use super::{
    Verdict,
    batch::{EXPIRES_AFTER, Job, Tools},
    publish::Asker,
    transaction::{self, Committed, Item},
};
use crate::{
    database::Lease,
    failpoint::{self, Step},
    failure::{Failure, report},
};

/// Changes of one transaction.
const BATCH: usize = 256;
/// The longest one transaction may take.
const DEADLINE: Duration = Duration::from_secs(3);
/// The longest a failed batch may be tried again, item by item.
const SALVAGE: Duration = Duration::from_secs(4);

pub struct Writer {
    tools: Tools,
    /// Kept between batches; dropped, and so closed, after any failure.
    lease: Option<Lease>,
}

impl Writer {
    pub fn new(tools: Tools) -> Self {
        Self { tools, lease: None }
    }

    pub async fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        let mut jobs = Vec::with_capacity(BATCH);
        while queue.recv_many(&mut jobs, BATCH).await > 0 {
            let (late, waiting): (Vec<Job>, Vec<Job>) = jobs
                .drain(..)
                .partition(|job| job.queued.elapsed() > EXPIRES_AFTER);
            answer(late, &Verdict::unavailable());
            if !waiting.is_empty() {
                self.process(waiting).await;
            }
        }
    }

    async fn process(&mut self, jobs: Vec<Job>) {
        match self.persistently(&jobs).await {
            Ok(committed) => self.finish(jobs, committed).await,
            Err(failure) if is_for_all(failure, &jobs) => {
                answer(jobs, &Verdict::Refused(failure.code().into()));
            }
            Err(_) => self.one_by_one(jobs).await,
        }
    }

    /// Keeps a bad item from failing its neighbours, and one conversation's lock from costing
    /// everybody a second per item.
    async fn one_by_one(&mut self, jobs: Vec<Job>) {
        let started = Instant::now();
        let mut stuck: HashSet<ConversationId> = HashSet::new();
        let mut down = false;
        for job in jobs {
            let conversation = job.item.change.conversation;
            if down || stuck.contains(&conversation) || started.elapsed() > SALVAGE {
                answer(vec![job], &Verdict::unavailable());
                continue;
            }
            let job = [job];
            match self.attempt(&job).await {
                Ok(committed) => self.finish(job.into(), committed).await,
                Err(failure) => {
                    answer(job.into(), &Verdict::Refused(failure.code().into()));
                    down = matches!(failure, Failure::Broken | Failure::Unavailable);
                    if failure == Failure::Locked {
                        stuck.insert(conversation);
                    }
                }
            }
        }
    }

    /// Tries again once when the connection broke: every change may be repeated, and a connection that
    /// idled through a restart of the database breaks at its first use.
    async fn persistently(&mut self, jobs: &[Job]) -> Result<Committed, Failure> {
        match self.attempt(jobs).await {
            Err(Failure::Broken) => self.attempt(jobs).await,
            outcome => outcome,
        }
    }

    async fn attempt(&mut self, jobs: &[Job]) -> Result<Committed, Failure> {
        let batch = batch_span(jobs);
        let commits = commit_spans(jobs, &batch);
        let trace = batch.in_scope(telemetry::context::recorded_trace);
        let started = Instant::now();
        let outcome = self.transact(jobs).instrument(batch).await;
        drop(commits);
        self.tools
            .metrics
            .committed(jobs.len(), started.elapsed().as_secs_f64(), trace);
        outcome
    }

    async fn transact(&mut self, jobs: &[Job]) -> Result<Committed, Failure> {
        let items: Vec<&Item> = jobs.iter().map(|job| &job.item).collect();
        let now = rfc3339::millis(OffsetDateTime::now_utc());
        // Taken out, so that a failure at any await closes it.
        let lease = self.lease.take();
        let work = async {
            let mut lease = match lease {
                Some(lease) => lease,
                None => Lease::take(&self.tools.pool).await?,
            };
            let committed = transaction::commit(lease.conn()?, &items, now).await?;
            Ok((committed, lease))
        };
        match timeout(DEADLINE, work).await {
            Ok(Ok((committed, lease))) => {
                self.lease = Some(lease);
                Ok(committed)
            }
            Ok(Err(error)) => {
                let failure = Failure::of(&error);
                report(&error);
                Err(failure)
            }
            Err(_) => {
                warn!(size = jobs.len(), "The database did not answer in time");
                Err(Failure::Unavailable)
            }
        }
    }

    async fn finish(&self, jobs: Vec<Job>, committed: Committed) {
        failpoint::reached(self.tools.failpoint.as_ref(), Step::AfterCommit);
        let askers: Vec<Asker> = jobs.iter().map(Asker::of).collect();
        self.tools.publisher.announce(&committed, &askers).await;
        self.tools.full.tell(&committed.to_digest);
        failpoint::reached(self.tools.failpoint.as_ref(), Step::AfterPublish);
        for (job, verdict) in jobs.into_iter().zip(committed.verdicts) {
            // Nobody listens any more: the change stands all the same.
            let _ = job.answer.send(verdict);
        }
    }
}

/// Belongs to the first message of the batch whose trace is recorded, and points to all of them: it is
/// recorded if any of them is.
fn batch_span(jobs: &[Job]) -> Span {
    let recorded = jobs.iter().find(|job| job.is_recorded()).or(jobs.first());
    let span = info_span!(
        parent: recorded.map_or(&Span::none(), |job| &job.span),
        "batch",
        messaging.batch.message_count = jobs.len()
    );
    for traceparent in jobs.iter().filter_map(|job| job.traceparent.as_deref()) {
        telemetry::context::link(&span, traceparent);
    }
    span
}

/// One commit, seen from each message's own trace.
fn commit_spans(jobs: &[Job], batch: &Span) -> Vec<Span> {
    let recorded = jobs.iter().filter(|job| job.is_recorded());
    let commits = recorded.map(|job| {
        let span = info_span!(parent: &job.span, "commit", messaging.message.id = Empty);
        if let Some(id) = job.item.change.message() {
            span.record("messaging.message.id", field::display(id));
        }
        span.follows_from(batch);
        span
    });
    commits.collect()
}

/// Whether each item alone would fail as well.
fn is_for_all(failure: Failure, jobs: &[Job]) -> bool {
    let alike = |pair: &[Job]| match pair {
        [one, other] => one.item.change.conversation == other.item.change.conversation,
        _ => true,
    };
    match failure {
        Failure::Broken | Failure::Unavailable => true,
        Failure::Locked => jobs.windows(2).all(alike),
        Failure::Other => jobs.len() == 1,
    }
}

fn answer(jobs: Vec<Job>, verdict: &Verdict) {
    for job in jobs {
        let _ = job.answer.send(verdict.clone());
    }
}
