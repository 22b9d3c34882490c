//! What every service can be told about listening and ending.

use std::net::SocketAddr;

use crate::Invalid;

/// Where operators are answered, when nothing else is said.
pub(crate) const INTERNAL_LISTEN: &str = "0.0.0.0:9090";

/// Listeners and lifecycle.
#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
pub struct Config {
    #[command(flatten)]
    pub telemetry: telemetry::Config,

    /// Where people's requests are answered
    #[arg(
        long,
        env = "SPOTTER_LISTEN",
        default_value = "0.0.0.0:8080",
        value_name = "ADDRESS"
    )]
    pub listen: SocketAddr,

    /// Where `/healthz`, `/readyz` and `/metrics` are answered; not for the public
    #[arg(
        long,
        env = "SPOTTER_INTERNAL_LISTEN",
        default_value = INTERNAL_LISTEN,
        value_name = "ADDRESS"
    )]
    pub internal_listen: SocketAddr,

    /// Most open connections; more are answered 503. Also bounded by the process's limit of open files
    #[arg(long, env = "SPOTTER_MAX_CONNECTIONS", default_value_t = 50_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_connections: u32,

    /// Longest time between the first SIGTERM and the end, seconds
    #[arg(long, env = "SPOTTER_DRAIN_SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(..=3600))]
    pub drain_seconds: u64,
}

/// The configuration of one service: a clap parser that carries [`Config`].
pub trait Settings: clap::Parser + Send + 'static {
    fn boot(&self) -> &Config;

    /// Checks what no single argument can know, before anything starts.
    fn validate(&self) -> Result<(), Invalid> {
        Ok(())
    }
}
