//! Why the database did not do what was asked, and what the one who asked is told.

use protocol::{ErrorCode, error::Refusal};
use tracing::{error, warn};

/// Kinds of failures of the database, by what may be done about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The connection broke: it may have been a stale one.
    Broken,
    /// Nobody would fare better for the moment.
    Unavailable,
    /// A lock was not to be had in time.
    Locked,
    /// One of the rows, or a defect.
    Other,
}

impl Failure {
    pub fn of(error: &sqlx::Error) -> Self {
        let code = match error {
            sqlx::Error::Database(error) => error.code().unwrap_or_default(),
            sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
                return Self::Broken;
            }
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Tls(_) => {
                return Self::Unavailable;
            }
            _ => return Self::Other,
        };
        // The server ended the session: told to stop, after a crash, or because it idled.
        if ["57P01", "57P02", "57P05", "25P03"].contains(&&*code) {
            return Self::Broken;
        }
        match code.get(..2).unwrap_or_default() {
            // Lock timeout and deadlock.
            "55" | "40" => Self::Locked,
            "08" => Self::Broken,
            // Out of resources, told to stop or shutting down, a read-only standby, no rights yet.
            "53" | "57" | "25" | "28" | "58" => Self::Unavailable,
            _ => Self::Other,
        }
    }

    pub fn code(self) -> ErrorCode {
        match self {
            Self::Other => ErrorCode::Internal,
            Self::Broken | Self::Unavailable | Self::Locked => ErrorCode::Unavailable,
        }
    }
}

/// Logs a failure once, where it is turned into an answer.
pub fn report(error: &sqlx::Error) {
    let cause = error as &dyn std::error::Error;
    match Failure::of(error) {
        Failure::Other => error!(error = cause, "The database refused"),
        Failure::Broken | Failure::Unavailable | Failure::Locked => {
            warn!(error = cause, "The database did not answer");
        }
    }
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("refused: {}", .0.code)]
    Refused(Refusal),
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        Self::Refused(code.into())
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal,
            Error::Database(error) => {
                report(&error);
                Failure::of(&error).code().into()
            }
        }
    }
}
