//! What an operator sees of the intake.

use prometheus::{IntCounterVec, IntGauge, Opts, Registry};

#[derive(Debug, Clone)]
pub struct Metrics {
    messages: IntCounterVec,
    parked: IntGauge,
}

impl Metrics {
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let messages = IntCounterVec::new(
            Opts::new(
                "roster_intake_total",
                "Deliveries of the directory's stream by what became of them",
            ),
            &["outcome"],
        )?;
        let parked = IntGauge::new(
            "roster_parked",
            "Messages of the directory's stream that could not be kept and wait for somebody",
        )?;
        // A figure that is missing would look like one that is 0.
        for outcome in ["kept", "put_off", "parked", "erased"] {
            messages.with_label_values(&[outcome]);
        }
        registry.register(Box::new(messages.clone()))?;
        registry.register(Box::new(parked.clone()))?;
        Ok(Self { messages, parked })
    }

    pub fn count(&self, outcome: &str) {
        self.messages.with_label_values(&[outcome]).inc();
    }

    pub fn parked(&self, count: i64) {
        self.parked.set(count);
    }
}
