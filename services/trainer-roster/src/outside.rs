//! What reads what the platform and people say, in the open for `fuzz/`.

use axum::http::Uri;
use bytes::BytesMut;
use protocol::error::Refusal;
use tokio_util::codec::Decoder;

use crate::directory::{
    self,
    lines::{Line, Lines},
};
pub use crate::listing::{ListQuery, Listing, Place};

/// Reads an import that comes in these pieces: for each line, whether it may be kept.
pub fn import<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<Result<(), Option<Refusal>>> {
    let (mut lines, mut come) = (Lines::default(), BytesMut::new());
    let mut read = Vec::new();
    for piece in pieces {
        come.extend_from_slice(piece);
        while let Ok(Some(line)) = lines.decode(&mut come) {
            read.push(line);
        }
    }
    while let Ok(Some(line)) = lines.decode_eof(&mut come) {
        read.push(line);
    }
    read.into_iter().map(judge).collect()
}

/// A line that is too long has no refusal of its own.
fn judge(line: Line) -> Result<(), Option<Refusal>> {
    match line {
        Line::TooLong => Err(None),
        Line::Bytes(line) => directory::import::parse(&line).map(drop).map_err(Some),
    }
}

/// Reads a list's query as its call does: what it may be asked for, or nothing.
pub fn listing(uri: &Uri) -> Option<Listing> {
    let query = axum::extract::Query::<ListQuery>::try_from_uri(uri).ok()?;
    Listing::parse(query.0).ok()
}
