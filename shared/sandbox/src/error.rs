use std::path::PathBuf;
use std::time::Duration;

/// Why a private server could not be started or reached.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{what} did not happen within {within:?}")]
    Late { what: String, within: Duration },
    #[error("found no {program} ({wanted}); run `dev/setup`")]
    Missing {
        program: &'static str,
        wanted: &'static str,
    },
    #[error("{program} ended with {status}; see {log}")]
    Ended {
        program: String,
        status: String,
        log: String,
    },
    #[error("could not {what} {path}")]
    Path {
        what: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("could not start {program}")]
    Spawn { program: String, source: std::io::Error },
    #[error("could not signal process {pid}")]
    Signal { pid: u32, source: std::io::Error },
    #[error("could not prepare the database")]
    Database(#[from] sqlx::Error),
}

impl Error {
    /// Wraps an I/O error with the path it happened at; fits `map_err`.
    pub(crate) fn at(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Path { what, path, source }
    }
}
