//! Why something could not be done: refused on purpose, or the database.

use api::Problem;
use protocol::{ErrorCode, error::Refusal};
use tracing::error;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("refused: {}", .0.code)]
    Refused(Refusal),
    #[error("could not use the database")]
    Database(#[from] sqlx::Error),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Error {
    /// A field that is not valid.
    pub fn field(name: &str) -> Self {
        Self::Refused(Refusal::field(ErrorCode::InvalidField, name))
    }

    /// What another service is told; a defect is logged here.
    pub fn into_refusal(self) -> Refusal {
        match self {
            Self::Refused(refusal) => refusal,
            Self::Database(ref cause) if is_passing(cause) => ErrorCode::Unavailable.into(),
            Self::Database(_) => {
                error!(error = &self as &dyn std::error::Error, "Could not answer");
                ErrorCode::Internal.into()
            }
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::Database(ref cause) if is_passing(cause) => Self::unavailable(&error),
            Error::Database(_) => Self::internal(&error),
        }
    }
}

/// Whether the same request may succeed later: the database is away, restarting, full or contended.
fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            // Connection lost, not let in, out of resources, operator's intervention, deadlock and lock timeout.
            ["08", "28", "53", "57"]
                .iter()
                .any(|class| code.starts_with(class))
                || code == "40P01"
                || code == "55P03"
        }),
        _ => false,
    }
}
