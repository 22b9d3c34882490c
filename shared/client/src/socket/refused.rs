//! Why there is no socket.

use std::{fmt::Display, time::Duration};

use protocol::http::Problem;
use tokio_tungstenite::tungstenite::http::Response;

/// The server answered the upgrade with something else, or nothing came of it at all.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Refused {
    #[error("refused with {status}: {problem:?}")]
    Answered {
        status: u16,
        problem: Option<Box<Problem>>,
        retry_after: Option<Duration>,
    },
    #[error("could not connect: {0}")]
    Failed(String),
}

impl Refused {
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Answered { status, .. } => Some(*status),
            Self::Failed(_) => None,
        }
    }

    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Answered { problem, .. } => problem.as_deref(),
            Self::Failed(_) => None,
        }
    }

    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Answered { retry_after, .. } => *retry_after,
            Self::Failed(_) => None,
        }
    }

    /// Whether trying again with the same token can never help.
    pub fn is_final(&self) -> bool {
        matches!(self.status(), Some(400 | 403))
    }

    pub(super) fn answered(response: &Response<Option<Vec<u8>>>) -> Self {
        let body = response.body().as_deref().unwrap_or_default();
        let retry_after = response
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok()?.parse().ok())
            .map(Duration::from_secs);
        Self::Answered {
            status: response.status().as_u16(),
            problem: serde_json::from_slice(body).ok(),
            retry_after,
        }
    }

    pub(super) fn failed(error: impl Display) -> Self {
        Self::Failed(error.to_string())
    }

    pub(super) fn malformed(error: impl Display) -> Self {
        Self::Failed(format!("malformed request: {error}"))
    }
}
