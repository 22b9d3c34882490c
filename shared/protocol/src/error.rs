//! The closed list of errors, shared by socket, HTTP and TypeScript.

use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// Who a token speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS, ToSchema)]
pub enum Role {
    Trainer,
    User,
    /// A service of the platform; it has no conversations.
    Platform,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trainer => "Trainer",
            Self::User => "User",
            Self::Platform => "Platform",
        }
    }

    /// Whether people of this role have conversations.
    pub fn converses(self) -> bool {
        matches!(self, Self::Trainer | Self::User)
    }
}

impl std::str::FromStr for Role {
    type Err = crate::ids::Malformed;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        match raw {
            "Trainer" => Ok(Self::Trainer),
            "User" => Ok(Self::User),
            "Platform" => Ok(Self::Platform),
            _ => Err(crate::ids::Malformed),
        }
    }
}

/// Why a request or a frame was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    BadFrame,
    InvalidField,
    EmptyMessage,
    TextTooLong,
    Unauthenticated,
    TokenExpired,
    Forbidden,
    NotFound,
    ReadOnly,
    IdempotencyConflict,
    EditConflict,
    EditWindowOver,
    UploadRejected,
    UnsupportedMediaType,
    PayloadTooLarge,
    RateLimited,
    Overloaded,
    Unavailable,
    Internal,
}

impl ErrorCode {
    pub const ALL: [Self; 19] = [
        Self::BadFrame,
        Self::InvalidField,
        Self::EmptyMessage,
        Self::TextTooLong,
        Self::Unauthenticated,
        Self::TokenExpired,
        Self::Forbidden,
        Self::NotFound,
        Self::ReadOnly,
        Self::IdempotencyConflict,
        Self::EditConflict,
        Self::EditWindowOver,
        Self::UploadRejected,
        Self::UnsupportedMediaType,
        Self::PayloadTooLarge,
        Self::RateLimited,
        Self::Overloaded,
        Self::Unavailable,
        Self::Internal,
    ];

    /// The HTTP status this code travels with.
    pub fn http_status(self) -> u16 {
        match self {
            Self::BadFrame => 400,
            Self::Unauthenticated | Self::TokenExpired => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::ReadOnly | Self::IdempotencyConflict | Self::EditConflict | Self::EditWindowOver => 409,
            Self::PayloadTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::InvalidField | Self::EmptyMessage | Self::TextTooLong | Self::UploadRejected => 422,
            Self::RateLimited => 429,
            Self::Internal => 500,
            Self::Overloaded | Self::Unavailable => 503,
        }
    }

    /// Whether the same request may succeed later.
    pub fn retryable(self) -> bool {
        matches!(
            self,
            Self::RateLimited | Self::Overloaded | Self::Unavailable | Self::Internal
        )
    }

    /// What a person reads: fixed text, never an internal cause.
    pub fn message(self) -> &'static str {
        match self {
            Self::BadFrame => "the request is not valid JSON of a known type",
            Self::InvalidField => "a field is not valid",
            Self::EmptyMessage => "a message needs text or an attachment",
            Self::TextTooLong => "the text is too long",
            Self::Unauthenticated => "a valid token is needed",
            Self::TokenExpired => "the token has expired",
            Self::Forbidden => "this is not allowed for your role",
            Self::NotFound => "not found",
            Self::ReadOnly => "this conversation does not take messages from you",
            Self::IdempotencyConflict => "this id was used for another message",
            Self::EditConflict => "the message has changed since",
            Self::EditWindowOver => "the message can no longer be edited",
            Self::UploadRejected => "the file was rejected",
            Self::UnsupportedMediaType => "this kind of file is not supported",
            Self::PayloadTooLarge => "the request is too large",
            Self::RateLimited => "too many requests",
            Self::Overloaded => "the server is overloaded",
            Self::Unavailable => "the service is not available",
            Self::Internal => "something went wrong on our side",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// A refusal as services hand it on: code, the field it is about, when to try again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    pub code: ErrorCode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// What to do instead, for a person: fixed text, never an internal cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Refusal {
    /// Says what to do instead.
    pub fn advising(code: ErrorCode, detail: &'static str) -> Self {
        Self {
            detail: Some(detail.to_owned()),
            ..code.into()
        }
    }

    pub fn field(code: ErrorCode, field: &str) -> Self {
        Self {
            field: Some(field.to_owned()),
            ..code.into()
        }
    }
}

impl From<ErrorCode> for Refusal {
    fn from(code: ErrorCode) -> Self {
        Self {
            code,
            field: None,
            retry_after_ms: None,
            detail: None,
        }
    }
}
