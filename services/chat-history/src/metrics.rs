//! What an operator sees of the log.

use boot::{Latency, Lifecycle};
use prometheus::{Histogram, HistogramOpts, IntCounter, IntCounterVec, Opts, exponential_buckets};
use protocol::ErrorCode;

use crate::changes::Verdict;

#[derive(Debug, Clone)]
pub struct Metrics {
    batch_size: Histogram,
    commit_seconds: Latency,
    changes: IntCounterVec,
    marks_asked: IntCounter,
    marks_raised: IntCounter,
}

impl Metrics {
    pub fn new(life: &Lifecycle) -> Result<Self, prometheus::Error> {
        let batch_size = Histogram::with_opts(
            HistogramOpts::new("chat_batch_size", "Changes committed in one transaction")
                .buckets(exponential_buckets(1.0, 2.0, 9)?),
        )?;
        let commit_seconds = Latency::register(
            HistogramOpts::new("chat_commit_seconds", "Time one transaction of changes took")
                .buckets(exponential_buckets(0.000_5, 2.0, 14)?),
            life,
        )?;
        let changes = IntCounterVec::new(
            Opts::new("chat_appends_total", "Changes by what became of them"),
            &["outcome"],
        )?;
        let marks_asked = IntCounter::new("chat_marks_asked_total", "Marks that devices handed in")?;
        let marks_raised = IntCounter::new("chat_marks_raised_total", "Marks that were stored and told")?;
        // A figure that is missing would look like one that is 0.
        for outcome in ["new", "duplicate"] {
            changes.with_label_values(&[outcome]);
        }
        for code in ErrorCode::ALL {
            changes.with_label_values(&[&code.to_string()]);
        }
        let registry = &life.registry;
        registry.register(Box::new(marks_asked.clone()))?;
        registry.register(Box::new(marks_raised.clone()))?;
        registry.register(Box::new(batch_size.clone()))?;
        registry.register(Box::new(changes.clone()))?;
        Ok(Self {
            batch_size,
            commit_seconds,
            changes,
            marks_asked,
            marks_raised,
        })
    }

    pub fn committed(&self, size: usize, seconds: f64, trace: Option<String>) {
        self.batch_size
            .observe(u32::try_from(size).unwrap_or(u32::MAX).into());
        self.commit_seconds.observe(seconds, trace);
    }

    pub fn marked(&self, asked: usize, raised: usize) {
        self.marks_asked.inc_by(asked as u64);
        self.marks_raised.inc_by(raised as u64);
    }

    pub fn answered(&self, verdict: &Verdict) {
        let outcome = match verdict {
            Verdict::Done(..) => "new".to_owned(),
            Verdict::Duplicate(_) => "duplicate".to_owned(),
            Verdict::Needs(_) => return,
            Verdict::Refused(refusal) => refusal.code.to_string(),
        };
        self.changes.with_label_values(&[outcome.as_str()]).inc();
    }
}
