use protocol::ErrorCode;

/// Why the broker or the one asked did not answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the broker cannot be reached")]
    Down,
    #[error("no answer in time")]
    Timeout,
    #[error("no service answers this question")]
    NoResponders,
    #[error("a message could not be read")]
    Malformed(#[source] serde_json::Error),
    #[error("the message is too large for the broker")]
    TooLarge,
    #[error("nats-server {0} is too old: 2.10 is needed")]
    TooOld(String),
    #[error("could not reach the broker")]
    Broker(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// What the caller's caller is told.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Malformed(_) | Self::TooLarge => ErrorCode::Internal,
            _ => ErrorCode::Unavailable,
        }
    }
}
