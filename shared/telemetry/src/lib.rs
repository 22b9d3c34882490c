//! Logs and traces of every service; the only crate that knows OpenTelemetry.
//!
//! Reading order: `config` is what may be set, `init` starts everything, `json` is one log
//! line, `verbosity` changes how much is logged, `context` carries a trace from one service to the next, `messaging` opens the spans
//! of what goes over the broker.

mod config;
pub mod context;
mod init;
mod json;
pub mod messaging;
pub mod verbosity;

pub use config::{Config, LogFormat};
pub use init::{Error, Guard, init};
