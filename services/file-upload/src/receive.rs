//! Reads an upload's form from the network to a file on disk, counting and judging as it arrives.

use std::{path::Path, time::Duration};

use axum::{
    body::{Body, BodyDataStream},
    http::{HeaderMap, header},
};
use futures_util::StreamExt;
use multer::{Constraints, Field, Multipart, SizeLimit};
use protocol::{ErrorCode, error::Refusal, limits::UPLOAD_BYTES};
use tempfile::TempDir;
use tokio::{fs::File, io::AsyncWriteExt, time::timeout};
use tracing::{debug, error};

use crate::{
    inspect::{self, Kind},
    names, render,
};

const FIELD: &str = "file";
/// Somebody who sends a document as a picture wants it to be taken for one.
const DISGUISED: &str = "this is called a picture and is none: send it as what it is";
/// What a form may hold besides the file.
const FORM_BYTES: u64 = 64 * 1024;
/// Ten mebibytes at one megabit a second take 84 s.
const DEADLINE: Duration = Duration::from_mins(2);
/// How much, and how long, is still read of an upload that was refused: a browser that is cut off
/// while it sends shows no answer at all.
const LEFTOVER_BYTES: usize = 16 * 1024 * 1024;
const LEFTOVER_TIME: Duration = Duration::from_secs(5);

/// An upload on disk, gone when this is dropped.
#[derive(Debug)]
pub struct Received {
    /// Holds the upload as [`render::SOURCE`].
    pub scratch: TempDir,
    pub kind: Kind,
    /// Bytes as sent.
    pub size: u64,
    /// Made safe to show.
    pub name: Option<String>,
}

pub async fn receive(headers: &HeaderMap, body: Body, scratch: &Path) -> Result<Received, Refusal> {
    let mut stream = body.into_data_stream();
    let received = match timeout(DEADLINE, receive_form(headers, &mut stream, scratch)).await {
        Ok(received) => received,
        Err(_) => Err(ErrorCode::Overloaded.into()),
    };
    if received.is_err() {
        let _ = timeout(LEFTOVER_TIME, discard(&mut stream)).await;
    }
    received
}

async fn receive_form(
    headers: &HeaderMap,
    stream: &mut BodyDataStream,
    scratch: &Path,
) -> Result<Received, Refusal> {
    let boundary = boundary(headers)?;
    if declared_length(headers).is_some_and(|length| length > UPLOAD_BYTES + FORM_BYTES) {
        return Err(ErrorCode::PayloadTooLarge.into());
    }
    let scratch = TempDir::with_prefix_in("spotter-upload-", scratch).map_err(|cause| broken(&cause))?;
    let whole = SizeLimit::new().whole_stream(UPLOAD_BYTES + FORM_BYTES);
    let mut form = Multipart::with_constraints(stream, boundary, Constraints::new().size_limit(whole));
    let mut found = None;
    while let Some(field) = form.next_field().await.map_err(|cause| unreadable(&cause))? {
        if field.name() != Some(FIELD) {
            continue;
        }
        if found.is_some() {
            return Err(Refusal::field(ErrorCode::InvalidField, FIELD));
        }
        let name = field.file_name().and_then(names::display);
        let called_image = field
            .content_type()
            .is_some_and(|declared| declared.type_() == "image");
        let (kind, size) = save(field, &scratch.path().join(render::SOURCE)).await?;
        if called_image && !matches!(kind, Kind::Image(_)) {
            return Err(Refusal::advising(ErrorCode::UnsupportedMediaType, DISGUISED));
        }
        let name = match kind {
            Kind::Document => name.map(names::document),
            Kind::Image(_) | Kind::Voice(_) => name,
        };
        found = Some((kind, size, name));
    }
    let (kind, size, name) = found.ok_or_else(|| Refusal::field(ErrorCode::InvalidField, FIELD))?;
    Ok(Received {
        scratch,
        kind,
        size,
        name,
    })
}

/// Writes the field to `path`, unless its first bytes or its size say no. Returns what it is.
async fn save(mut field: Field<'_>, path: &Path) -> Result<(Kind, u64), Refusal> {
    let mut file = File::create_new(path).await.map_err(|cause| broken(&cause))?;
    let mut first_bytes = Vec::with_capacity(inspect::MAGIC_BYTES);
    let mut known = None;
    let mut size = 0;
    while let Some(chunk) = field.chunk().await.map_err(|cause| unreadable(&cause))? {
        size += chunk.len() as u64;
        if size > UPLOAD_BYTES {
            return Err(ErrorCode::PayloadTooLarge.into());
        }
        if known.is_none() {
            first_bytes.extend(chunk.iter().take(inspect::MAGIC_BYTES - first_bytes.len()));
            if first_bytes.len() == inspect::MAGIC_BYTES {
                known = Some(inspect::kind(&first_bytes)?);
            }
        }
        file.write_all(&chunk).await.map_err(|cause| broken(&cause))?;
    }
    let kind = match known {
        Some(kind) => kind,
        None => inspect::kind(&first_bytes)?,
    };
    file.flush().await.map_err(|cause| broken(&cause))?;
    Ok((kind, size))
}

fn boundary(headers: &HeaderMap) -> Result<String, Refusal> {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| multer::parse_boundary(value).ok())
        .ok_or_else(|| ErrorCode::UnsupportedMediaType.into())
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

async fn discard(stream: &mut BodyDataStream) {
    let mut left = LEFTOVER_BYTES;
    while let Some(Ok(chunk)) = stream.next().await {
        match left.checked_sub(chunk.len()) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

fn unreadable(cause: &multer::Error) -> Refusal {
    debug!(error = cause as &dyn std::error::Error, "Could not read a form");
    match cause {
        multer::Error::FieldSizeExceeded { .. } | multer::Error::StreamSizeExceeded { .. } => {
            ErrorCode::PayloadTooLarge
        }
        _ => ErrorCode::BadFrame,
    }
    .into()
}

fn broken(cause: &std::io::Error) -> Refusal {
    error!(
        error = cause as &dyn std::error::Error,
        "Could not keep an upload on disk"
    );
    ErrorCode::Unavailable.into()
}
