//! What is told of the rounds.

use std::time::{SystemTime, UNIX_EPOCH};

use prometheus::{Gauge, Histogram, HistogramOpts, IntCounterVec, Opts, Registry};

use super::round::{Step, Times};

const SUCCESS: &str = "success";
/// Seconds: from a good connection's millisecond to the round's end.
const BUCKETS: [f64; 14] = [
    0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 15.0,
];

#[derive(Clone)]
pub struct Metrics {
    rounds: IntCounterVec,
    last_success: Gauge,
    sign_in: Histogram,
    ack: Histogram,
    deliver: Histogram,
}

impl Metrics {
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let histogram =
            |name, help| Histogram::with_opts(HistogramOpts::new(name, help).buckets(BUCKETS.to_vec()));
        let metrics = Self {
            rounds: IntCounterVec::new(
                Opts::new(
                    "canary_rounds_total",
                    "Messages that arrived, or at which step they did not",
                ),
                &["outcome"],
            )?,
            last_success: Gauge::new(
                "canary_last_success_timestamp_seconds",
                "When a message last arrived; 0 before the first",
            )?,
            sign_in: histogram(
                "canary_sign_in_seconds",
                "Time until both people are let in and synced",
            )?,
            ack: histogram("canary_ack_seconds", "Time from a send to its ack")?,
            deliver: histogram(
                "canary_deliver_seconds",
                "Time from a send to its arrival at the other person",
            )?,
        };
        // Counted from 0: a rate over a counter that is not there yet says nothing.
        for outcome in Step::ALL.map(Step::name).into_iter().chain([SUCCESS]) {
            metrics.rounds.with_label_values(&[outcome]).inc_by(0);
        }
        registry.register(Box::new(metrics.rounds.clone()))?;
        registry.register(Box::new(metrics.last_success.clone()))?;
        for histogram in [&metrics.sign_in, &metrics.ack, &metrics.deliver] {
            registry.register(Box::new(histogram.clone()))?;
        }
        Ok(metrics)
    }

    pub fn succeeded(&self, times: &Times) {
        self.sign_in.observe(times.sign_in.as_secs_f64());
        self.ack.observe(times.ack.as_secs_f64());
        self.deliver.observe(times.deliver.as_secs_f64());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.last_success.set(now.as_secs_f64());
        self.rounds.with_label_values(&[SUCCESS]).inc();
    }

    pub fn failed(&self, step: Step) {
        self.rounds.with_label_values(&[step.name()]).inc();
    }
}
