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
    raw, usage,
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
    #[arg(long, default_value_t = 2_048)]
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

    let postgres = kit.postgres().await.process().pid();
    println!("raw batched inserts into a table like the log's, fsync on:");
    let mut best = raw::Limit::default();
    for shape in [(1, 64), (1, 256), (4, 64), (4, 256)] {
        let shape = raw::Shape {
            connections: shape.0,
            rows: shape.1,
        };
        let limit = raw::limit(&url, postgres, shape, duration).await;
        println!(
            "  {} connections × {:>3} rows     {:>9.0} rows/s   PostgreSQL {:>5.1} µs a row",
            shape.connections, shape.rows, limit.rate, limit.postgres
        );
        if limit.rate > best.rate {
            best = limit;
        }
    }
    let pairs = crowd::pairs(&kit, plan.conversations).await;
    let clocks = Clocks::of(&kit).await;
    let before = clocks.read();
    let run = appends(&kit, pairs, duration).await;
    println!(
        "acknowledged through one chat-history {:>9.0} messages/s ({} refused)",
        run.rate, run.refused
    );
    println!("processor time of one message:");
    let mut of_postgres = 0.0;
    for ((name, after), (_, before)) in clocks.read().into_iter().zip(before) {
        let each = usage::each(after.saturating_sub(before), run.acked);
        println!("  {name:<16} {each:>6.1} µs");
        if name == POSTGRES {
            of_postgres = each;
        }
    }
    println!("share of the raw limit");
    println!(
        "  with everything on this machine's cores   {:>5.2}",
        run.rate / best.rate
    );
    println!(
        "  of PostgreSQL's own time                  {:>5.2}",
        best.postgres / of_postgres
    );
}

const POSTGRES: &str = "PostgreSQL";

/// Whose processor time a message takes.
struct Clocks {
    postgres: u32,
    processes: [(&'static str, u32); 3],
}

impl Clocks {
    async fn of(kit: &Kit) -> Self {
        Self {
            postgres: kit.postgres().await.process().pid(),
            processes: [
                ("chat-history", kit.history(0).pid()),
                ("nats-server", kit.nats().await.process().pid()),
                ("this generator", std::process::id()),
            ],
        }
    }

    fn read(&self) -> Vec<(&'static str, Duration)> {
        let postgres = (POSTGRES, usage::processor_of_postgres(self.postgres));
        let others = self.processes.map(|(name, pid)| (name, usage::processor(pid)));
        [postgres].into_iter().chain(others).collect()
    }
}

/// What came of appends.
struct Run {
    acked: usize,
    refused: usize,
    /// Acknowledged messages per second.
    rate: f64,
}

#[derive(clap::Parser)]
struct Line {
    #[command(flatten)]
    bus: bus::Config,
}

/// Every pair appends, one message after the other, straight to chat-history over the broker.
async fn appends(kit: &Kit, pairs: Vec<Pair>, duration: Duration) -> Run {
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
    let elapsed = started.elapsed();
    let acked = acked.load(Ordering::Relaxed);
    Run {
        acked,
        refused: refused.load(Ordering::Relaxed),
        rate: acked as f64 / elapsed.as_secs_f64(),
    }
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
        since: None,
    };
    let answer: Result<Result<Ack, _>, _> = bus.ask(Subject::HISTORY_APPEND, &change, WITHIN).await;
    matches!(answer, Ok(Ok(_)))
}
