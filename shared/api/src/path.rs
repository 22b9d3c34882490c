//! Ids in paths, parsed once.

use axum::{
    extract::{FromRequestParts, RawPathParams, rejection::PathRejection},
    http::request::Parts,
};
use protocol::ErrorCode;
use serde::de::DeserializeOwned;

use crate::Problem;

/// The path's parameters; a malformed one is `invalid_field` with its name.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(error)) => {
                Err(refuse(&error.body_text(), parts).await)
            }
            Err(error) => Err(Problem::internal(&error)),
        }
    }
}

/// Names the parameter: the one whose value the message quotes, or the only one there is.
async fn refuse(said: &str, parts: &mut Parts) -> Problem {
    let Ok(params) = RawPathParams::from_request_parts(parts, &()).await else {
        return ErrorCode::InvalidField.into();
    };
    let names: Vec<&str> = params.iter().map(|(name, _)| name).collect();
    let named = names
        .iter()
        .find(|name| said.contains(&format!("`{name}`")))
        .or_else(|| names.first());
    match named {
        Some(name) => Problem::field(ErrorCode::InvalidField, name),
        None => ErrorCode::InvalidField.into(),
    }
}
