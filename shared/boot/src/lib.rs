//! How every service starts, listens and ends.
//!
//! Reading order: `run` is the life of a process, `configuration` and `secret` read what it
//! was told, `lifecycle` holds what its parts share, `tasks` and `health` are two of those,
//! `listener` accepts sockets, `connection` serves one over its `socket` and watches each `body`,
//! `internal` and `verbosity` answer the operators, `latency` counts seconds and remembers traces, `checkup`
//! asks whether all is well, `release` says which build this is, `catalogue` what it can be told.

mod body;
mod catalogue;
mod checkup;
mod config;
mod configuration;
mod connection;
mod health;
mod internal;
mod latency;
mod lifecycle;
mod listener;
mod process;
mod release;
mod run;
mod secret;
mod shed;
mod socket;
mod tasks;
mod verbosity;

pub use checkup::check;
pub use config::{Config, Settings};
pub use configuration::Invalid;
pub use health::{Health, Probe};
pub use latency::Latency;
pub use lifecycle::Lifecycle;
pub use run::{install_tls, run};
pub use secret::secret;
pub use tasks::{DrainGuard, Tasks};

/// Why a service could not start or go on; logged once, where the process ends.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
