//! Finds what doorbells lost: compares sums of positions with the log, a batch of people at a time.

use std::{collections::HashMap, sync::Arc, time::Duration};

use boot::Lifecycle;
use bus::{Bus, Subject};
use protocol::{
    error::Refusal,
    internal::{HeadsReply, HeadsRequest, HeadsSum},
};
use tokio::{
    sync::{Notify, mpsc},
    time::{self, Instant},
};
use tracing::warn;

use crate::{
    hub::{Hub, Party, Socket},
    metrics::Metrics,
    session::sendqueue::Delivery,
};

/// Everyone is checked once in this many seconds, one slice of people a second.
const SLICES: u64 = 22;
/// Interest spreads between brokers with a delay: a person's first subscription is checked after it.
const SOON: Duration = Duration::from_secs(1);
/// Batches of one check that may fail before the others are left for the next.
const PATIENCE: u32 = 3;
const BATCH: usize = 200;
const WITHIN: Duration = Duration::from_secs(3);
/// People waiting for their first check; beyond it they wait for their slice.
const FIRST_CHECKS: usize = 4_096;

/// Asks for a check of one person soon.
#[derive(Clone)]
pub struct Soon(mpsc::Sender<(Instant, Party)>);

impl Soon {
    pub fn check(&self, party: Party) {
        // A full queue only means that the person's slice finds it.
        let _ = self.0.try_send((Instant::now() + SOON, party));
    }
}

pub struct HeadsCheck {
    pub bus: Bus,
    pub hub: Hub,
    pub metrics: Metrics,
    /// Rung when an event carries another epoch.
    pub doubt: Arc<Notify>,
}

impl HeadsCheck {
    /// Runs until the hard stop.
    pub fn start(self, life: &Lifecycle) -> Soon {
        let (sender, first) = mpsc::channel(FIRST_CHECKS);
        life.tasks.spawn("heads", self.run(first, life.clone()));
        Soon(sender)
    }

    async fn run(self, mut first: mpsc::Receiver<(Instant, Party)>, life: Lifecycle) {
        let mut ticks = time::interval(Duration::from_secs(1));
        ticks.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        let mut status = self.bus.status();
        let mut slice = 0;
        // After the broker came back everybody is looked at, until the log has answered for all.
        let mut everybody = false;
        let mut waiting: Vec<(Instant, Party)> = Vec::new();
        loop {
            tokio::select! {
                () = life.hard.cancelled() => return,
                Some(due) = first.recv(), if waiting.len() < FIRST_CHECKS => waiting.push(due),
                changed = status.changed() => {
                    if changed.is_err() { return }
                    if status.borrow_and_update().live {
                        everybody = !self.check(self.hub.sockets()).await;
                    }
                }
                () = self.doubt.notified() => {
                    self.check(self.hub.sockets().into_iter().take(1).collect()).await;
                }
                now = ticks.tick() => {
                    slice = (slice + 1) % SLICES;
                    let mut sockets = self.hub.sockets();
                    // chat-history may be back later than the broker.
                    if everybody {
                        everybody = !self.check(sockets).await;
                        continue;
                    }
                    sockets.retain(|socket| socket.party.slice(SLICES) == slice);
                    let due = waiting.extract_if(.., |(due, _)| *due <= now);
                    sockets.extend(due.flat_map(|(_, party)| self.hub.sockets_of(party)));
                    self.check(sockets).await;
                }
            }
        }
    }

    /// Compares these sockets with the log and tells those that are behind. Answers whether the log has
    /// answered for all of them.
    async fn check(&self, sockets: Vec<Arc<Socket>>) -> bool {
        let mut failed = 0;
        let mut asked: HashMap<HeadsSum, Vec<Arc<Socket>>> = HashMap::new();
        for socket in sockets {
            asked.entry(socket.sums()).or_default().push(socket);
        }
        let asked: Vec<_> = asked.into_iter().collect();
        for batch in asked.chunks(BATCH) {
            if let Err(refusal) = self.check_batch(batch).await {
                warn!(code = %refusal.code, "Could not check heads");
                failed += 1;
                // A log that hangs costs each batch its whole wait.
                if failed == PATIENCE {
                    break;
                }
            }
        }
        failed == 0
    }

    async fn check_batch(&self, batch: &[(HeadsSum, Vec<Arc<Socket>>)]) -> Result<(), Refusal> {
        let question = HeadsRequest {
            people: batch.iter().map(|(sum, _)| *sum).collect(),
        };
        let answer: Result<HeadsReply, Refusal> = self
            .bus
            .ask(Subject::HISTORY_HEADS, &question, WITHIN)
            .await
            .map_err(|error| error.code())?;
        let answer = answer?;
        self.hub.learn_epoch(answer.epoch);
        for (index, heads) in answer.behind {
            let Some((_, sockets)) = batch.get(index) else {
                continue;
            };
            self.metrics.heads_behind.inc();
            let heads: Arc<[_]> = heads.into();
            for socket in sockets {
                socket.queue.push(Delivery::Heads(heads.clone()));
            }
        }
        Ok(())
    }
}
