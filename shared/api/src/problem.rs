//! The only refusal: RFC 9457, with a code that programs read and never an internal cause.

use std::error::Error;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use protocol::{ErrorCode, error::Refusal, http};
use tracing::{Span, error};

const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");
/// When to come back, where nobody knows better.
const RETRY_AFTER_MS: u64 = 1_000;

/// A reply that says no.
#[derive(Debug, Clone)]
pub struct Problem {
    refusal: Refusal,
    status: StatusCode,
}

impl Problem {
    /// A field of the request is wrong.
    pub fn field(code: ErrorCode, field: &str) -> Self {
        Refusal::field(code, field).into()
    }

    /// Logs `cause` with all its sources and replies `internal`, which says nothing of it.
    pub fn internal(cause: &dyn Error) -> Self {
        error!(error = chain(cause), "Failed to answer");
        ErrorCode::Internal.into()
    }

    /// Logs `cause` and replies `unavailable`: a part that comes back was away.
    pub fn unavailable(cause: &dyn Error) -> Self {
        tracing::warn!(error = chain(cause), "Could not answer now");
        ErrorCode::Unavailable.into()
    }

    /// Asks the caller to come back after `wait`.
    pub fn rate_limited(wait: std::time::Duration) -> Self {
        let wait = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1);
        Refusal {
            retry_after_ms: Some(wait),
            ..ErrorCode::RateLimited.into()
        }
        .into()
    }

    /// The path exists, the method does not.
    pub(crate) fn method_not_allowed() -> Self {
        Self {
            status: StatusCode::METHOD_NOT_ALLOWED,
            ..ErrorCode::NotFound.into()
        }
    }

    pub fn code(&self) -> ErrorCode {
        self.refusal.code
    }

    /// What is refused, for a report that is not this reply.
    pub fn into_refusal(self) -> Refusal {
        self.refusal
    }

    fn retry_after_ms(&self) -> Option<u64> {
        let comes_back = matches!(
            self.refusal.code,
            ErrorCode::RateLimited | ErrorCode::Overloaded | ErrorCode::Unavailable
        );
        self.refusal
            .retry_after_ms
            .or(comes_back.then_some(RETRY_AFTER_MS))
    }
}

impl From<ErrorCode> for Problem {
    fn from(code: ErrorCode) -> Self {
        Refusal::from(code).into()
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = StatusCode::from_u16(refusal.code.http_status());
        Self {
            status: status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            refusal,
        }
    }
}

impl From<auth::Refused> for Problem {
    fn from(refused: auth::Refused) -> Self {
        refused.code().into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let code = self.refusal.code;
        Span::current().record("error.code", tracing::field::display(code));
        let retry_after_ms = self.retry_after_ms();
        let body = http::Problem {
            r#type: "about:blank".to_owned(),
            title: code.message().to_owned(),
            detail: self.refusal.detail,
            status: self.status.as_u16(),
            code,
            retryable: code.retryable(),
            retry_after_ms,
            field: self.refusal.field,
            trace_id: telemetry::context::trace_id(),
        };
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (self.status, [(header::CONTENT_TYPE, CONTENT_TYPE)], body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(wait) = retry_after_ms {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.div_ceil(1_000)));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

fn chain(cause: &dyn Error) -> String {
    let mut text = cause.to_string();
    let mut source = cause.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
