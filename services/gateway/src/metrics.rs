//! What a gateway counts. Labels exist from the start: a figure that is missing would look like one that is 0.

use boot::{Latency, Lifecycle};
use prometheus::{
    HistogramOpts, IntCounter, IntCounterVec, IntGauge, Opts, Registry,
    core::{Collector, Desc},
    proto::MetricFamily,
};
use protocol::{CloseCode, ErrorCode};

use crate::{hub::Hub, session::sendqueue::Waits};

/// Seconds, dense around what is promised: half a second for an ack and for a delivery.
const BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
];

#[derive(Clone)]
pub struct Metrics {
    pub sockets: IntGauge,
    pub people: IntGauge,
    pub deliveries: IntCounter,
    /// Pages of `sync` written: holes repaired, devices that caught up, clients that asked.
    pub sync_pages: IntCounter,
    /// Questions to the log because a socket missed something.
    pub repairs: IntCounter,
    /// People whose heads were found ahead of what their sockets had.
    pub heads_behind: IntCounter,
    pub ack_seconds: Latency,
    pub deliver_seconds: Latency,
    opens: IntCounterVec,
    closes: IntCounterVec,
    errors: IntCounterVec,
}

/// With what a device came, and what it cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resumption {
    /// It had nothing to resume.
    Fresh,
    /// It had missed nothing.
    Lossless,
    /// What it had missed is sent after it.
    Replayed,
    /// It has to start over, in one conversation at least.
    Reset,
}

impl Resumption {
    const ALL: [Self; 4] = [Self::Fresh, Self::Lossless, Self::Replayed, Self::Reset];

    fn label(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Lossless => "lossless",
            Self::Replayed => "replayed",
            Self::Reset => "reset",
        }
    }
}

impl Metrics {
    pub fn new(life: &Lifecycle) -> Result<Self, prometheus::Error> {
        let registry = &life.registry;
        let metrics = Self {
            sockets: gauge(registry, "gateway_sockets", "Open sockets")?,
            people: gauge(registry, "gateway_people", "People with interest at the broker")?,
            deliveries: counter(
                registry,
                "gateway_deliveries_total",
                "Live frames written to sockets",
            )?,
            sync_pages: counter(
                registry,
                "gateway_sync_pages_total",
                "Pages of sync written to sockets",
            )?,
            repairs: counter(
                registry,
                "gateway_repairs_total",
                "Questions to the log because a socket missed something",
            )?,
            heads_behind: counter(
                registry,
                "gateway_heads_behind_total",
                "People found behind the log by a heads check",
            )?,
            ack_seconds: latency(
                life,
                "gateway_ack_seconds",
                "Time from a change's arrival to its ack",
            )?,
            deliver_seconds: latency(
                life,
                "gateway_deliver_seconds",
                "Time from a change's arrival at its sender's gateway to its write to the last socket here",
            )?,
            opens: counters(
                registry,
                "gateway_opens_total",
                "Sockets let in, by what they had to resume",
                &["resume"],
            )?,
            closes: counters(
                registry,
                "gateway_closes_total",
                "Sockets closed by the gateway",
                &["code", "reason"],
            )?,
            errors: counters(
                registry,
                "gateway_errors_total",
                "Errors told to clients",
                &["code"],
            )?,
        };
        metrics.begin_at_zero();
        Ok(metrics)
    }

    fn begin_at_zero(&self) {
        for resumption in Resumption::ALL {
            self.opens.with_label_values(&[resumption.label()]);
        }
        for code in CloseCode::ALL {
            self.closes.with_label_values(&labels(code));
        }
        for code in ErrorCode::ALL {
            self.errors.with_label_values(&[&code.to_string()]);
        }
    }

    pub fn opened(&self, resumption: Resumption) {
        self.opens.with_label_values(&[resumption.label()]).inc();
    }

    pub fn closed(&self, code: CloseCode) {
        self.closes.with_label_values(&labels(code)).inc();
    }

    pub fn refused(&self, code: ErrorCode) {
        self.errors.with_label_values(&[&code.to_string()]).inc();
    }
}

fn labels(code: CloseCode) -> [String; 2] {
    [code.code().to_string(), code.reason().to_owned()]
}

fn gauge(registry: &Registry, name: &str, help: &str) -> Result<IntGauge, prometheus::Error> {
    let gauge = IntGauge::new(name, help)?;
    registry.register(Box::new(gauge.clone()))?;
    Ok(gauge)
}

fn counter(registry: &Registry, name: &str, help: &str) -> Result<IntCounter, prometheus::Error> {
    let counter = IntCounter::new(name, help)?;
    registry.register(Box::new(counter.clone()))?;
    Ok(counter)
}

fn counters(
    registry: &Registry,
    name: &str,
    help: &str,
    labels: &[&str],
) -> Result<IntCounterVec, prometheus::Error> {
    let counters = IntCounterVec::new(Opts::new(name, help), labels)?;
    registry.register(Box::new(counters.clone()))?;
    Ok(counters)
}

fn latency(life: &Lifecycle, name: &str, help: &str) -> Result<Latency, prometheus::Error> {
    Latency::register(HistogramOpts::new(name, help).buckets(BUCKETS.to_vec()), life)
}

/// What waits for all sockets, added up when somebody asks.
pub struct Queues {
    hub: Hub,
    frames: IntGauge,
    bytes: IntGauge,
    slow: IntGauge,
}

impl Queues {
    pub fn register(hub: &Hub, registry: &Registry) -> Result<(), prometheus::Error> {
        registry.register(Box::new(Self {
            hub: hub.clone(),
            frames: IntGauge::new("gateway_queued_frames", "Frames that wait for their sockets")?,
            bytes: IntGauge::new("gateway_queued_bytes", "Bytes that wait for their sockets")?,
            slow: IntGauge::new(
                "gateway_slow_sockets",
                "Sockets for which a sixteenth of what may wait is waiting",
            )?,
        }))
    }
}

impl Collector for Queues {
    fn desc(&self) -> Vec<&Desc> {
        [self.frames.desc(), self.bytes.desc(), self.slow.desc()].concat()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let (mut frames, mut bytes, mut slow) = (0, 0, 0);
        for socket in self.hub.sockets() {
            let waits: Waits = socket.queue.waits();
            frames += waits.frames;
            bytes += waits.bytes;
            slow += usize::from(waits.is_slow);
        }
        for (gauge, value) in [(&self.frames, frames), (&self.bytes, bytes), (&self.slow, slow)] {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        }
        [self.frames.collect(), self.bytes.collect(), self.slow.collect()].concat()
    }
}
