//! Lets files go: what was never sent, what only deleted messages carried, what a killed process left
//! behind, and objects that no row knows.
//!
//! Every step may be repeated, by any replica and at the same time. Rows go first, and with them what
//! anybody can see; `garbage` remembers the objects until the bucket has let them go.

mod garbage;
mod orphans;
mod releases;
mod unsent;

use std::time::Duration;

use boot::Lifecycle;
use bus::{Bus, Pattern, Subject};
use time::OffsetDateTime;
use tracing::warn;

use crate::{app::App, daily, database};

pub use garbage::discard;

#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
pub struct Config {
    /// Seconds between two looks for files to let go
    #[arg(long, env = "SPOTTER_SWEEP_SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..))]
    pub sweep_seconds: u64,

    /// Days that a file is kept without being sent
    #[arg(long, env = "SPOTTER_UNSENT_DAYS", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    pub unsent_days: u32,

    /// Hours between two looks for objects without a row, by all replicas together
    #[arg(long, env = "SPOTTER_ORPHAN_HOURS", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..))]
    pub orphan_hours: u32,
}

/// Starts to follow deletions and to sweep.
pub fn start(app: &App, bus: &Bus, config: &Config, life: &Lifecycle) {
    let (at, asked) = (app.clone(), bus.clone());
    let bell = Pattern::from(Subject::HISTORY_RELEASED);
    bus.follow("releases", bell, life, move || {
        let (at, asked) = (at.clone(), asked.clone());
        async move { releases::pull(&at, &asked).await }
    });
    let sweep = Sweep {
        app: app.clone(),
        bus: bus.clone(),
        config: config.clone(),
    };
    let hard = life.hard.clone();
    life.tasks.spawn("sweep", async move {
        Box::pin(hard.run_until_cancelled(sweep.run())).await;
    });
}

struct Sweep {
    app: App,
    bus: Bus,
    config: Config,
}

impl Sweep {
    async fn run(self) {
        loop {
            tokio::time::sleep(Duration::from_secs(self.config.sweep_seconds)).await;
            if let Err(error) = self.once(OffsetDateTime::now_utc()).await {
                warn!(
                    error = &*error as &dyn std::error::Error,
                    "Could not sweep; the next sweep goes on"
                );
            }
        }
    }

    async fn once(&self, now: OffsetDateTime) -> Result<(), boot::Error> {
        let unsent_since = now - time::Duration::days(self.config.unsent_days.into());
        unsent::give_up(&self.app, now).await?;
        unsent::settle(&self.app, &self.bus, unsent_since, now).await?;
        garbage::collect(&self.app).await?;
        database::background(daily::forget(&self.app.pool, now)).await?;
        let orphans_since = now - time::Duration::hours(self.config.orphan_hours.into());
        orphans::collect(&self.app, orphans_since, now).await
    }
}
