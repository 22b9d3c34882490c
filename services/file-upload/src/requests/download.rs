//! `GET` and `HEAD /api/files/{id}/{variant}?exp&sig`: the bytes, for whoever holds the link.
//!
//! The signature is the whole permission: it was made for a ready file, so that neither a token
//! nor the database is asked, and pictures are still shown while the database is away.

use std::collections::HashMap;

use api::{Path, Problem, Query};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header},
};
use links::Signed;
use protocol::{ErrorCode, FileId, error::Refusal, file::Variant};
use time::OffsetDateTime;

use crate::{
    app::{App, Parts},
    bucket,
    inspect::document,
    store::store_refusal,
    voice,
};

pub async fn download(
    State(app): State<App>,
    Path((id, variant)): Path<(String, String)>,
    signed: Result<Query<Signed>, Problem>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    let now = OffsetDateTime::now_utc();
    let (id, variant): (FileId, Variant) = match (id.parse(), variant.parse()) {
        (Ok(id), Ok(variant)) => (id, variant),
        _ => return Err(ErrorCode::NotFound.into()),
    };
    let Query(signed) = signed.map_err(|_| ErrorCode::Forbidden)?;
    app.links
        .verify(id, variant, &signed, now)
        .map_err(|_| ErrorCode::Forbidden)?;
    let asked = Asked::new(id, variant, &headers);
    let mut response = if asked.is_fresh(&headers) {
        empty(StatusCode::NOT_MODIFIED)
    } else if method == Method::HEAD {
        head(&app, &asked).await?
    } else {
        get(&app, &asked).await?
    };
    let max_age = signed.exp - now.unix_timestamp();
    asked.describe(response.headers_mut(), max_age);
    Ok(response)
}

/// One file in one size, and the part of it that is wanted.
struct Asked {
    id: FileId,
    variant: Variant,
    /// Names the bytes for ever: objects never change.
    etag: HeaderValue,
    range: Option<String>,
}

impl Asked {
    fn new(id: FileId, variant: Variant, headers: &HeaderMap) -> Self {
        let etag = HeaderValue::try_from(format!("\"{id}-{}\"", variant.as_str()))
            .unwrap_or(HeaderValue::from_static("\"\""));
        // A part is only wanted of the bytes the caller has the beginning of.
        let same = headers
            .get(header::IF_RANGE)
            .is_none_or(|condition| condition == etag);
        let range = headers.get(header::RANGE).and_then(single_range).filter(|_| same);
        Self {
            id,
            variant,
            etag,
            range,
        }
    }

    fn is_fresh(&self, headers: &HeaderMap) -> bool {
        headers.get_all(header::IF_NONE_MATCH).iter().any(|condition| {
            condition.to_str().is_ok_and(|tags| {
                tags.split(',').map(str::trim).any(|tag| {
                    tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == self.etag.as_bytes()
                })
            })
        })
    }

