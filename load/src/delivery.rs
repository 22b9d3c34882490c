//! How long a message takes from one gateway to a socket on another.

use std::time::{Duration, Instant};

use client::Socket;
use hdrhistogram::Histogram;
use serde_json::json;
use testkit::{Kit, Options};
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep},
};
use uuid::Uuid;

use crate::{
    crowd::{self, Pair, greet},
    durable::TEXT,
};

const PAIRS: usize = 100;
/// Each client writes this often: 200 messages a second together.
const EVERY: Duration = Duration::from_millis(500);
const SECONDS: u64 = 10;

/// Prints percentiles for both ways of subscribing.
pub async fn run() {
    println!(
        "send to delivery over two gateways, {PAIRS} pairs, {} messages/s:",
        PAIRS as u64 * 2
    );
    for interest in ["person", "all"] {
        let options = crowd::unlimited(Options {
            gateways: 2,
            ..Options::default()
        });
        let kit = Kit::start(options.with("SPOTTER_INTEREST", interest)).await;
        let times = measure(&kit).await;
        let millis = |percentile: f64| times.value_at_quantile(percentile) as f64 / 1_000.0;
        println!(
            "  --interest {interest:<8} p50 {:>8.2} ms   p99 {:>8.2} ms   most {:>8.2} ms   ({} deliveries)",
            millis(0.5),
            millis(0.99),
            times.max() as f64 / 1_000.0,
            times.len(),
        );
    }
}

async fn measure(kit: &Kit) -> Histogram<u64> {
    let pairs = crowd::pairs(kit, PAIRS).await;
    let mut tasks = JoinSet::new();
    for (index, pair) in pairs.into_iter().enumerate() {
        let sender = greet(&kit.gateway(0).socket_url(), &pair.client_token).await;
        let receiver = greet(&kit.gateway(1).socket_url(), &pair.trainer_token).await;
        // Spread over the interval, as people are.
        let offset = EVERY * u32::try_from(index).unwrap_or(0) / u32::try_from(PAIRS).unwrap_or(1);
        tasks.spawn(talk(pair, sender, receiver, offset));
    }
    let mut times = Histogram::new(3).expect("a histogram of three digits");
    while let Some(samples) = tasks.join_next().await {
        for sample in samples.expect("a pair talks to its end") {
            times.record(sample).expect("less than an hour");
        }
    }
    times
}

/// Microseconds from each send to its arrival.
async fn talk(pair: Pair, mut sender: Socket, mut receiver: Socket, offset: Duration) -> Vec<u64> {
    sleep(offset).await;
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let until = Instant::now() + Duration::from_secs(SECONDS);
    let mut samples = Vec::new();
    while Instant::now() < until {
        ticks.tick().await;
        let send = json!({
            "type": "send", "ref": 1, "conversationId": pair.conversation, "id": Uuid::now_v7(), "text": TEXT,
        });
        let sent = Instant::now();
        sender.send_json(&send).await.expect("a live socket");
        receiver.expect("message").await;
        samples.push(u64::try_from(sent.elapsed().as_micros()).unwrap_or(u64::MAX));
        sender.expect("ack").await;
        sender.expect("message").await;
    }
    samples
}
