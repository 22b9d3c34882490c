//! What a gateway counts.

use prometheus::{Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, Opts, Registry};
use protocol::{CloseCode, ErrorCode};

#[derive(Clone)]
pub struct Metrics {
    pub sockets: IntGauge,
    pub people: IntGauge,
    pub deliveries: IntCounter,
    /// Pages of `sync` written: holes repaired, devices that caught up, clients that asked.
    pub sync_pages: IntCounter,
    /// People whose heads were found ahead of what their sockets had.
    pub heads_behind: IntCounter,
    pub ack_seconds: Histogram,
    closes: IntCounterVec,
    errors: IntCounterVec,
}

impl Metrics {
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            sockets: IntGauge::new("gateway_sockets", "Open sockets")?,
            people: IntGauge::new("gateway_people", "People with interest at the broker")?,
            deliveries: IntCounter::new("gateway_deliveries_total", "Live frames written to sockets")?,
            sync_pages: IntCounter::new("gateway_sync_pages_total", "Pages of sync written to sockets")?,
            heads_behind: IntCounter::new(
                "gateway_heads_behind_total",
                "People found behind the log by a heads check",
            )?,
            ack_seconds: Histogram::with_opts(HistogramOpts::new(
                "gateway_ack_seconds",
                "Time from a change's arrival to its ack",
            ))?,
            closes: IntCounterVec::new(
                Opts::new("gateway_closes_total", "Sockets closed by the gateway"),
                &["reason"],
            )?,
            errors: IntCounterVec::new(
                Opts::new("gateway_errors_total", "Errors told to clients"),
                &["code"],
            )?,
        };
        registry.register(Box::new(metrics.sockets.clone()))?;
        registry.register(Box::new(metrics.people.clone()))?;
        registry.register(Box::new(metrics.deliveries.clone()))?;
        registry.register(Box::new(metrics.sync_pages.clone()))?;
        registry.register(Box::new(metrics.heads_behind.clone()))?;
        registry.register(Box::new(metrics.ack_seconds.clone()))?;
        registry.register(Box::new(metrics.closes.clone()))?;
        registry.register(Box::new(metrics.errors.clone()))?;
        Ok(metrics)
    }

    pub fn closed(&self, code: CloseCode) {
        self.closes.with_label_values(&[code.reason()]).inc();
    }

    pub fn refused(&self, code: ErrorCode) {
        self.errors.with_label_values(&[&code.to_string()]).inc();
    }
}