    fn describe(&self, headers: &mut HeaderMap, max_age: i64) {
        let kept = format!("private, max-age={max_age}, immutable");
        headers.insert(header::ETAG, self.etag.clone());
        if let Ok(kept) = HeaderValue::try_from(kept) {
            headers.insert(header::CACHE_CONTROL, kept);
        }
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        for (name, value) in PROTECTION {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

/// Keeps a browser from taking a file for anything but a picture. `cross-origin`, because the link
/// is the permission and the page that shows it may live on another origin.
const PROTECTION: [(HeaderName, &str); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "cross-origin",
    ),
];

async fn get(app: &Parts, asked: &Asked) -> Result<Response<Body>, Refusal> {
    let object = match app.bucket.get(asked.id, asked.variant, asked.range.clone()).await {
        Ok(object) => object,
        Err(bucket::Error::Range) => return unsatisfiable(app, asked).await,
        Err(cause) => return Err(store_refusal(&cause)),
    };
    let status = if object.content_range.is_some() {
        StatusCode::PARTIAL_CONTENT
    } else {
        StatusCode::OK
    };
    let mut response = Response::new(Body::new(object.body.into_inner()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    set(
        headers,
        header::CONTENT_LENGTH,
        object.content_length.map(|length| length.to_string()),
    );
    set(headers, header::CONTENT_RANGE, object.content_range);
    describe_content(headers, asked, Content::of(object.content_type, object.metadata));
    Ok(response)
}

async fn head(app: &Parts, asked: &Asked) -> Result<Response<Body>, Refusal> {
    let object = app
        .bucket
        .head(asked.id, asked.variant)
        .await
        .map_err(|cause| store_refusal(&cause))?;
    let mut response = empty(StatusCode::OK);
    let headers = response.headers_mut();
    set(
        headers,
        header::CONTENT_LENGTH,
        object.content_length.map(|length| length.to_string()),
    );
    describe_content(headers, asked, Content::of(object.content_type, object.metadata));
    Ok(response)
}

async fn unsatisfiable(app: &Parts, asked: &Asked) -> Result<Response<Body>, Refusal> {
    let object = app
        .bucket
        .head(asked.id, asked.variant)
        .await
        .map_err(|cause| store_refusal(&cause))?;
    let mut response = empty(StatusCode::RANGE_NOT_SATISFIABLE);
    let size = object.content_length.unwrap_or_default();
    set(
        response.headers_mut(),
        header::CONTENT_RANGE,
        Some(format!("bytes */{size}")),
    );
    Ok(response)
}

/// What the bucket says of an object.
struct Content {
    kind: Option<String>,
    /// Percent-encoded.
    name: Option<String>,
}

impl Content {
    fn of(kind: Option<String>, metadata: Option<HashMap<String, String>>) -> Self {
        let name = metadata.and_then(|mut metadata| metadata.remove(bucket::NAME));
        // A header of ours is made of it.
        let encoded = |name: &String| {
            name.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'%')
        };
        Self {
            kind,
            name: name.filter(encoded),
        }
    }
}

/// The type is ours, whatever the uploader called the file. A document is never shown in place, only
/// saved, under the name it was sent with.
fn describe_content(headers: &mut HeaderMap, asked: &Asked, content: Content) {
    let (content_type, extension, shown) = match content.kind.as_deref() {
        Some("image/jpeg") => ("image/jpeg", "jpg", "inline"),
        Some("image/png") => ("image/png", "png", "inline"),
        Some(voice::CONTENT_TYPE) => (voice::CONTENT_TYPE, "m4a", "inline"),
        Some(document::CONTENT_TYPE) => (document::CONTENT_TYPE, "pdf", "attachment"),
        _ => ("application/octet-stream", "bin", "attachment"),
    };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    let mut disposition = format!(
        "{shown}; filename=\"{}-{}.{extension}\"",
        asked.id,
        asked.variant.as_str()
    );
    if let Some(name) = content.name {
        disposition.push_str("; filename*=UTF-8''");
        disposition.push_str(&name);
    }
    set(headers, header::CONTENT_DISPOSITION, Some(disposition));
}

/// `bytes=a-b`, `bytes=a-` or `bytes=-n`; anything else is ignored, as HTTP allows.
pub fn single_range(value: &HeaderValue) -> Option<String> {
    let range = value.to_str().ok()?;
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    if !range
        .bytes()
        .skip(6)
        .all(|byte| byte.is_ascii_digit() || byte == b'-')
    {
        return None;
    }
    let in_order = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) => first <= last,
        (Ok(_), Err(_)) => last.is_empty(),
        (Err(_), Ok(_)) => first.is_empty(),
        (Err(_), Err(_)) => false,
    };
    in_order.then(|| range.to_owned())
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: Option<String>) {
    if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_well_formed_range_is_passed_on() {
        for good in ["bytes=0-9", "bytes=5-", "bytes=-5", "bytes=7-7"] {
            assert_eq!(
                single_range(&HeaderValue::from_static(good)).as_deref(),
                Some(good)
            );
        }
        for ignored in [
            "bytes=9-0",
            "bytes=-",
            "bytes=0-1,4-5",
            "bytes=a-b",
            "items=0-1",
            "bytes=+1-2",
            "bytes=1--2",
            "bytes= 0-1",
        ] {
            assert_eq!(
                single_range(&HeaderValue::from_static(ignored)),
                None,
                "{ignored}"
            );
        }
    }
}
