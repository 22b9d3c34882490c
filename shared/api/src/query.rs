//! Query strings, parsed once.

use axum::{extract::FromRequestParts, http::request::Parts};
use protocol::ErrorCode;
use serde::de::DeserializeOwned;

use crate::Problem;

/// The query; what it does not take is `invalid_field` with the field's name.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        read(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

fn read<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let pairs = form_urlencoded::parse(query.as_bytes());
    let deserializer = serde_urlencoded::Deserializer::new(pairs);
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        match field(error.path(), &error.inner().to_string()) {
            Some(name) => Problem::field(ErrorCode::InvalidField, &name),
            None => ErrorCode::InvalidField.into(),
        }
    })
}

/// The name of the field that could not be read: where it happened, or what serde says is missing.
pub(crate) fn field(path: &serde_path_to_error::Path, said: &str) -> Option<String> {
    let missing = ["missing field `", "duplicate field `"]
        .iter()
        .find_map(|words| said.strip_prefix(words)?.split('`').next());
    if let Some(name) = missing {
        return Some(name.to_owned());
    }
    let path = path.to_string();
    (path != "." && !path.starts_with('?')).then_some(path)
}

#[cfg(test)]
mod tests {
    use protocol::UserId;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "only how it is read matters")]
    struct Page {
        user_id: UserId,
        limit: Option<u32>,
    }

    #[test]
    fn a_query_that_is_not_taken_names_the_field() {
        let id = uuid::Uuid::nil();
        for (query, field) in [
            ("", "userId"),
            ("userId=tom", "userId"),
            ("userId=", "userId"),
            (&format!("userId={id}&limit=many"), "limit"),
            (&format!("userId={id}&limit=-1"), "limit"),
            (&format!("userId={id}&userId={id}"), "userId"),
        ] {
            let said = format!("{:?}", read::<Page>(query).unwrap_err());
            assert!(
                said.contains("InvalidField") && said.contains(&format!("Some({field:?})")),
                "{query}: {said}"
            );
        }
        assert!(read::<Page>(&format!("userId={id}&limit=5&more=ignored")).is_ok());
    }
}
