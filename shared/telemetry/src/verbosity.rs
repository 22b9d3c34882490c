//! How much is logged, changed while the process runs.
//!
//! A level is for Spotter's own crates alone: libraries say at their lower levels what passes through
//! them, and that is people's text and tokens.

use std::{fmt, sync::OnceLock};

use serde::{Deserialize, Serialize};
use tracing_subscriber::{EnvFilter, Registry, reload};

/// The crates of `shared/` that log.
const OWN: [&str; 11] = [
    "api",
    "auth",
    "boot",
    "bus",
    "links",
    "protocol",
    "quota",
    "reference",
    "schema",
    "telemetry",
    "client",
];

/// Written once, by `init`.
static FILTER: OnceLock<Filter> = OnceLock::new();

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

#[derive(Debug, thiserror::Error)]
#[error("telemetry was not started")]
pub struct NotStarted;

pub(crate) type Handle = reload::Handle<EnvFilter, Registry>;

/// The filter of the log and what it is when nobody has changed it.
pub(crate) struct Filter {
    pub(crate) handle: Handle,
    pub(crate) configured: String,
    /// As its crate is called in Rust.
    pub(crate) service: String,
}

impl Filter {
    /// Makes this the filter that [`set`] changes.
    pub(crate) fn keep(self) {
        // `init` succeeds once per process.
        let _ = FILTER.set(self);
    }

    fn at(&self, level: Level) -> String {
        let crates = OWN.into_iter().chain([self.service.as_str()]);
        crates.fold(self.configured.clone(), |filter, name| {
            format!("{filter},{name}={level}")
        })
    }

    fn apply(&self, directives: &str) -> Result<(), NotStarted> {
        let filter = EnvFilter::try_new(directives).map_err(|_| NotStarted)?;
        self.handle.reload(filter).map_err(|_| NotStarted)
    }
}

/// Lets Spotter's own crates log from `level` on.
pub fn set(level: Level) -> Result<(), NotStarted> {
    let filter = FILTER.get().ok_or(NotStarted)?;
    filter.apply(&filter.at(level))
}

/// Logs as configured again.
pub fn restore() {
    if let Some(filter) = FILTER.get() {
        // The configured filter was read at the start, and the subscriber lives as long as the process.
        let _ = filter.apply(&filter.configured);
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::OWN;

    /// Crates of tests and tools, which no service is built with.
    const APART: [&str; 2] = ["sandbox", "testkit"];

    #[test]
    fn every_shared_crate_is_known() {
        let shared = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();

        for entry in fs::read_dir(shared).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(
                OWN.contains(&name.as_str()) || APART.contains(&name.as_str()),
                "{name} is not in OWN"
            );
        }
    }
}
