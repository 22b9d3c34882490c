//! Acknowledged durable messages per second through one chat-history, against what its database can take.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bus::{Bus, Subject};
use clap::Parser;
use futures_util::future::join_all;
use protocol::{
    MessageId, MessageText,
    error::Role,
    frame::Ack,
    internal::{Action, Change},
};
use testkit::{Kit, Options};

use crate::{
    crowd::{self, Pair},
    raw,
};

/// What every message of a measurement says.
pub const TEXT: &str = "Four sets of eight today, the last one slow. How did the shoulder feel?";
const WITHIN: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Plan {
    /// Seconds per measurement
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Conversations that are written to at once, one message in flight each
    #[arg(long, default_value_t = 512)]
    conversations: usize,
}

/// Prints the raw limit and ours, side by side.
pub async fn run(plan: Plan) {
    let duration = Duration::from_secs(plan.seconds);
    // The database is the measurement's own: nothing else writes to its log.
    let options = Options {
        own_postgres: true,
        ..Options::default()
    };
    let kit = Kit::start(crowd::unlimited(options)).await;
    let url = kit.database_url().to_owned();

    println!("raw batched inserts into a table like the log's, fsync on:");
    let mut best: f64 = 0.0;
    for shape in [(1, 64), (1, 256), (4, 64), (4, 256)] {
        let shape = raw::Shape {
            connections: shape.0,
            rows: shape.1,
        };
        let rate = raw::limit(&url, shape, duration).await;
        println!(
            "  {} connections × {:>3} rows     {rate:>9.0} rows/s",
            shape.connections, shape.rows
        );
        best = best.max(rate);
    }
    let pairs = crowd::pairs(&kit, plan.conversations).await;
    let (rate, refused) = appends(&kit, pairs, duration).await;
    println!("acknowledged through one chat-history {rate:>9.0} messages/s ({refused} refused)");
    println!("share of the raw limit                {:>9.2}", rate / best);
}

#[derive(clap::Parser)]
struct Line {
    #[command(flatten)]
    bus: bus::Config,
}

/// Every pair appends, one message after the other, straight to chat-history over the broker.
async fn appends(kit: &Kit, pairs: Vec<Pair>, duration: Duration) -> (f64, usize) {
    let life = boot::Lifecycle::new();
    let line = Line::parse_from(["load", "--nats-url", &kit.nats_url().await]);
    let bus = Bus::connect(&line.bus, "gateway", &life)
        .await
        .expect("the broker answers");
    let mut status = bus.status();
    status
        .wait_for(|status| status.live)
        .await
        .expect("the bus lives");
    let (acked, refused) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let started = Instant::now();
    let writers = pairs.into_iter().map(|pair| {
        let (bus, acked, refused) = (bus.clone(), acked.clone(), refused.clone());
        life.tasks.spawn("writer", async move {
            while started.elapsed() < duration {
                let done = append(&bus, &pair).await;
                let count = if done { &acked } else { &refused };
                count.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    join_all(writers).await;
    let rate = acked.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64();
    (rate, refused.load(Ordering::Relaxed))
}

async fn append(bus: &Bus, pair: &Pair) -> bool {
    let change = Change {
        actor: pair.conversation.client,
        role: Role::User,
        conversation: pair.conversation,
        action: Action::Send {
            id: MessageId::generate(),
            text: MessageText::parse(TEXT).ok(),
            attachments: Vec::new(),
            reply_to: None,
        },
    };
    let answer: Result<Result<Ack, _>, _> = bus.ask(Subject::HISTORY_APPEND, &change, WITHIN).await;
    matches!(answer, Ok(Ok(_)))
}
