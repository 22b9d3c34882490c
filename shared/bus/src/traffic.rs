//! How much goes over the connection to the broker, as its client counts it.

use std::sync::{Arc, Mutex, PoisonError, atomic::Ordering};

use async_nats::{Client, Statistics};
use prometheus::{
    IntCounterVec, Opts, Registry,
    core::{Collector, Desc},
    proto::MetricFamily,
};

/// Reads the client's figures at each scrape.
pub(crate) struct Traffic {
    client: Arc<Statistics>,
    /// Locked while they are brought up to date: two scrapes at once would add the same twice.
    counters: Mutex<Counters>,
    descriptions: Vec<Desc>,
}

struct Counters {
    messages: IntCounterVec,
    bytes: IntCounterVec,
}

impl Traffic {
    pub(crate) fn register(client: &Client, registry: &Registry) -> Result<(), prometheus::Error> {
        let counters = |name, help| IntCounterVec::new(Opts::new(name, help), &["direction"]);
        let counters = Counters {
            messages: counters("bus_messages_total", "Messages from and to the broker")?,
            bytes: counters("bus_bytes_total", "Bytes of messages from and to the broker")?,
        };
        let descriptions = [counters.messages.desc(), counters.bytes.desc()].concat();
        registry.register(Box::new(Self {
            client: client.statistics(),
            descriptions: descriptions.into_iter().cloned().collect(),
            counters: Mutex::new(counters),
        }))
    }
}

impl Collector for Traffic {
    fn desc(&self) -> Vec<&Desc> {
        self.descriptions.iter().collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        let Counters { messages, bytes } = &*counters;
        let Statistics {
            in_bytes,
            out_bytes,
            in_messages,
            out_messages,
            ..
        } = &*self.client;
        for (family, direction, total) in [
            (messages, "in", in_messages.load(Ordering::Relaxed)),
            (messages, "out", out_messages.load(Ordering::Relaxed)),
            (bytes, "in", in_bytes.load(Ordering::Relaxed)),
            (bytes, "out", out_bytes.load(Ordering::Relaxed)),
        ] {
            raise(family, direction, total);
        }
        [messages.collect(), bytes.collect()].concat()
    }
}

fn raise(family: &IntCounterVec, direction: &str, total: u64) {
    let counter = family.with_label_values(&[direction]);
    counter.inc_by(total.saturating_sub(counter.get()));
}
