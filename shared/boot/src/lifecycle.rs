//! What the parts of a service share: when to stop, who is running, how it is.

use std::time::Duration;

use axum::Router;
use prometheus::Registry;
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::{
    Config, Error, Health, Invalid, Tasks, internal,
    latency::Exemplars,
    listener::{self, Listener},
    process, release,
};

/// Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Lifecycle {
    /// Draining: not ready any more, requests in flight finish. Cancelled by the first SIGTERM or SIGINT.
    pub soft: CancellationToken,
    /// Now. Cancelled when the drain is over, or by the second signal.
    pub hard: CancellationToken,
    pub tasks: Tasks,
    pub health: Health,
    /// What `/metrics` shows.
    pub registry: Registry,
    /// The traces that its latencies point to.
    pub exemplars: Exemplars,
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self::new()
    }
}

impl Lifecycle {
    /// A life that nobody ends from outside: `run` adds the signals, tests cancel the tokens themselves.
    pub fn new() -> Self {
        let soft = CancellationToken::new();
        let registry = Registry::new();
        process::register(&registry);
        release::register(&registry);
        Self {
            hard: CancellationToken::new(),
            tasks: Tasks::new(),
            health: Health::new(soft.clone()),
            registry,
            exemplars: Exemplars::default(),
            soft,
        }
    }

    /// Answers people on `listen` and operators on `internal_listen`; returns when the shutdown is finished.
    pub async fn serve(&self, config: &Config, public: Router) -> Result<(), Error> {
        let files = process::take_open_files();
        let operators = Listener::bind(
            "internal",
            config.internal_listen,
            listener::INTERNAL_CONNECTIONS,
            self,
        )
        .await
        .map_err(|error| unusable("SPOTTER_INTERNAL_LISTEN", &error))?;
        let most = listener::affordable(config.max_connections, files);
        let people = Listener::bind("public", config.listen, most, self)
            .await
            .map_err(|error| unusable("SPOTTER_LISTEN", &error))?;
        info!(public = %people.address(), internal = %operators.address(), "listening");

        let operators = operators.serve(internal::routes(self), self.clone());
        let people = people.serve(public, self.clone());
        tokio::join!(people, operators);
        Ok(())
    }

    /// Waits for the soft stop, then for the drain or its deadline, then stops hard.
    pub(crate) async fn drain(self, within: Duration) {
        self.soft.cancelled().await;
        info!(within.seconds = within.as_secs(), "Draining");
        let drained = tokio::time::timeout(within, self.tasks.drained()).await.is_ok();
        info!(drained, "Stopping");
        self.hard.cancel();
    }
}

fn unusable(variable: &'static str, error: &std::io::Error) -> Invalid {
    Invalid::new(variable, format!("cannot listen: {error}"))
}
