//! Bodies of requests and replies.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use protocol::ErrorCode;
use serde::{
    Serialize,
    de::{DeserializeOwned, IgnoredAny},
};

use crate::{Problem, query::field};

/// A JSON body. What is no JSON or has wrong types is `bad_frame`; a value that its type does not
/// take, a malformed id for one, is `invalid_field` with the field's name.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| unread(&rejection))?;
        read(&body).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

fn unread(rejection: &BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        ErrorCode::PayloadTooLarge.into()
    } else {
        ErrorCode::BadFrame.into()
    }
}

/// Reads what a body of [`Json`] may be, from bytes that came another way: a line of a stream.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| refuse(body, &error))?;
    json.end().map_err(|_| ErrorCode::BadFrame)?;
    Ok(value)
}

fn refuse(body: &[u8], error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let said = error.inner().to_string();
    // serde tells a wrong type from a wrong value by these words alone.
    let wrong_type = said.starts_with("invalid type") || said.starts_with("invalid length");
    if wrong_type || serde_json::from_slice::<IgnoredAny>(body).is_err() {
        return ErrorCode::BadFrame.into();
    }
    match field(error.path(), &said) {
        Some(name) => Problem::field(ErrorCode::InvalidField, &name),
        None => ErrorCode::BadFrame.into(),
    }
}

#[cfg(test)]
mod tests {
    use protocol::{UserId, http::DirectoryUser};
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "only how it is read matters")]
    struct Booking {
        trainer_id: UserId,
        version: Option<u32>,
    }

    fn refused<T: DeserializeOwned>(body: &str) -> (ErrorCode, Option<String>) {
        match read::<T>(body.as_bytes()) {
            Ok(_) => panic!("taken: {body}"),
            Err(problem) => {
                let reply = format!("{problem:?}");
                let field = reply
                    .split("field: Some(\"")
                    .nth(1)
                    .and_then(|rest| rest.split('"').next());
                (problem.code(), field.map(str::to_owned))
            }
        }
    }

    #[test]
    fn what_is_no_json_or_has_wrong_types_is_a_bad_frame() {
        let deep = "[".repeat(10_000);
        for body in [
            "",
            "{",
            "nonsense",
            "[]",
            "null",
            "{}x",
            r#"{"trainerId":1}"#,
            "{\"trainerId\":\"\u{0}\"}",
            &deep,
        ] {
            assert_eq!(refused::<Booking>(body).0, ErrorCode::BadFrame, "{body}");
        }
    }

    #[test]
    fn a_wrong_value_names_its_field() {
        let malformed = refused::<Booking>(r#"{"trainerId":"tom"}"#);
        let missing = refused::<Booking>("{}");
        let role = refused::<DirectoryUser>(r#"{"name":"a","email":"b","role":"Admin"}"#);

        assert_eq!(malformed, (ErrorCode::InvalidField, Some("trainerId".to_owned())));
        assert_eq!(missing, (ErrorCode::InvalidField, Some("trainerId".to_owned())));
        assert_eq!(role, (ErrorCode::InvalidField, Some("role".to_owned())));
    }

    #[test]
    fn unknown_fields_are_ignored() {
        let body = format!(
            r#"{{"trainerId":"{}","role":"Platform","version":7}}"#,
            uuid::Uuid::nil()
        );

        assert!(read::<Booking>(body.as_bytes()).is_ok());
    }
}
