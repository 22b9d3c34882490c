//! Knows within three seconds whether the broker can be reached: a stopped broker keeps its TCP
//! connections open, so only a round trip tells.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_nats::{Client, Event};
use boot::Lifecycle;
use bytes::Bytes;
use futures_util::StreamExt;
use prometheus::{Gauge, IntCounter, IntGauge};
use tokio::{sync::watch, time};
use tracing::{info, warn};
use uuid::Uuid;

use crate::{Error, Subject, config::inbox_prefix};

const INTERVAL: Duration = Duration::from_millis(500);
/// Without an echo for this long the broker counts as unreachable.
const SILENCE: Duration = Duration::from_millis(1_800);
/// Without an echo for this long the connection is made anew, whatever TCP thinks of it.
const RECONNECT_AFTER: Duration = Duration::from_secs(4);

/// How the broker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Status {
    /// A round trip to the broker succeeded lately.
    pub live: bool,
    /// Grows whenever messages may have been lost: look again at everything numbered.
    pub generation: u64,
}

/// Written by the connection's events and by the pulse task; read by everyone.
#[derive(Clone)]
pub(crate) struct Pulse {
    status: watch::Sender<Status>,
    /// Messages came faster than they were read, since the last tick. Told once a tick and not for each
    /// message: whoever hears of it looks again at everything, and the last drop is still told after it.
    dropped: Arc<AtomicBool>,
    live: IntGauge,
    lost: IntCounter,
    round_trip: Gauge,
}

impl Pulse {
    pub(crate) fn new(life: &Lifecycle) -> Result<Self, prometheus::Error> {
        let live = IntGauge::new("bus_live", "1 while a round trip to the broker succeeds")?;
        let lost = IntCounter::new(
            "bus_resyncs_total",
            "Times messages may have been lost: reconnects, slow consumers",
        )?;
        let round_trip = Gauge::new("bus_round_trip_seconds", "Time of the last message to itself")?;
        life.registry.register(Box::new(round_trip.clone()))?;
        life.registry.register(Box::new(live.clone()))?;
        life.registry.register(Box::new(lost.clone()))?;
        Ok(Self {
            status: watch::Sender::new(Status::default()),
            dropped: Arc::default(),
            live,
            lost,
            round_trip,
        })
    }

    pub(crate) fn status(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    pub(crate) fn is_live(&self) -> bool {
        self.status.borrow().live
    }

    pub(crate) fn on_event(&self, event: &Event) {
        match event {
            Event::Connected => self.may_have_lost("Connected to the broker"),
            Event::SlowConsumer(_) => self.dropped.store(true, Ordering::Relaxed),
            Event::Disconnected | Event::Closed => self.set_live(false),
            Event::ServerError(error) => warn!(%error, "The broker reported an error"),
            _ => {}
        }
    }

    fn may_have_lost(&self, why: &'static str) {
        info!("{why}");
        self.lost.inc();
        self.status.send_modify(|status| status.generation += 1);
    }

    fn set_live(&self, live: bool) {
        let changed = self.status.send_if_modified(|status| {
            let changed = status.live != live;
            // What was published in the silence may not have reached us.
            status.generation += u64::from(changed && live);
            status.live = live;
            changed
        });
        if changed {
            self.live.set(i64::from(live));
            if live {
                info!("The broker answers");
            } else {
                warn!("The broker does not answer");
            }
        }
    }

    /// Sends itself a message every [`INTERVAL`] and watches for its return.
    pub(crate) async fn run(
        self,
        client: Client,
        service: &'static str,
        life: Lifecycle,
    ) -> Result<(), Error> {
        let subject = Subject::inbox(&inbox_prefix(service), Uuid::new_v4());
        let mut echoes = client
            .subscribe(subject.as_str().to_owned())
            .await
            .map_err(|error| Error::Broker(error.into()))?;
        let mut ticks = time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        let mut heard = time::Instant::now();
        let mut silent = false;
        // Set while a message to itself is on its way.
        let mut asked: Option<time::Instant> = None;
        loop {
            tokio::select! {
                () = life.hard.cancelled() => return Ok(()),
                echo = echoes.next() => {
                    if echo.is_none() { return Ok(()) }
                    heard = time::Instant::now();
                    silent = false;
                    if let Some(asked) = asked.take() {
                        self.round_trip.set(asked.elapsed().as_secs_f64());
                    }
                    self.set_live(true);
                }
                _ = ticks.tick() => {
                    if self.dropped.swap(false, Ordering::Relaxed) {
                        self.may_have_lost("The broker's messages came faster than they were read");
                    }
                    asked.get_or_insert_with(time::Instant::now);
                    // A full queue to a stopped broker must not stop the watch over it.
                    let _ = time::timeout(INTERVAL, client.publish(subject.as_str().to_owned(), Bytes::new())).await;
                    if heard.elapsed() > SILENCE {
                        self.set_live(false);
                    }
                    if heard.elapsed() > RECONNECT_AFTER && !silent {
                        silent = true;
                        let _ = time::timeout(INTERVAL, client.force_reconnect()).await;
                    }
                }
            }
        }
    }
}
